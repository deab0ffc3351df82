"""The object name of one path in the index, found without reading all entries. Layout: see `index`."""

from __future__ import annotations

import os

from gitblob.git.index import NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

FIRST = 12  # where entries begin
NEAR = 1 << 18  # bytes behind the last entry that are searched first
MISSES = 64  # searches through a whole index, in vain, before no more are made: a millisecond each for 100,000 paths


class Search:
    """Looks for single paths in the bytes of an index file, from where the last one was: git asks in its order.

    What it says is a guess: version 4 cuts paths short, another path may end like this one.
    """

    __slots__ = ("_at", "_data", "_index", "_misses", "_seen", "_sha256")

    def __init__(self, index: str, sha256: bool) -> None:
        self._index, self._sha256 = index, sha256
        self._data: bytes | mmap.mmap = b""
        self._seen: tuple[int, int, int] | None = None
        self._at, self._misses = FIRST, 0

    def name(self, path: bytes) -> bytes | None:
        """The object name (raw) of a path's entry at stage 0; None where it is not found, or not worth more looks."""
        if not self._is_fresh():
            return None
        name = self._between(path, self._at, self._at + NEAR)
        if name is None and self._misses < MISSES:
            name = self._between(path, FIRST, len(self._data))
            self._misses += name is None
        return name

    def _between(self, path: bytes, start: int, end: int) -> bytes | None:
        width = 32 if self._sha256 else 20
        at = self._data.find(path + b"\0", start, end)
        while at > 0:
            if int.from_bytes(self._data[at - 2 : at], "big") == min(len(path), NAME):
                self._at = at
                return self._data[at - 2 - width : at - 2]
            at = self._data.find(path + b"\0", at + 1, end)
        return None

    def _is_fresh(self) -> bool:
        """Map the file if git has written another one since; False where there is none."""
        try:
            info = os.stat(self._index)
            seen = (info.st_mtime_ns, info.st_ino, info.st_size)
            if seen != self._seen:
                import mmap

                with open(self._index, "rb") as file:
                    self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self._seen, self._at = seen, FIRST
        except (OSError, ValueError):  # no index, an empty one
            return False
        return True
