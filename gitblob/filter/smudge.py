"""Smudge: pointer in; content out when that is cheap, else the pointer itself, which `late` replaces afterwards.

Git holds a filter's whole smudge answer in memory, so only content up to INLINE bytes goes through the pipe; and where
git does not offer `can-delay` (archive, cat-file --filters, checkout-index, apply), since there the result may not
land at the path at all. Absent content never fails a checkout: the pointer stays; only where `gitblob.strict` is set is
it refused, large content then being fetched before the answer, too.
"""

from __future__ import annotations

import os
from itertools import chain

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import GitblobError, PointerError
from gitblob.filter import report
from gitblob.git.filterprocess import Request, Server
from gitblob.git.repository import Repository
from gitblob.model import pointer as pointers
from gitblob.stub import Stub, Written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitblob.filter.known import Known
    from gitblob.transfer.engine import Take

INLINE = 4 << 20  # bytes: git needs about three times as much memory for an answer
SPOOL = 1 << 20  # bytes of raw content kept in memory while it passes through


class Session:
    """What one filter process remembers: by path the stubs that are `late`, `delayed` or `absent`; content `written`.

    A rebase asks for one path again and again: the last answer is the one that counts.
    """

    __slots__ = (
        "_strict", "absent", "cache", "complaint", "delayed", "journal", "known", "late", "repository", "written",
    )  # fmt: skip

    def __init__(self, repository: Repository, cache: Cache) -> None:
        self.repository = repository
        self.cache = cache
        self.late: dict[bytes, Stub] = {}
        self.delayed: dict[bytes, Stub] = {}
        self.absent: dict[bytes, Stub] = {}
        self.written = Written()
        self.journal: str | None = None  # the name of this command's, when there is one
        self.known: Known | None = None  # made when it is first of use
        self.complaint = ""  # why the last fetch failed
        self._strict: bool | None = None

    def is_strict(self) -> bool:
        """Is absent content an error (`gitblob.strict`)? Git is asked once, and only when something is absent."""
        if self._strict is None:
            from gitblob.git import config

            try:
                self._strict = config.is_on("gitblob.strict", os.environ)
            except GitblobError as error:
                report.failed(error)
                self._strict = True  # whoever wrote it, even wrongly, wants to hear of absent content
        return self._strict

    def pointer_stays(self, stub: Stub, why: dict[bytes, Stub]) -> None:
        """The pointer is the answer for this path; `why` is `late` or `absent`."""
        self.content_came(stub)
        why[stub.path] = stub

    def content_came(self, stub: Stub) -> None:
        """What was remembered of this path is over."""
        self.late.pop(stub.path, None)
        self.absent.pop(stub.path, None)


def answer(server: Server, session: Session, request: Request) -> None:
    """Answer one smudge request."""
    stub = session.delayed.pop(request.path, None)
    if stub:
        for _ in server.content():
            pass  # git sends nothing for a path that was delayed
        _answer_delayed(server, session, stub)
        return
    stub = _read(server, session, request)
    if not stub:
        return
    if request.can_delay and stub.pointer.size > INLINE:
        if _may_be_late(session, stub):
            _late(server, session, stub)
        else:
            session.delayed[stub.path] = stub
            server.delay()
    elif blob := _restorable(session, stub):
        _inline(server, session, stub, blob)
    elif request.can_delay:
        session.delayed[stub.path] = stub
        server.delay()
    else:
        fetch(session, [stub])
        blob = _restorable(session, stub)
        if not blob and session.is_strict():
            report.lacking([stub])
        _inline(server, session, stub, blob)


def fetch_delayed(session: Session) -> list[bytes]:
    """Fetch what all delayed paths need, in one batch; the paths, all of which can now be answered.

    Git asks a second time and expects an empty list: the paths of the first have been answered by then. Git stops at
    the first path that is refused, so what `gitblob.strict` refuses is told here, all of it.
    """
    stubs = list(session.delayed.values())
    if stubs:
        fetch(session, stubs)
        lacking = [stub for stub in stubs if not _restorable(session, stub)]
        if lacking and session.is_strict():
            report.lacking(lacking)
    return list(session.delayed)


def fetch(session: Session, stubs: list[Stub], take: Take | None = None) -> None:
    """Bring blobs to the cache from wherever they are; says on stderr, once, why it could not, and never raises.

    take: see engine.download.
    """
    wanted = [s.pointer for s in stubs if not session.cache.find(s.pointer.oid, s.pointer.size)]
    if not wanted:
        return
    try:
        from gitblob import workspace

        workspace.fetch(session.repository, session.cache, wanted, report.Meter(), take)
    except (GitblobError, OSError) as error:
        if str(error) != session.complaint:
            session.complaint = str(error)
            report.failed(error)


def _read(server: Server, session: Session, request: Request) -> Stub | None:
    """The stub that git sent, or None when it was something else and has been answered with itself."""
    pieces, size = [], 0
    content = server.content()
    for piece in content:
        pieces.append(bytes(piece))
        size += len(piece)
        if size > SPOOL:
            _pass_through(server, session, pieces, content)
            return None
    data = b"".join(pieces)
    try:
        pointer = pointers.decode(data)
    except PointerError as error:
        report.malformed(request.path, error)
        pointer = None
    if pointer and not pointer.extensions:
        return Stub(request.path, data, pointer)
    if pointer:
        report.extended(request.path)
    server.answer(data)
    return None


def _pass_through(server: Server, session: Session, head: list[bytes], rest: Iterator[bytes | memoryview]) -> None:
    """A raw file that someone committed under the rule: back as it is, by way of a temporary file."""
    fd, name = _temporary(session.cache)
    try:
        size = 0
        for piece in chain(head, rest):
            filesystem.write_all(fd, piece)
            size += len(piece)
        os.lseek(fd, 0, os.SEEK_SET)
        server.answer_file(fd, size)
    finally:
        os.close(fd)
        filesystem.remove(name)


def _temporary(cache: Cache) -> tuple[int, str]:
    """A temporary file in the cache; where it is read-only, among the system's: it need not become a blob."""
    try:
        return filesystem.temporary(cache.prepare("tmp"))
    except OSError:
        import tempfile

        return filesystem.temporary(tempfile.gettempdir())


def _restorable(session: Session, stub: Stub) -> str | None:
    """The path of the right blob, if it is here and can be read."""
    try:
        blob = session.cache.restorable(stub.pointer.oid, stub.pointer.size)
        return blob if blob and os.access(blob, os.R_OK) else None
    except OSError as error:
        report.failed(error)
        return None


def _may_be_late(session: Session, stub: Stub) -> bool:
    """Nothing that goes wrong late can fail the git command, so `gitblob.strict` wants the blob here before."""
    if session.cache.has_sealed(stub.pointer.oid, stub.pointer.size) or not session.is_strict():
        return True
    return _restorable(session, stub) is not None


def _answer_delayed(server: Server, session: Session, stub: Stub) -> None:
    blob = _restorable(session, stub)
    if blob and stub.pointer.size > INLINE:
        _late(server, session, stub)
    else:
        _inline(server, session, stub, blob)


def _late(server: Server, session: Session, stub: Stub) -> None:
    session.pointer_stays(stub, session.late)
    server.answer(stub.data)


def _inline(server: Server, session: Session, stub: Stub, blob: str | None) -> None:
    """Answer with the content, or with the pointer (an error, if `gitblob.strict` is set) when there is no blob."""
    if not blob and session.is_strict():
        server.refuse()
    elif not blob:
        session.pointer_stays(stub, session.absent)
        server.answer(stub.data)
    else:
        session.content_came(stub)
        fd = os.open(blob, os.O_RDONLY | filesystem.BINARY)
        try:
            server.answer_file(fd, stub.pointer.size)
        finally:
            os.close(fd)
        session.written.add(stub.path, stub.pointer.size)
