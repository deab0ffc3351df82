"""Late materialisation: what happens after git has closed the pipe and before it may go on.

Git has written and released its index by then and waits for this process. Source: `subprocess_exit_handler` in git's
sub-process.c waits for the filter and ignores its exit status.
"""

from __future__ import annotations

from gitblob import journal, materialise
from gitblob.filter import report, smudge
from gitblob.materialise import Stub


def finish(session: smudge.Session) -> None:
    """Fetch and materialise what was put off, settle the index, tell the user once what is missing."""
    repository = session.repository
    if repository.worktree is None:
        return
    if session.late:
        name = journal.write(repository.state_dir, _entries(session.late))
        smudge.fetch(session, session.late)
        meter = report.Meter()
        meter.begin("writing", len(session.late), sum(stub.pointer.size for stub in session.late))
        outcome = materialise.materialise(
            repository, session.cache, session.late, session.written, lambda stub: meter.advance(stub.pointer.size)
        )
        journal.write(repository.state_dir, _entries(outcome.left + session.absent), name)
        meter.end()
        report.left(outcome.absent + session.absent, outcome.failed)
    else:
        materialise.settle(repository, session.written)
        journal.write(repository.state_dir, _entries(session.absent))
        report.left(session.absent, [])


def _entries(stubs: list[Stub]) -> list[journal.Entry]:
    return [journal.Entry(stub.path, stub.data) for stub in stubs]
