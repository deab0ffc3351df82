"""All examinations in the order in which one repair helps the next: pointers, cache, store."""

from __future__ import annotations

from collections.abc import Sequence

from gitblob.errors import UsageError
from gitblob.ops import place
from gitblob.ops import stores as named
from gitblob.ops.fsck import blobs, commits, pointers, stores
from gitblob.ops.fsck.finding import Finding
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace

ALL = ("--exclude=refs/jj/*", "--all")  # jj keeps there every state that its working copy ever had


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


def commits_of(workspace: Workspace, revisions: Sequence[str]) -> list[Finding]:
    """The findings about the pointers that the commits of a range bring; works in a bare repository.

    revisions: as rev-list takes them. Raises UsageError for one that names nothing, and for an option but `--all`.
    """
    for revision in revisions:
        if "\n" in revision or (revision.startswith("-") and revision != "--all"):
            raise UsageError(f"{revision!r} names no commits", "such as `origin/main..HEAD` or `--all`")
    words = [word for revision in revisions for word in (ALL if revision == "--all" else (revision,))]
    return list(commits.check(words, workspace.top))
