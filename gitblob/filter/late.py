"""Late materialisation: what happens after git has closed the pipe and before it may go on.

Git has written and released its index by then and waits for this process. Source: `subprocess_exit_handler` in git's
sub-process.c waits for the filter and ignores its exit status.
"""

from __future__ import annotations

import os
import time

from gitblob import journal, materialise
from gitblob.filter import report, smudge
from gitblob.git import index
from gitblob.materialise import Stub

CLEAN_START, CLEAN_FILE, CLEAN_RATE = (
    0.03,
    0.0002,
    1e9,
)  # what a second clean costs: seconds, seconds a file, bytes a second


def finish(session: smudge.Session) -> None:
    """Fetch and materialise what was put off, settle the index, tell the user once what is missing."""
    repository = session.repository
    if repository.worktree is None:
        return
    if session.late:
        name = journal.write(repository.state_dir, _entries(session.late))
        smudge.fetch(session, session.late)
        meter = report.Meter(sum(stub.pointer.size for stub in session.late))
        outcome = materialise.materialise(repository, session.cache, session.late, session.inlined, meter.advance)
        journal.write(repository.state_dir, _entries(outcome.left), name)
        meter.close()
        report.left(outcome.absent + session.absent, outcome.failed)
    else:
        _settle(session)
        report.left(session.absent, [])


def _entries(stubs: list[Stub]) -> list[journal.Entry]:
    return [journal.Entry(stub.path, stub.data) for stub in stubs]


def _settle(session: smudge.Session) -> None:
    """Spare the next `git status` a second clean of what git has just written, where waiting is the cheaper way.

    Files written in the second of the index are racily clean (technical/racy-git): git would read them again.
    """
    if not session.inlined:
        return
    again = CLEAN_START + CLEAN_FILE * len(session.inlined) + session.inlined_bytes / CLEAN_RATE
    try:
        wait = int(os.stat(session.repository.index).st_mtime) + 1 - time.time()
    except FileNotFoundError:
        return
    if again > wait:
        time.sleep(max(wait, 0))
        files = index.Refreshed(session.repository.worktree or "", {}, {}, session.inlined)
        materialise.refresh(session.repository, files, session.repository.is_sha256())
