"""All examinations in the order in which one repair helps the next: pointers, cache, store."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gitblob.git import remotes
from gitblob.ops import place
from gitblob.ops import revisions as typed
from gitblob.ops import stores as named
from gitblob.ops.fsck import blobs, commits, pointers, presence, rows, stores
from gitblob.ops.fsck.finding import Finding, Way
from gitblob.store.base import Store
from gitblob.workspace import Workspace


def run(workspace: Workspace, way: Way, store: str | None = None, only_pointers: bool = False) -> list[Finding]:
    """The findings about the index and the cache, and about the store of this name (or this remote) if one is given."""
    top = place.worktree(workspace.repository)
    found = list(pointers.check(workspace, top, way.repair))
    if only_pointers:
        return found
    found += blobs.check(workspace, top, way.repair, way.progress)
    if store:
        for one in named.in_use(workspace, store):
            found += stores.check(workspace, one, ["--all"], way)
    return found


def commits_of(workspace: Workspace, revisions: Sequence[str]) -> list[Finding]:
    """The findings about the pointers that the commits of a range bring; works in a bare repository.

    revisions: as rev-list takes them. Raises UsageError for one that names nothing, and for an option but `--all`.
    """
    return list(commits.check(typed.words(revisions), workspace.top))


def rows_of(workspace: Workspace, revisions: Sequence[str]) -> list[Finding]:
    """The findings about files that only grow in the commits of a range; revisions and errors as for `commits_of`."""
    return list(rows.check(workspace, typed.words(revisions)))


def content_of(
    workspace: Workspace, revisions: Sequence[str], tell: Callable[[str], None], store: str | None = None
) -> list[Finding]:
    """What the commits of a range bring and the store lacks; without a name: each store that a push has to fill.

    Needs no content and no work tree. tell: gets what was asked for and what is not proved.
    """
    words = typed.words(revisions)
    asked = named.in_use(workspace, store) if store else _required(workspace)
    return list(presence.check(asked, words, workspace.top, tell))


def _required(workspace: Workspace) -> list[Store]:
    return [s for s in workspace.stores_to_push(remotes.default(workspace.top)) if workspace.is_required(s)]
