"""Late materialisation: what happens after git has closed the pipe and before it may go on.

Git has written and released its index by then and waits for this process. Source: `subprocess_exit_handler` in git's
sub-process.c waits for the filter and ignores its exit status.
"""

from __future__ import annotations

from gitblob import journal, materialise
from gitblob.filter import report, smudge
from gitblob.stub import Outcome, Stub


def note(session: smudge.Session) -> None:
    """Write down what still has to be done, before anything else is: from here on this process may be killed."""
    repository = session.repository
    stubs = [*session.late.values(), *session.absent.values()]
    if stubs and repository.worktree:
        try:
            session.journal = journal.write(repository.state_dir, _entries(stubs), session.journal)
        except OSError as error:
            report.failed(error)  # a full disk, say; every file that finds room is done all the same


def withdraw(session: smudge.Session) -> None:
    """Take back what was noted."""
    _forget(session, [])
    session.journal = None


def finish(session: smudge.Session) -> None:
    """Fetch and materialise what was put off, settle the index, tell the user once what is missing."""
    repository = session.repository
    if repository.worktree is None:
        return
    if not session.journal:
        note(session)
    absent = list(session.absent.values())
    # of the pointers that one command wrote to the same place, only the last is still there
    late = [stub for stub in session.late.values() if materialise.stands(repository, stub)]
    if late:
        smudge.fetch(session, late, session.cache.admit)  # hashed while they are copied
        outcome = _materialise(session, late)
        if outcome.damaged:
            smudge.fetch(session, outcome.damaged)  # hashed at once: another store may have the right bytes
            outcome.retried(_materialise(session, outcome.damaged))
        _forget(session, outcome.left + absent)
        report.left(outcome.absent + absent, outcome.failed, outcome.unpatched)
    else:
        materialise.settle(repository, session.written)
        _forget(session, absent)
        report.left(absent, [], [])


def _materialise(session: smudge.Session, stubs: list[Stub]) -> Outcome:
    meter = report.Meter()
    meter.begin("writing", len(stubs), sum(stub.pointer.size for stub in stubs))
    try:
        return materialise.materialise(
            session.repository,
            session.cache,
            stubs,
            session.written,
            lambda stub: meter.advance(stub.pointer.size),
        )
    finally:
        meter.end()


def _forget(session: smudge.Session, left: list[Stub]) -> None:
    """Of what was noted, only this is left to do."""
    if session.journal:
        journal.write(session.repository.state_dir, _entries(left), session.journal)


def _entries(stubs: list[Stub]) -> list[journal.Entry]:
    return [journal.Entry(stub.path, stub.data) for stub in stubs]
