"""The plain layout (model/layout.py) on any backend: each blob a file of its own, named by its oid.

The marker at the root says that a directory is a store and which layout it has. A store is made by `create`, or, where
it has a `seed`, by the first put: that is so for the store in a Git remote's own directory and for one inside the work
tree. Everywhere else a root without marker is an error, since a file system that is not mounted looks the same.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gitblob import filesystem
from gitblob.errors import BlobCorrupt, BlobMissing, StoreError, StoreUnavailable
from gitblob.model import layout
from gitblob.model.oid import Oid
from gitblob.store import at_once
from gitblob.store.base import Backend, Blob, Watch

MARKER_MAX = 1024  # bytes of a marker that are looked at
PAGE = 1000  # keys that a service lists in one answer
FEW = 32  # blobs for which nobody looks whether listing is cheaper


class _TooLong(BlobCorrupt):
    """What comes is longer than the blob, whatever its name says."""


class PlainStore:
    """Blobs on a backend.

    seed: files (key to bytes) that a new store starts with besides the marker, if the first put may make it.
    ours: the root belongs to gitblob even where it has no marker yet (the cache's directory in a Git directory).
    """

    def __init__(
        self, name: str, url: str, backend: Backend, seed: Mapping[str, bytes] | None = None, ours: bool = False
    ) -> None:
        self.name = name
        self.url = url
        self.label = backend.label
        self.backend = backend
        self.capabilities = backend.capabilities
        self._seed = seed
        self._ours = ours
        self._checked: bool | None = None
        self._checking = threading.RLock()

    def exists(self) -> bool:
        """Is it a store by now? False only for one that the first put will make.

        Raises StoreUnavailable where there is nothing, StoreError for something else or a newer layout.
        """
        with self._checking:
            if not self._checked:
                self._checked = self._check()
            return self._checked

    def create(self) -> bool:
        """Make it a store if it is none; was it made? Raises StoreError for a root that holds something else."""
        if self.exists():
            return False
        self._begin()
        self.backend.flush()
        return self.exists()

    def identity(self) -> str | None:
        """That of its marker."""
        try:
            return self.backend.version(layout.MARKER)
        except StoreError:
            return None

    def missing(self, blobs: Sequence[Blob]) -> set[Oid]:
        """Those that are not here with their size; a file of another size is a torn one.

        Across a network many are looked for in a list of all, where that takes fewer answers than a question for each.
        """
        if not self.exists():
            return {blob.oid for blob in blobs}
        if not self.capabilities.remote:
            return {blob.oid for blob in blobs if self.backend.head(blob.oid.key) != blob.size}
        if self._is_listing_cheaper(blobs):
            lacking = set(blobs)
            lacking.difference_update(self.blobs())
            return {blob.oid for blob in lacking}
        threads = min(len(blobs), self.capabilities.parallelism)
        sizes = at_once.ask(lambda blob: self.backend.head(blob.oid.key), blobs, threads)
        return {blob.oid for blob, size in sizes if size != blob.size}

    def put(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Take blobs; a torn one is replaced, one that is here already stays."""
        with self._checking:
            if not self.exists():
                self._begin()  # flushed with the blobs
                self._checked = True
        for blob, path in items:
            try:
                self._put(blob, path, watch)
            except (BlobMissing, BlobCorrupt) as error:
                watch.failed(blob, error.message)
            else:
                watch.done(blob)
        self.backend.flush()

    def get(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Bring blobs to paths."""
        if not self.exists():
            return
        for blob, path in items:
            try:
                if self._fetch(blob, path, watch):
                    watch.done(blob)
            except BlobMissing:
                continue

    def read(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        """A part of a blob."""
        return self.backend.get(blob.oid.key, start, end)

    def digest(self, blob: Blob) -> Oid | None:
        """As the backend does it."""
        return self.backend.digest(blob.oid.key)

    def blobs(self, prefix: str = "") -> Iterator[Blob]:
        """What lies here under the name of a blob."""
        if self.exists():
            key_prefix = f"{prefix[:2]}/{prefix[2:]}" if len(prefix) >= 2 else prefix
            for key, size in self.backend.list(key_prefix):
                oid = layout.oid_at(key)
                if oid:
                    yield Blob(oid, size)

    def delete(self, oids: Iterable[Oid]) -> None:
        """Free blobs."""
        for oid in oids:
            self.backend.delete(oid.key)

    def _begin(self) -> None:
        self._write(layout.MARKER, layout.MARKER_TEXT)
        for key, data in (self._seed or {}).items():
            self._write(key, data)

    def _is_listing_cheaper(self, blobs: Sequence[Blob]) -> bool:
        """Guessed from how many keys start like the first of these: oids are evenly spread.

        Not where the backend refuses to list: that is a permission of its own, and some servers have no such request.
        """
        if len(blobs) <= FEW:
            return False
        try:
            alike = sum(1 for _ in self.backend.list(blobs[0].oid.key[:3]))
        except StoreUnavailable:
            raise
        except StoreError:
            return False
        return alike * len(layout.FANOUT) / PAGE < len(blobs) / self.capabilities.parallelism

    def _fetch(self, blob: Blob, path: str, watch: Watch) -> bool:
        """Bring the file; False where it has another size. Across a network that is seen when it has come."""
        key = blob.oid.key
        if not self.capabilities.remote and self.backend.head(key) != blob.size:
            return False
        come = 0

        def moved(size: int) -> None:
            nonlocal come
            come += size
            watch.moved(size)
            if come > blob.size:
                raise _TooLong(f"{key} is longer than its {blob.size} bytes")

        try:
            self.backend.fetch(key, path, moved)
        except _TooLong:
            filesystem.remove(path)
            watch.moved(-come)
            return False
        size = os.stat(path).st_size
        if size != blob.size:
            filesystem.remove(path)
            watch.moved(-size)
        return size == blob.size

    def _put(self, blob: Blob, path: str, watch: Watch) -> None:
        """Where the caller has asked for it across a network a moment ago, the same bytes may be written twice."""
        key = blob.oid.key
        if self.capabilities.remote:
            self.backend.put(key, path, False, blob.oid, watch.moved)
        elif self.backend.put(key, path, True, blob.oid, watch.moved):
            return
        elif self.backend.head(key) != blob.size:
            self.backend.put(key, path, False, blob.oid, watch.moved)

    def _check(self) -> bool:
        marker = self._marker()
        if marker is None:
            return self._explain_absence()
        if not layout.is_supported(marker):
            raise StoreError(
                f"store {self.backend.label} was made by a newer gitblob, or its {layout.MARKER} is damaged",
                "upgrade gitblob; its first line says which format it has",
            )
        return True

    def _marker(self) -> bytes | None:
        try:
            return b"".join(self.backend.get(layout.MARKER, 0, MARKER_MAX))
        except BlobMissing:
            return None

    def _explain_absence(self) -> bool:
        """False where the first put makes the store; otherwise raises what is wrong."""
        if self._seed is not None and self._ours:
            return False
        try:
            key, _ = next(self.backend.list(""), (None, 0))
        except StoreUnavailable:
            if self._seed is not None:
                return False
            raise
        if key is not None:
            raise StoreError(
                f"{self.backend.label} is not a store: it holds other files ({key}) and no {layout.MARKER}",
                "choose an empty directory",
            )
        if self._seed is None:
            question = "is the URL right?" if self.capabilities.remote else "is it mounted?"
            raise StoreError(
                f"{self.backend.label} is not a store: the directory is empty",
                f"{question} `gitblob store add` makes a store of an empty directory",
            )
        return False

    def _write(self, key: str, data: bytes) -> None:
        """Put a few bytes by way of a temporary file."""
        import tempfile

        fd, path = filesystem.temporary(tempfile.gettempdir(), 0o444)
        try:
            filesystem.write_all(fd, data)
            self.backend.put(key, path)
        finally:
            os.close(fd)
            filesystem.remove(path)
