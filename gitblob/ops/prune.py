"""Free the cache of blobs that no work tree needs now and that a store has."""

from __future__ import annotations

import os
from typing import NamedTuple

from gitblob import filesystem
from gitblob.errors import GitblobError
from gitblob.git import command, history
from gitblob.store.base import Blob, Store
from gitblob.workspace import Workspace


class Pruned(NamedTuple):
    """freed: blobs removed (or, in a dry run, that would be). only_here: kept, since no store has them.

    in_use: how many are kept for HEAD, the index or a stash of some work tree. leftovers: half-written files removed.
    """

    freed: list[Blob]
    only_here: list[Blob]
    in_use: int
    leftovers: int


def prune(workspace: Workspace, dry_run: bool = False) -> Pruned:
    """Free what can come back at any time.

    A blob goes only after a store, asked now, has said that it has it whole; a blob on no store is never removed,
    whether or not anything refers to it. Raises StoreError when a store cannot be asked.
    """
    cache = workspace.cache
    used = _in_use(workspace)
    blobs = sorted(Blob(*found) for found in cache.blobs())
    spare = [blob for blob in blobs if blob not in used]
    only_here = set(spare)
    for store in workspace.stores_to_fetch():
        if only_here and not _is_cache(store, cache.root):
            missing = store.missing(sorted(only_here))
            only_here = {blob for blob in only_here if blob.oid in missing}
    freed = [blob for blob in spare if blob not in only_here]
    if not dry_run:
        for blob in freed:
            cache.remove(blob.oid)
    places = {f"{cache.root}/tmp", f"{workspace.repository.state_dir}/tmp"}
    leftovers = 0 if dry_run else sum(map(filesystem.tidy, places))
    return Pruned(freed, sorted(only_here), len(blobs) - len(spare), leftovers)


def _in_use(workspace: Workspace) -> set[Blob]:
    """Blobs of every work tree's HEAD and index, and of the stash."""
    cwd = workspace.repository.worktree or workspace.repository.git_dir
    used = set()
    for top in _worktrees(cwd):
        used |= {Blob(p.pointer.oid, p.pointer.size) for p in history.pointers_in_index(top)}
        used |= _at("HEAD", top)
    stashes = command.run("stash", "list", "--format=%H", cwd=cwd, ok=(0, 1, 128)).split()
    for stash in stashes:
        used |= _at(stash.decode(), cwd)
    return used


def _worktrees(cwd: str) -> list[str]:
    lines = command.run("worktree", "list", "--porcelain", cwd=cwd).splitlines()
    paths = [os.fsdecode(line.removeprefix(b"worktree ")) for line in lines if line.startswith(b"worktree ")]
    bare = b"bare" in lines
    return [path for path in paths[1 if bare else 0 :] if os.path.isdir(path)]


def _at(rev: str, cwd: str) -> set[Blob]:
    try:
        return {Blob(p.pointer.oid, p.pointer.size) for p in history.pointers_at(rev, cwd)}
    except GitblobError:
        return set()  # an unborn branch


def _is_cache(store: Store, root: str) -> bool:
    """Is this store the cache itself (a remote that is this very repository)?"""
    path = store.url.removeprefix("file://")
    return os.path.exists(path) and os.path.exists(root) and os.path.samefile(path, root)
