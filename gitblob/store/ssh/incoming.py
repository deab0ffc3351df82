"""A blob on its way to a new file here, part by part and in order."""

from __future__ import annotations

import os

from gitblob import filesystem
from gitblob.store.base import Blob, Watch


class Incoming:
    """The file is made with its first bytes, and removed where not all of them come."""

    def __init__(self, blob: Blob, path: str, watch: Watch) -> None:
        self._blob, self._path, self._watch = blob, path, watch
        self._fd = -1
        self._size = 0

    def write(self, data: bytes) -> None:
        """The next bytes. Raises FileExistsError."""
        self._open()
        filesystem.write_all(self._fd, data)
        self._size += len(data)
        self._watch.moved(len(data))

    def part_done(self) -> None:
        """All the bytes of a part have been written."""
        if self._size == self._blob.size:
            self._open()
            os.close(self._fd)
            self._fd = -1
            self._watch.done(self._blob)

    def give_up(self) -> None:
        """No more bytes come."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            filesystem.remove(self._path)

    def _open(self) -> None:
        if self._fd < 0:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | filesystem.BINARY, 0o644)
