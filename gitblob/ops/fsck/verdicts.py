"""Are a store's bytes right? By the digest that the store computes, else, if wanted, by reading them.

Bytes that are read pass through SHA-256 piece by piece; where a store has no partial reads they lie in temporary files,
one for each blob that is under way.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from gitblob import cache as caches
from gitblob.cache import Cache
from gitblob.errors import BlobMissing
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.ops import proof
from gitblob.store.base import Blob, Store

RIGHT, WRONG, GONE, UNREAD = "right", "wrong", "gone", "unread"
REMOTE_PARALLELISM = 8  # questions at a time, at least, where a network lies between
AHEAD = 64  # questions that wait for one worker


class Stopped(Exception):
    """Nobody waits for the answer any more."""


class Examiner:
    """Judges blobs that a store says it has. download: read those for which it has no digest."""

    def __init__(self, cache: Cache, store: Store, download: bool) -> None:
        self._cache, self._store, self._download = cache, store, download
        self._stopped = threading.Event()

    def verdicts(self, blobs: Sequence[Blob]) -> Iterator[tuple[Blob, str]]:
        """Each blob with one of the words above, in their order. Raises StoreError."""
        can = self._store.capabilities
        workers = max(can.parallelism, REMOTE_PARALLELISM if can.remote else 1)
        left = iter(blobs)
        with ThreadPoolExecutor(workers, "gitblob-fsck") as pool:
            try:
                while some := list(islice(left, AHEAD * workers)):
                    yield from zip(some, pool.map(self._word, some), strict=True)
            finally:
                self._stopped.set()
                pool.shutdown(cancel_futures=True)

    def _word(self, blob: Blob) -> str:
        if self._stopped.is_set():
            raise Stopped
        try:
            found = self._store.digest(blob)
            if found is None and self._download:
                found = self._read(blob) if self._store.capabilities.ranges else self._fetch(blob)
        except BlobMissing:
            return GONE
        if found is None:
            return UNREAD
        return RIGHT if found == blob.oid else WRONG

    def _read(self, blob: Blob) -> Oid:
        state = oids.hasher()
        for piece in self._store.read(blob, 0, blob.size):
            if self._stopped.is_set():
                raise Stopped
            state.update(piece)
        return Oid(state.hexdigest())

    def _fetch(self, blob: Blob) -> Oid:
        with proof.fetched(self._cache, self._store, blob) as fd:
            if fd is None:
                raise BlobMissing(f"store {self._store.name} gives nothing for {blob.oid.text}")
            return caches.digest(fd)
