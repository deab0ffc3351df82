"""All examinations in the order in which one repair helps the next: pointers, cache, store."""

from __future__ import annotations

from gitblob.ops import place
from gitblob.ops import stores as named
from gitblob.ops.fsck import blobs, pointers, stores
from gitblob.ops.fsck.finding import Finding
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace


def run(
    workspace: Workspace,
    store: str | None = None,
    only_pointers: bool = False,
    repair: bool = False,
    progress: Progress = SILENT,
) -> list[Finding]:
    """The findings about the index and the cache, and about the store of this name (or this remote) if one is given."""
    top = place.worktree(workspace.repository)
    found = list(pointers.check(workspace, top, repair))
    if only_pointers:
        return found
    found += blobs.check(workspace, top, repair, progress)
    if store:
        for one in named.in_use(workspace, store):
            found += stores.check(workspace, one, ["--all"], repair, progress)
    return found
