"""A store: does it have what the history points to, and are the bytes right?"""

from __future__ import annotations

from collections.abc import Iterator

from gitblob import cache as caches
from gitblob.git import history
from gitblob.ops import proof
from gitblob.ops.fsck.finding import STORE_CORRUPT, STORE_MISSING, Finding
from gitblob.store.base import Blob, Store
from gitblob.transfer import engine
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace


def check(
    workspace: Workspace, store: Store, tips: list[str], repair: bool, progress: Progress = SILENT
) -> Iterator[Finding]:
    """Every blob that commits reachable from tips point to: present at the store, and with the right bytes.

    With repair, a damaged blob is taken off the store only when the cache has a good copy, which then replaces it.
    """
    found = history.pointers_in_range(tips)
    blobs = list(dict.fromkeys(Blob(pointer.oid, pointer.size) for _, pointer in found))
    missing = store.missing(blobs)
    progress.begin("verify", len(blobs) - len(missing), sum(blob.size for blob in blobs if blob.oid not in missing))
    try:
        for blob in blobs:
            if blob.oid in missing:
                mended = repair and _fill(workspace, store, blob)
                yield Finding(STORE_MISSING, blob.oid.text, f"store {store.name} lacks it", mended)
            elif not _right(workspace, store, blob):
                mended = repair and _replace(workspace, store, blob)
                yield Finding(STORE_CORRUPT, blob.oid.text, f"store {store.name} has other bytes under it", mended)
            progress.advance(blob.size)
    finally:
        progress.end()


def _right(workspace: Workspace, store: Store, blob: Blob) -> bool:
    with proof.fetched(workspace.cache, store, blob) as fd:
        return fd is not None and caches.digest(fd) == blob.oid


def _fill(workspace: Workspace, store: Store, blob: Blob) -> bool:
    if not workspace.cache.restorable(*blob):
        return False
    engine.upload(workspace.cache, store, [blob], SILENT)
    return True


def _replace(workspace: Workspace, store: Store, blob: Blob) -> bool:
    """Swap a damaged blob of the store for the cache's good one, if there is one: the two may be the same file."""
    if not workspace.cache.restorable(*blob):
        return False
    store.delete([blob.oid])
    return _fill(workspace, store, blob)
