"""A store: does it have what the history points to, and are the bytes right?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from gitblob.git import history
from gitblob.model.oid import Oid
from gitblob.ops import sync
from gitblob.ops.fsck import verdicts
from gitblob.ops.fsck.finding import STORE_CORRUPT, STORE_MISSING, Finding, Way
from gitblob.store.base import Blob, Store
from gitblob.store.lfs_folder import facing_git_lfs
from gitblob.transfer import engine
from gitblob.transfer.progress import SILENT
from gitblob.workspace import Workspace


def check(workspace: Workspace, store: Store, tips: list[str], way: Way) -> Iterator[Finding]:
    """Every blob that commits reachable from tips point to: present at the store, and with the right bytes.

    Where the store computes no digest, and none is to be downloaded, sizes alone are compared, which is told.
    What Git LFS pointers name is looked for where git-lfs would. With repair, a damaged blob is taken off the store
    only when the cache has a good copy, which then replaces it.
    """
    kinds: tuple[dict[Blob, None], dict[Blob, None]] = ({}, {})
    for _, pointer in history.pointers_in_range(tips):
        kinds[pointer.lfs][Blob(pointer.oid, pointer.size)] = None
    facing = facing_git_lfs(store)
    if facing is store:
        yield from _check(workspace, store, list(kinds[False] | kinds[True]), way)
    else:
        for place, blobs in zip((store, facing), kinds, strict=True):
            yield from _check(workspace, place, list(blobs), way)


def _check(workspace: Workspace, store: Store, blobs: Sequence[Blob], way: Way) -> Iterator[Finding]:
    missing = _missing(store, blobs)
    for blob in blobs:
        if blob.oid in missing:
            yield _lacking(workspace, store, blob, way.repair)
    there = [blob for blob in blobs if blob.oid not in missing]
    unread = 0
    way.progress.begin("verify", len(there), sum(blob.size for blob in there))
    try:
        for blob, word in verdicts.Examiner(workspace.cache, store, way.download).verdicts(there):
            if word == verdicts.GONE:
                yield _lacking(workspace, store, blob, way.repair)
            elif word == verdicts.WRONG:
                mended = way.repair and _replace(workspace, store, blob)
                yield Finding(STORE_CORRUPT, blob.oid.text, f"store {store.name} has other bytes under it", mended)
            unread += word == verdicts.UNREAD
            way.progress.advance(blob.size)
    finally:
        way.progress.end()
    if unread:
        way.tell(f"store {store.name}: {unread} blob(s) compared by size only; --download reads them")


def _missing(store: Store, blobs: Iterable[Blob]) -> set[Oid]:
    rest, missing = iter(blobs), set[Oid]()
    while some := list(islice(rest, sync.BATCH)):
        missing |= store.missing(some)
    return missing


def _lacking(workspace: Workspace, store: Store, blob: Blob, repair: bool) -> Finding:
    mended = repair and _fill(workspace, store, blob)
    return Finding(STORE_MISSING, blob.oid.text, f"store {store.name} lacks it", mended)


def _fill(workspace: Workspace, store: Store, blob: Blob) -> bool:
    if not workspace.cache.restorable(*blob):
        return False
    engine.upload(workspace.cache, store, [blob], SILENT)
    return True


def _replace(workspace: Workspace, store: Store, blob: Blob) -> bool:
    """Swap a damaged blob of the store for the cache's good one, if there is one: the two may be the same file."""
    if not store.capabilities.deletes or not workspace.cache.restorable(*blob):
        return False
    store.delete([blob.oid])
    return _fill(workspace, store, blob)
