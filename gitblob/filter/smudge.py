"""Smudge: pointer in; content out when that is cheap, else the pointer itself, which `late` replaces afterwards.

Git holds a filter's whole smudge answer in memory, so only content up to INLINE bytes goes through the pipe; and where
git does not offer `can-delay` (archive, cat-file --filters, checkout-index, apply), since there the result may not
land at the path at all. Absent content never fails a checkout: the pointer stays.
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
from gitblob.materialise import Stub, Written
from gitblob.model import pointer as pointers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

INLINE = 4 << 20  # bytes: git needs about three times as much memory for an answer
SPOOL = 1 << 20  # bytes of raw content kept in memory while it passes through


class Session:
    """What one filter process remembers: `late` stubs, `delayed` stubs by path, `absent` stubs, content `written`."""

    __slots__ = ("absent", "cache", "delayed", "late", "repository", "written")

    def __init__(self, repository: Repository, cache: Cache) -> None:
        self.repository = repository
        self.cache = cache
        self.late: list[Stub] = []
        self.delayed: dict[bytes, Stub] = {}
        self.absent: list[Stub] = []
        self.written = Written()


def answer(server: Server, session: Session, request: Request) -> None:
    """Answer one smudge request."""
    stub = session.delayed.pop(request.path, None)
    if stub:
        for _ in server.content():
            pass  # git sends nothing for a path that was delayed
        _inline(server, session, stub, _restorable(session, stub))
        return
    stub = _read(server, session, request)
    if not stub:
        return
    if request.can_delay and stub.pointer.size > INLINE:
        session.late.append(stub)
        server.answer(stub.data)
    elif blob := _restorable(session, stub):
        _inline(server, session, stub, blob)
    elif request.can_delay:
        session.delayed[stub.path] = stub
        server.delay()
    else:
        fetch(session, [stub])
        _inline(server, session, stub, _restorable(session, stub))


def fetch_delayed(session: Session) -> list[bytes]:
    """Fetch what all delayed paths need, in one batch; the paths, all of which can now be answered.

    Git asks a second time and expects an empty list: the paths of the first have been answered by then.
    """
    if session.delayed:
        fetch(session, list(session.delayed.values()))
    return list(session.delayed)


def fetch(session: Session, stubs: list[Stub]) -> None:
    """Bring blobs to the cache from wherever they are; says on stderr why it could not, and never raises."""
    wanted = [s.pointer for s in stubs if not session.cache.find(s.pointer.oid, s.pointer.size)]
    if not wanted:
        return
    try:
        from gitblob import workspace

        workspace.fetch(session.repository, session.cache, wanted, report.Meter())
    except (GitblobError, OSError) as error:
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
    if pointer:
        return Stub(request.path, data, pointer)
    server.answer(data)
    return None


def _pass_through(server: Server, session: Session, head: list[bytes], rest: Iterator[bytes | memoryview]) -> None:
    """A raw file that someone committed under the rule: back as it is, by way of a temporary file."""
    fd, name = filesystem.temporary(session.cache.prepare("tmp"))
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


def _restorable(session: Session, stub: Stub) -> str | None:
    """The path of the right blob, if it is here and can be read."""
    try:
        blob = session.cache.restorable(stub.pointer.oid, stub.pointer.size)
        return blob if blob and os.access(blob, os.R_OK) else None
    except OSError as error:
        report.failed(error)
        return None


def _inline(server: Server, session: Session, stub: Stub, blob: str | None) -> None:
    """Answer with the content, or with the pointer when there is no blob."""
    if not blob:
        session.absent.append(stub)
        server.answer(stub.data)
        return
    fd = os.open(blob, os.O_RDONLY | filesystem.BINARY)
    try:
        server.answer_file(fd, stub.pointer.size)
    finally:
        os.close(fd)
    session.written.add(stub.path, stub.pointer.size)
