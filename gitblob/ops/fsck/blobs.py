"""Blobs in the cache: are they what their names say, and is there one for every pointer?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from gitblob import cache as caches
from gitblob.cache import Cache
from gitblob.errors import BlobCorrupt, BlobMissing, GitblobError, PartialFailure, StoreError
from gitblob.git import history
from gitblob.git.history import Pointed
from gitblob.model.oid import Oid
from gitblob.ops.fsck.finding import CORRUPT, MISSING, Finding
from gitblob.store.base import Blob
from gitblob.transfer import engine
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace


def referenced(top: str) -> dict[Blob, bytes]:
    """The blobs that HEAD and the index point to, each with one of its paths (raw)."""
    found = [*history.pointers_in_index(top)]
    try:
        found += history.pointers_at("HEAD", top)
    except GitblobError:
        pass  # no commit yet
    return {Blob(pointed.pointer.oid, pointed.pointer.size): pointed.path for pointed in found}


def check(workspace: Workspace, top: str, repair: bool, progress: Progress = SILENT) -> Iterator[Finding]:
    """Hash every blob in the cache, then look for those that pointers need and nobody has.

    With repair, damaged blobs go to quarantine, and good copies come from the work tree or a store.
    """
    needed = referenced(top)
    damaged = list(_damaged(workspace.cache, progress))
    if repair:
        for oid in damaged:
            workspace.cache.quarantine(oid)
    absent = [blob for blob in needed if blob.oid in damaged or not workspace.cache.find(*blob)]
    lost = _lost(workspace, absent, repair, progress)
    if repair:
        lost = [blob for blob in lost if not _from_work_tree(workspace.cache, top, blob)]
    names = {blob.oid: os.fsdecode(path) for blob, path in needed.items()}
    gone = {blob.oid for blob in lost}
    for oid in damaged:
        is_back = repair and oid in names and oid not in gone  # what only older commits need was not looked for
        yield Finding(CORRUPT, names.get(oid, oid.text), f"its blob in the cache is not {oid.text}", is_back)
    for oid in sorted(gone.difference(damaged)):
        yield Finding(MISSING, names[oid], f"{oid.text} is neither in the cache nor in a store")


def _damaged(cache: Cache, progress: Progress) -> Iterator[Oid]:
    blobs = sorted(cache.blobs())
    progress.begin("verify", len(blobs), sum(size for _, size in blobs))
    try:
        for oid, size in blobs:
            try:
                cache.verify(oid)
            except BlobCorrupt:
                yield oid
            except BlobMissing:
                pass  # pruned meanwhile
            progress.advance(size)
    finally:
        progress.end()


def _lost(workspace: Workspace, absent: list[Blob], repair: bool, progress: Progress) -> list[Blob]:
    """Those of the absent blobs that no store has; with repair, the others are fetched.

    Raises StoreError only if something is left that the failing store may have.
    """
    stores = workspace.stores_to_fetch()
    if repair and absent:
        with suppress(PartialFailure):  # damaged at the stores, too: the work tree may have it
            engine.download(workspace.cache, stores, absent, progress, workspace.limits)
        return [blob for blob in absent if not workspace.cache.find(*blob)]
    errors = []
    for store in stores if absent else ():
        try:
            missing = store.missing(absent)
        except StoreError as error:
            errors.append(error)
        else:
            absent = [blob for blob in absent if blob.oid in missing]
    if absent and errors:
        raise errors[0]
    return absent


def _from_work_tree(cache: Cache, top: str, blob: Blob) -> bool:
    """Take the blob from a file of the work tree that has just these bytes."""
    for pointed in history.pointers_in_index(top):
        if (pointed.pointer.oid, pointed.pointer.size) == blob and _take(cache, top, pointed):
            return True
    return False


def _take(cache: Cache, top: str, pointed: Pointed) -> bool:
    try:
        with open(os.path.join(os.fsencode(top), pointed.path), "rb") as file:
            if os.fstat(file.fileno()).st_size != pointed.pointer.size:
                return False
            if caches.digest(file.fileno()) != pointed.pointer.oid:
                return False
            file.seek(0)
            return cache.incoming().take(iter(lambda: file.read(caches.BUFFER), b""))[0] == pointed.pointer.oid
    except FileNotFoundError:
        return False
