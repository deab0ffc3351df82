"""Free the cache of blobs that no work tree needs now and that a store has."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import GitblobError, UsageError
from gitblob.git import command, history
from gitblob.ops import proof
from gitblob.store.base import Blob
from gitblob.transfer import unfinished
from gitblob.workspace import Workspace

DAY = 24 * 3600  # seconds
GRACE = 14 * DAY


class Pruned(NamedTuple):
    """freed: blobs removed (or, in a dry run, that would be). only_here: kept, since no store has them.

    in_use: how many are kept for HEAD, the index or a stash of some work tree. leftovers: half-written files removed.
    """

    freed: list[Blob]
    only_here: list[Blob]
    in_use: int
    leftovers: int


def prune(workspace: Workspace, dry_run: bool = False, force: bool = False) -> Pruned:
    """Free what can come back at any time.

    A blob goes only after the bytes that a store has for it have been looked at; a blob on no store is never removed,
    whether or not anything refers to it. A dry run takes the stores' word. Raises StoreError when one cannot be asked.
    force: also in a cache that other clones share, whose needs are not known here: what came there lately stays.
    Raises UsageError for such a cache without it, and for one that is itself a store.
    """
    cache = workspace.cache
    if cache.is_shared and not (force or dry_run):
        raise UsageError(
            "this cache is shared (gitblob.cacheDir): other clones may need what this one does not",
            f"`gitblob prune --force` frees what this repository's stores have and came {GRACE // DAY} days ago",
        )
    used = _in_use(workspace)
    blobs = sorted(Blob(*found) for found in cache.blobs())
    spare = [blob for blob in blobs if blob not in used and not (cache.is_shared and _is_new(cache.path(blob.oid)))]
    only_here, freed = spare, []
    for store in workspace.stores_to_fetch() if spare else ():
        if proof.is_cache(cache, store, spare):
            raise UsageError(
                f"store {store.name} is the very folder that is the cache here: what is freed would be gone from it",
                "`gitblob store list` and `git config gitblob.cacheDir` show the two",
            )
        missing = store.missing(only_here) if only_here else set()
        there = [b for b in only_here if b.oid not in missing and (dry_run or proof.holds(cache, store, b))]
        freed += there
        only_here = sorted(set(only_here).difference(there))
    if not dry_run:
        freed = [blob for blob in freed if _removed(cache, blob)]
    places = {f"{cache.root}/tmp", f"{cache.home}/tmp", f"{workspace.repository.state_dir}/tmp"}
    leftovers = 0 if dry_run else sum(map(filesystem.tidy, places))
    leftovers += 0 if dry_run else unfinished.tidy(cache.root, filesystem.LEFTOVER_AGE)
    return Pruned(sorted(freed), only_here, len(blobs) - len(spare), leftovers)


def _is_new(path: str) -> bool:
    """Was it put there lately? Its change time tells, since a seal is its modification time."""
    try:
        return os.lstat(path).st_ctime > time.time() - GRACE
    except FileNotFoundError:
        return True


def _removed(cache: Cache, blob: Blob) -> bool:
    try:
        cache.remove(blob.oid)
    except PermissionError:
        if not cache.is_shared:
            raise
        return False  # another user's, in a directory where each removes his own
    return True


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
