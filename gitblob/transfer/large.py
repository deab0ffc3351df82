"""Large blobs from a network: parts fetched side by side, hashed as they come, kept when the transfer breaks off."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator, Sequence

from gitblob.cache import Cache
from gitblob.errors import BlobCorrupt, BlobMissing, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Store
from gitblob.transfer import unfinished
from gitblob.transfer.flow import Flow
from gitblob.transfer.unfinished import PART, Unfinished

LARGE = 32 << 20  # bytes

Take = Callable[[str, Oid, int], None]  # makes a whole file (a path) the blob of this name and size


def split(store: Store, blobs: Sequence[Blob]) -> tuple[list[Blob], list[Blob]]:
    """Those to be fetched whole, and those to be fetched in parts."""
    parts = store.capabilities.remote and store.capabilities.ranges
    others = [blob for blob in blobs if parts and blob.size >= LARGE]
    return [blob for blob in blobs if not parts or blob.size < LARGE], others


class Parts:
    """Large blobs on their way from one store to the cache. take: see engine.download.

    arrived, failures: as those of a Batch. A blob whose bytes are wrong is fetched anew once: parts may have come from
    another store, or before a power cut.
    """

    def __init__(self, cache: Cache, flow: Flow, blobs: Sequence[Blob], take: Take | None) -> None:
        self.arrived: set[Blob] = set()
        self.failures: dict[Blob, str] = {}
        self._cache, self._flow, self._blobs, self._take = cache, flow, blobs, take
        self._store, self._progress = flow.store, flow.progress
        self._lock = threading.Lock()
        self._files: dict[Blob, Unfinished] = {}
        self._again: set[Blob] = set()
        self._absent: set[Blob] = set()
        self._todo: Iterator[tuple[Blob, int]] = iter(())

    def run(self) -> None:
        """Fetch them; one that the store does not have whole is passed over. Raises StoreError."""
        unfinished.tidy(self._cache.root)
        missing = self._store.missing(self._blobs)
        there = [blob for blob in self._blobs if blob.oid not in missing]
        self._todo = self._parts(there)
        pieces = [Blob(blob.oid, PART) for blob in there for _ in range(0, blob.size, PART)]
        try:
            if there:
                self._flow.run(self._work, self._flow.workers(pieces))
        finally:
            with self._lock:
                for file in self._files.values():
                    file.close()

    def _parts(self, blobs: Sequence[Blob]) -> Iterator[tuple[Blob, int]]:
        """The parts to be fetched; a blob's file is opened when its turn comes."""
        for blob in blobs:
            file = self._files[blob] = Unfinished(self._cache, blob, self._flow.look)
            if file.here:
                self._progress.advance(file.here)
            missing = file.missing
            if not missing:
                self._finish(blob, file)
            yield from ((blob, number) for number in missing)

    def _work(self) -> None:
        while True:
            with self._lock:
                item = next(self._todo, None)
            if item is None:
                return
            blob, number = item
            self._flow.look(blob.oid.text)
            if blob not in self._absent:
                self._bring(blob, self._files[blob], number)

    def _bring(self, blob: Blob, file: Unfinished, number: int) -> None:
        start, end = file.range(number)
        at, checksum = start, 0
        try:
            for data in self._store.read(blob, start, end):
                self._flow.look()
                file.write(data, at)
                at += len(data)
                checksum = zlib.crc32(data, checksum)
                self._flow.moved(len(data))
        except BlobMissing:
            self._absent.add(blob)
            return
        if at != end:
            raise StoreUnavailable(
                f"store {self._store.label} sent {at - start} of {end - start} bytes of a part of {blob.oid.text}",
                "run this again: what has come stays",
            )
        if file.keep(number, checksum):
            self._finish(blob, file)

    def _finish(self, blob: Blob, file: Unfinished) -> None:
        """All parts are there: make it the blob."""
        reason = self._settled(blob, file)
        if reason is None:
            self._files.pop(blob).close(remove=True)
            self.arrived.add(blob)
            self._progress.done(blob.oid.text)
        elif blob not in self._again:
            self._again.add(blob)
            self._progress.advance(-blob.size)
            file.forget()
            for number in file.missing:
                self._bring(blob, file, number)
        else:
            self._files.pop(blob).close(remove=True)
            self.failures[blob] = f"store {self._store.name} ({self._store.url}): {reason}"

    def _settled(self, blob: Blob, file: Unfinished) -> str | None:
        """None, or why the bytes are not the blob's."""
        try:
            if self._take:
                self._take(file.path, *blob)
            elif file.oid() == blob.oid:
                file.accept(self._cache)
            else:
                return f"the bytes received for {blob.oid.text} are not those of this blob"
        except BlobCorrupt as error:
            return error.message
        return None
