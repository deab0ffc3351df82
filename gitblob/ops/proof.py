"""Proof that a store has a blob: not its word, but its bytes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gitblob import cache as caches
from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Store

LINKS = 3  # names of a file that the cache, the store and the proof share


class _Unheard:
    """Watches a batch and remembers nothing: what did not arrive is seen from what is there afterwards."""

    def moved(self, size: int) -> None:
        """Nothing."""

    def done(self, blob: Blob) -> None:
        """Nothing."""

    def failed(self, blob: Blob, reason: str) -> None:
        """Nothing."""


def holds(cache: Cache, store: Store, blob: Blob) -> bool:
    """Fetch the blob from the store to a temporary place and hash it there.

    Where the store gives a link to the cache's own file, that file must have a name of its own at the store: a store
    that is the cache by another road proves nothing.
    """
    with fetched(cache, store, blob) as fd:
        if fd is None:
            return False
        info = os.fstat(fd)
        if _is_same_file(cache.path(blob.oid), info) and info.st_nlink < LINKS:
            return False
        return caches.digest(fd) == blob.oid


def is_cache(cache: Cache, store: Store, blobs: Iterable[Blob]) -> bool:
    """Is the store a folder in which these blobs of the cache lie, by whatever road?

    Told by an empty file that is put beside one of them for a moment: a full disk has room for it. Where this user may
    not put one he cannot remove a blob either.
    """
    roots = {cache.path(blob.oid).removesuffix(blob.oid.key): blob.oid[:2] for blob in blobs}
    signs = [(root, Oid(folder + os.urandom(31).hex())) for root, folder in roots.items()]
    return any(_shows(root + sign.key, store, Blob(sign, 0)) for root, sign in signs)


def _shows(path: str, store: Store, sign: Blob) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | filesystem.BINARY, 0o444))
    except OSError:
        return False
    try:
        return not store.missing([sign])
    finally:
        filesystem.remove(path)


@contextmanager
def fetched(cache: Cache, store: Store, blob: Blob) -> Iterator[int | None]:
    """The bytes that the store has under this name, whatever they are, as a descriptor; None where it has none."""
    fd, path = cache.temporary()
    os.close(fd)
    os.unlink(path)
    try:
        store.get([(blob, path)], _Unheard())
        try:
            fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        except FileNotFoundError:
            yield None
            return
        try:
            yield fd
        finally:
            os.close(fd)
    finally:
        filesystem.remove(path)


def _is_same_file(path: str, info: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), info)
    except FileNotFoundError:
        return False
