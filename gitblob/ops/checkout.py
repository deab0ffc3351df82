"""Materialise by hand: what the filter does after a git command, for pointers that were left."""

from __future__ import annotations

from collections.abc import Sequence

from gitblob import journal, materialise
from gitblob.ops import pending
from gitblob.stub import Outcome, Stub
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace


def checkout(workspace: Workspace, pathspecs: tuple[str, ...] = (), progress: Progress = SILENT) -> Outcome:
    """Replace the pointers in the work tree (within pathspecs) whose blobs are in the cache. Fetches nothing."""
    return place(workspace, pending.stubs(workspace.repository, pathspecs), progress)


def place(workspace: Workspace, stubs: Sequence[Stub], progress: Progress = SILENT) -> Outcome:
    """Materialise these stubs with progress; what is left of them stays in, or enters, the journal."""
    state_dir = workspace.repository.state_dir
    name = journal.write(state_dir, entries(stubs))
    progress.begin("materialise", len(stubs), sum(stub.pointer.size for stub in stubs))
    try:
        outcome = materialise.materialise(
            workspace.repository, workspace.cache, stubs, advance=lambda stub: progress.advance(stub.pointer.size)
        )
    finally:
        progress.end()
    journal.write(state_dir, entries(outcome.left), name)
    pending.from_journal(workspace.repository)  # drops the journals of commands whose rest has just been done
    return outcome


def entries(stubs: Sequence[Stub]) -> list[journal.Entry]:
    """The journal's form of stubs."""
    return [journal.Entry(stub.path, stub.data) for stub in stubs]
