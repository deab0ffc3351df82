"""The plain layout (model/layout.py) on any backend: each blob a file of its own, named by its oid.

The marker at the root says that a directory is a store and which layout it has. A store is made by `create`, or, where
it has a `seed`, by the first put: that is so for the store in a Git remote's own directory and for one inside the work
tree. Everywhere else a root without marker is an error, since a file system that is not mounted looks the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gitblob import filesystem
from gitblob.errors import BlobCorrupt, BlobMissing, StoreError, StoreUnavailable
from gitblob.model import layout
from gitblob.model.oid import Oid
from gitblob.store.base import Backend, Blob, Watch

MARKER_MAX = 1024  # bytes of a marker that are looked at


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

    def exists(self) -> bool:
        """Is it a store by now? False only for one that the first put will make.

        Raises StoreUnavailable where there is nothing, StoreError for something else or a newer layout.
        """
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
        """Those that are not here with their size; a file of another size is a torn one."""
        if not self.exists():
            return {blob.oid for blob in blobs}
        return {blob.oid for blob in blobs if self.backend.head(blob.oid.key) != blob.size}

    def put(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Take blobs; a torn one is replaced, one that is here already stays."""
        if not self.exists():
            self._begin()  # flushed with the blobs
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
                if self.backend.head(blob.oid.key) != blob.size:
                    continue
                self.backend.fetch(blob.oid.key, path, watch.moved)
            except BlobMissing:
                continue
            watch.done(blob)

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

    def _put(self, blob: Blob, path: str, watch: Watch) -> None:
        key = blob.oid.key
        if self.backend.put(key, path, True, blob.oid, watch.moved):
            return
        if self.backend.head(key) != blob.size:
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
