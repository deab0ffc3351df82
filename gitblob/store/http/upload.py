"""A file on its way up."""

from __future__ import annotations

import os

from gitblob.errors import BlobMissing, GitblobError
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.store.base import Moved, ignore


class Upload:
    """The body of a request: a file read piece by piece and hashed on the way; `with` closes it.

    size: bytes in all. Sent again from the start (`rewind`), it does not tell `moved` of the same bytes twice.
    Raises BlobMissing where there is no file.
    """

    def __init__(self, path: str, moved: Moved = ignore) -> None:
        self._path, self._moved = path, moved
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 closed by __exit__
        except FileNotFoundError:
            raise BlobMissing(f"{path} is gone") from None
        except OSError as error:
            raise self._unreadable(error) from error
        self.size = os.fstat(self._file.fileno()).st_size
        self._told = 0
        self.rewind()

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def rewind(self) -> None:
        """Start again."""
        self._file.seek(0)
        self._at = 0
        self._hash = oids.hasher()

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end. Raises GitblobError where the file cannot be read or has become shorter."""
        try:
            data = self._file.read(min(size, self.size - self._at))
        except OSError as error:
            raise self._unreadable(error) from error
        if not data and self._at < self.size:
            raise GitblobError(f"{self._path} became shorter while it was sent", "run this again")
        self._hash.update(data)
        self._at += len(data)
        if self._at > self._told:
            new, self._told = self._at - self._told, self._at
            self._moved(new)
        return data

    @property
    def oid(self) -> Oid:
        """The SHA-256 of what has been read since the start."""
        return Oid(self._hash.hexdigest())

    def _unreadable(self, error: OSError) -> GitblobError:
        return GitblobError(f"{self._path} could not be read: {error.strerror or error}")
