"""`gitblob filter-process`: what git starts for every command that touches a tracked file.

Answers clean and smudge requests until git closes the pipe; git then waits for this process to exit, and in that time
the late files are materialised (see `late`). Nothing but the protocol reaches git: descriptor 1 is pointed at stderr
before anything else runs.
"""

from __future__ import annotations

import os
import sys

from gitblob.cache import Cache
from gitblob.errors import GitblobError
from gitblob.filter import arrival, clean, report, smudge
from gitblob.git import cache_dir, hookmark, pktline, repository
from gitblob.git.filterprocess import Request, Server
from gitblob.git.pktline import ProtocolError
from gitblob.git.repository import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitblob.filter.known import Known


class Interrupted(BaseException):
    """SIGINT or SIGTERM: whatever is being written is dropped, what is left goes to the journal."""


def main(lfs: bool = False) -> int:
    """Serve git on descriptors 0 and 1 until it closes them; the exit code. lfs: write pointers in the Git LFS form."""
    out = os.dup(1)
    os.dup2(2, 1)
    for fd in (0, out):
        pktline.enlarge(fd)
    _on_signals()
    server = Server(0, out)
    try:
        server.handshake()
        here = repository.here()
        session = smudge.Session(here, _cache(here))
        try:
            _serve(server, session, lfs)
        except BaseException:
            _note(session)
            raise
        finally:
            session.cache.put_away()
    except (BrokenPipeError, EOFError, Interrupted):
        return 130
    except (ProtocolError, GitblobError, OSError) as error:
        report.failed(error)
        return 1
    return _finish(session, out)


def _cache(here: Repository) -> Cache:
    """The cache in force; a setting that cannot be followed is told, and fails nobody's checkout."""
    try:
        return cache_dir.open(here)
    except GitblobError as error:
        report.failed(error)
        return Cache(here.cache_root)


def _serve(server: Server, session: smudge.Session, lfs: bool) -> None:
    parent = arrival.Parent(0)
    while True:
        if server.idle() and not parent.wait():
            return
        request = server.request()
        if request is None:
            return
        if request.command == b"clean":
            _clean(server, session, request, lfs)
        elif request.command == b"smudge":
            smudge.answer(server, session, request)
        elif request.command == b"list_available_blobs":
            server.list_available(_delayed(session))
        else:
            raise ProtocolError(f"git asks for {request.command!r}, which this filter has not offered")


def _delayed(session: smudge.Session) -> list[bytes]:
    """What is ready; noted while blobs are fetched, since git goes on when this process is killed meanwhile.

    Later a hook of git could find that journal and do our work a second time, so it ends with the delayed phase.
    """
    if session.delayed:
        _note(session)
    elif session.journal:
        from gitblob.filter import late

        late.withdraw(session)
    return smudge.fetch_delayed(session)


def _clean(server: Server, session: smudge.Session, request: Request, lfs: bool) -> None:
    content = server.content()
    try:
        data = clean.clean(session.cache, request.path, content, lfs, lambda: _known(session))
    except (GitblobError, OSError) as error:
        for _ in content:
            pass  # git writes all of it before it reads our answer
        report.refused(request.path, error)
        server.refuse()
    else:
        server.answer(data)
        session.cache.lay_out()  # git is busy with the pointer now


def _known(session: smudge.Session) -> Known:
    if session.known is None:
        from gitblob.filter.known import Known

        session.known = Known(session.repository)
    return session.known


def _finish(session: smudge.Session, out: int) -> int:
    """After git has closed the pipe: nothing that goes wrong here may fail the git command."""
    os.close(out)
    try:
        _note(session)
        _make_sure_of_hooks(session.repository)
        if session.late or session.absent or session.written.paths:
            from gitblob.filter import late

            late.finish(session)
    except Interrupted:
        report.interrupted()
        return 130
    except (GitblobError, OSError) as error:
        report.failed(error)
        return 1
    return 0


def _note(session: smudge.Session) -> None:
    """Whatever happens now, the next hook or command knows what is left to do."""
    if session.late or session.absent:
        from gitblob.filter import late

        late.note(session)


def _make_sure_of_hooks(here: Repository) -> None:
    """A clone that has only ever seen plain git must have them before its first push."""
    if here.worktree and not hookmark.is_current(here):
        from gitblob.git import hooks

        if message := hooks.ensure(here):
            report.line(message)


def _on_signals() -> None:
    import _signal  # type: ignore[import-not-found]  # the C module: `signal` would load enum

    numbers = [getattr(_signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(_signal, name)]

    def interrupt(*_: object) -> None:
        for number in numbers:  # git passes on what the terminal has sent here already; nothing may disturb the tidying
            _signal.signal(number, _signal.SIG_IGN)
        raise Interrupted

    for number in numbers:
        _signal.signal(number, interrupt)
    sys.excepthook = lambda kind, value, _: report.bug(kind, value)
