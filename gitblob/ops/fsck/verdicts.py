"""Are a store's bytes right? By the digest that the store computes, else, if wanted, by reading them.

Bytes that are read pass through SHA-256 piece by piece; where a store has no partial reads they lie in temporary files,
one for each blob that is under way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from gitblob import cache as caches
from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import BlobMissing
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Store

RIGHT, WRONG, GONE, UNREAD = "right", "wrong", "gone", "unread"
REMOTE_PARALLELISM = 8  # questions at a time, at least, where a network lies between
AHEAD = 64  # questions that wait for one worker
TOGETHER = 128  # blobs in one question to a store that hands out whole files


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
        whole = self._download and not can.ranges
        workers = max(can.parallelism, REMOTE_PARALLELISM if can.remote and not whole else 1)
        size = TOGETHER if whole else 1
        groups = (blobs[at : at + size] for at in range(0, len(blobs), size))
        with ThreadPoolExecutor(workers, "gitblob-fsck") as pool:
            try:
                while some := list(islice(groups, max(workers, AHEAD * workers // size))):
                    for group, words in zip(some, pool.map(self._fetched if whole else self._asked, some), strict=True):
                        yield from zip(group, words, strict=True)
            finally:
                self._stopped.set()
                pool.shutdown(cancel_futures=True)

    def _asked(self, blobs: Sequence[Blob]) -> list[str]:
        self._go_on()
        return [self._word(blob) for blob in blobs]

    def _word(self, blob: Blob) -> str:
        try:
            found = self._store.digest(blob)
            if found is None and self._download:
                found = self._read(blob)
        except BlobMissing:
            return GONE
        if found is None:
            return UNREAD
        return RIGHT if found == blob.oid else WRONG

    def _read(self, blob: Blob) -> Oid:
        state = oids.hasher()
        for piece in self._store.read(blob, 0, blob.size):
            self._go_on()
            state.update(piece)
        return Oid(state.hexdigest())

    def _fetched(self, blobs: Sequence[Blob]) -> list[str]:
        """By way of files that go as soon as they are hashed; a store that never gave one has none."""
        stem = f"{self._cache.prepare('tmp')}/{filesystem.stem()}fsck-"
        watch = _Hashing(stem, self._go_on)
        try:
            self._store.get(((blob, stem + blob.oid) for blob in blobs), watch)
        finally:
            for blob in blobs:
                filesystem.remove(stem + blob.oid)
        return [watch.words.get(blob, GONE) for blob in blobs]

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise Stopped


class _Hashing:
    """Judges each blob when it has come, and removes it."""

    def __init__(self, stem: str, go_on: Callable[[], None]) -> None:
        self.words: dict[Blob, str] = {}
        self._stem, self._go_on = stem, go_on

    def moved(self, size: int) -> None:  # noqa: ARG002 bytes are counted by the blob
        """Any number of bytes."""
        self._go_on()

    def done(self, blob: Blob) -> None:
        """It is there."""
        path = self._stem + blob.oid
        with open(path, "rb") as file:
            right = caches.digest(file.fileno(), lambda _: self._go_on()) == blob.oid
        filesystem.remove(path)
        self.words[blob] = RIGHT if right else WRONG

    def failed(self, blob: Blob, reason: str) -> None:  # noqa: ARG002 that of a server which gives wrong bytes
        """It came, but wrong."""
        self.words[blob] = WRONG
