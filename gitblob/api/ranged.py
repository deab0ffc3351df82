"""A blob that is not here, read by ranges from a store: only what is read is moved, and once.

What has come lies in a sparse file among the cache's temporary ones. A range cannot be verified, since the oid is the
digest of the whole; when all of it has been read, it is, and the file becomes the blob in the cache.
"""

from __future__ import annotations

import errno
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from gitblob import cache as caches
from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import BlobCorrupt, BlobMissing, StoreError, StoreUnavailable
from gitblob.store import at_once
from gitblob.store.base import Blob, Store

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 128 << 10  # bytes: the least that is asked for
AHEAD = 8 << 20  # bytes asked for beyond what is read, at most, while it is read from front to back
PIECE = 2 << 20  # bytes: larger ranges are asked for in pieces, side by side
CALLS = 4  # of these


class RangedBlob(io.RawIOBase):
    """A seekable, read-only raw file. name: for messages.

    whole: brings the blob to the cache and returns its path, for a read to the end from the start, and where no store
    gives ranges. Threads may share it.
    """

    def __init__(self, cache: Cache, stores: list[Store], blob: Blob, name: str, whole: Callable[[], str]) -> None:
        super().__init__()
        self._cache, self._stores, self._blob, self._label, self._whole = cache, stores, blob, name, whole
        self._here = bytearray(-(-blob.size // BLOCK))  # 1 for each block that has come
        self._left = len(self._here)
        self._at = self._expected = 0
        self._ahead = 0
        self._path = ""
        self._fd = -1
        self._owner = os.getpid()
        self._lock = threading.RLock()
        self.moved = 0  # bytes asked of stores

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """The new position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._blob.size}.get(whence)
        if base is None or base + offset < 0:
            raise OSError(errno.EINVAL, f"{self._label}: there is no byte {offset} of whence {whence}")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """As many bytes as fit. Raises StoreError, BlobMissing, BlobCorrupt."""
        view = memoryview(buffer).cast("B")
        with self._lock:
            end = min(self._at + len(view), self._blob.size)
            if end <= self._at:
                return 0
            self._ensure(self._at, end)
            n = os.preadv(self._fd, [view[: end - self._at]], self._at)
            self._at += n
            self._expected = self._at
            return n

    def readall(self) -> bytes:
        """All that is left; of a blob of which nothing is here yet, through the cache."""
        with self._lock:
            if not self._at and self._left == len(self._here):
                self._use_whole()
            data = bytearray(max(0, self._blob.size - self._at))
            filled = 0
            while filled < len(data) and (n := self.readinto(memoryview(data)[filled:])):
                filled += n
            return bytes(data)

    def close(self) -> None:
        """Let go of what has come, unless it was all."""
        if not self.closed and self._owner == os.getpid():
            if self._fd >= 0:
                os.close(self._fd)
            if self._path:
                with suppress(OSError):
                    os.unlink(self._path)
        self._fd, self._path = -1, ""
        super().close()

    def _ensure(self, start: int, end: int) -> None:
        """Have these bytes here."""
        if not self._left:
            return
        self._ahead = min(AHEAD, max(BLOCK, 2 * self._ahead)) if start == self._expected else 0
        if self._here.find(0, start // BLOCK, -(-end // BLOCK)) < 0:
            return
        if self._fd < 0:
            self._begin()
        try:
            for first, last in self._lacking(start, end + self._ahead):
                self._bring(first, last)
        except BlobMissing:
            self._use_whole()
        else:
            if not self._left:
                self._settle()

    def _lacking(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The runs of blocks within these bytes that are not here."""
        stop = min(-(-end // BLOCK), len(self._here))
        first = self._here.find(0, start // BLOCK, stop)
        while first >= 0:
            last = self._here.find(1, first, stop)
            last = stop if last < 0 else last
            yield first, last
            first = self._here.find(0, last, stop)

    def _bring(self, first: int, last: int) -> None:
        start, end = first * BLOCK, min(last * BLOCK, self._blob.size)
        ranges = [(at, min(at + PIECE, end)) for at in range(start, end, PIECE)]
        if len(ranges) == 1:
            self._fetch(ranges[0])
        else:
            at_once.ask(self._fetch, ranges, min(CALLS, len(ranges)))
        self._here[first:last] = b"\1" * (last - first)
        self._left -= last - first
        self.moved += end - start

    def _fetch(self, part: tuple[int, int]) -> None:
        """From the first store that has it. Raises BlobMissing where none has, else the first error."""
        errors: list[StoreError] = []
        for store in self._stores:
            try:
                self._fetch_from(store, *part)
            except BlobMissing:
                continue
            except StoreError as error:
                errors.append(error)
            else:
                self._stores = [store, *(other for other in self._stores if other is not store)]
                return
        if errors:
            raise errors[0]
        raise BlobMissing(f"{self._label}: {self._blob.oid.text} is in no store that gives ranges")

    def _fetch_from(self, store: Store, start: int, end: int) -> None:
        at = start
        for data in store.read(self._blob, start, end):
            some = data[: end - at]
            os.pwrite(self._fd, some, at)
            at += len(some)
        if at != end:
            raise StoreUnavailable(f"store {store.label} sent {at - start} of {end - start} bytes of {self._label}")

    def _begin(self) -> None:
        """A file for what comes: in the cache, so that it can become the blob, or anywhere if that is read-only."""
        try:
            self._fd, self._path = self._cache.temporary()
        except OSError:
            import tempfile

            with tempfile.TemporaryFile() as file:
                self._fd = os.dup(file.fileno())
        os.truncate(self._fd, self._blob.size)

    def _settle(self) -> None:
        """All is here: is it right?"""
        if self._path:
            path, self._path = self._path, ""
            try:
                self._cache.adopt(path, *self._blob)
            finally:
                filesystem.remove(path)
        elif caches.digest(self._fd) != self._blob.oid:
            raise BlobCorrupt(f"{self._label}: the bytes received are not those of {self._blob.oid.text}")

    def _use_whole(self) -> None:
        """Read the blob in the cache from now on."""
        path = self._whole()
        fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        if self._fd >= 0:
            os.close(self._fd)
        filesystem.remove(self._path) if self._path else None
        self._fd, self._path, self._left = fd, "", 0
