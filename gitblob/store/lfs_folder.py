"""Where git-lfs keeps what it pushes to a Git remote that is a path: `<git dir>/lfs/objects/<2 hex>/<2 hex>/<64 hex>`.

Two parts: the folder's layout as keys of the plain one, so that it is a store like others; and the store of such a
remote as a whole, which reads both that folder and gitblob's own. A push brings what Git LFS pointers name to the one
where git-lfs looks (`facing_git_lfs`), all else to gitblob's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from gitblob.errors import BlobMissing
from gitblob.model import layout
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.store.base import Backend, Blob, Moved, Store, Watch, ignore
from gitblob.store.plain import PlainStore

OBJECTS = "objects"


class LfsKeys:
    """A backend with the keys of the plain layout over one at `<git dir>/lfs`. It has no marker, and needs none."""

    def __init__(self, backend: Backend, root: str) -> None:
        self.label = backend.label
        self.capabilities = backend.capabilities
        self._backend = backend
        self._root = root

    def head(self, key: str) -> int | None:
        """The size."""
        return self._backend.head(_there(key))

    def get(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes; of the marker that the folder would have, once the folder is there."""
        if key != layout.MARKER:
            return self._backend.get(_there(key), start, end)
        if not os.path.isdir(f"{self._root}/{OBJECTS}"):
            raise BlobMissing(f"{self._root} has no {OBJECTS}")
        return iter([layout.MARKER_TEXT[start:end]])

    def fetch(self, key: str, path: str, moved: Moved = ignore) -> None:
        """Bring the file to a path."""
        self._backend.fetch(_there(key), path, moved)

    def put(self, key: str, path: str, if_absent: bool = True, oid: Oid | None = None, moved: Moved = ignore) -> bool:
        """Store the file; no marker."""
        return key == layout.MARKER or self._backend.put(_there(key), path, if_absent, oid, moved)

    def version(self, key: str) -> str | None:
        """Of a blob; None for the marker."""
        return None if key == layout.MARKER else self._backend.version(_there(key))

    def digest(self, key: str) -> Oid | None:
        """Computed where it lies."""
        return self._backend.digest(_there(key))

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """The blobs."""
        digits = prefix.replace("/", "")
        above = f"{OBJECTS}/{digits[:2]}/{digits[2:4]}" if len(digits) > 3 else f"{OBJECTS}/{digits[:2]}"
        for found, size in self._backend.list(above):
            name = found.rpartition("/")[2]
            if oids.is_digits(name) and name.startswith(digits) and found == _there(Oid(name).key):
                yield Oid(name).key, size

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._backend.delete(_there(key))

    def flush(self) -> None:
        """Make what was put durable."""
        self._backend.flush()


class RepositoryStore:
    """The store in the repository that a Git remote's path leads to: gitblob's folder, and what git-lfs has there."""

    def __init__(self, own: PlainStore, lfs: PlainStore) -> None:
        self.name, self.url, self.label = own.name, own.url, own.label
        self.capabilities = own.capabilities
        self.own, self.lfs = own, lfs

    def exists(self) -> bool:
        """Is either there?"""
        return self.own.exists() or self.lfs.exists()

    def identity(self) -> str | None:
        """That of gitblob's folder."""
        return self.own.identity()

    def missing(self, blobs: Sequence[Blob]) -> set[Oid]:
        """Those that are in neither."""
        missing = self.own.missing(blobs)
        if not missing or not self.lfs.exists():
            return missing
        return self.lfs.missing([blob for blob in blobs if blob.oid in missing])

    def put(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Take blobs into gitblob's folder."""
        self.own.put(items, watch)

    def get(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Bring blobs from where they are."""
        if self.lfs.exists():
            for blob, path in items:
                self._holder(blob).get([(blob, path)], watch)
        else:
            self.own.get(items, watch)

    def read(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        """A part of a blob."""
        return self._holder(blob).read(blob, start, end)

    def digest(self, blob: Blob) -> Oid | None:
        """The file hashed."""
        return self._holder(blob).digest(blob)

    def blobs(self, prefix: str = "") -> Iterator[Blob]:
        """What both hold, each once."""
        seen = set()
        for blob in self.own.blobs(prefix):
            seen.add(blob)
            yield blob
        yield from (blob for blob in self.lfs.blobs(prefix) if blob not in seen)

    def delete(self, oids: Iterable[Oid]) -> None:
        """Free blobs in both."""
        gone = list(oids)
        self.own.delete(gone)
        if self.lfs.exists():
            self.lfs.delete(gone)

    def _holder(self, blob: Blob) -> PlainStore:
        return self.lfs if self.own.missing([blob]) and self.lfs.exists() else self.own


def facing_git_lfs(store: Store) -> Store:
    """Where what Git LFS pointers name goes: the folder that git-lfs looks in, or the store itself if it has none."""
    return store.lfs if isinstance(store, RepositoryStore) else store


def _there(key: str) -> str:
    oid = oids.from_key(key)
    return f"{OBJECTS}/{layout.lfs_key(oid)}" if oid else f"{OBJECTS}/{key}"
