"""A blob on its way into the cache."""

from __future__ import annotations

import io
import os

from gitblob import filesystem
from gitblob.model import oid as oids
from gitblob.model.oid import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitblob.cache import Cache

SPOOL = 4 << 20  # bytes of an incoming blob that stay in memory until all have come


class Incoming:
    """A blob that arrives piece by piece: `write` all, then `finish`; `abandon` drops it.

    Up to SPOOL bytes stay in memory, so that content which the cache already has costs no temporary file. Where nothing
    can be written (a full disk, a read-only cache) it goes on hashing: such a blob needs no room, and `git status` must
    be able to tell that a file has not changed.

    borrows: leave what git-lfs has in its folder there. It keeps no more than what Git LFS pointers name.
    """

    __slots__ = (
        "_alike",
        "_borrows",
        "_cache",
        "_error",
        "_fd",
        "_hash",
        "_is_sure",
        "_name",
        "_pieces",
        "size",
        "was_here",
    )

    def __init__(self, cache: Cache, borrows: bool) -> None:
        self.size = 0
        self.was_here = False
        self._cache, self._fd, self._name, self._borrows = cache, -1, "", borrows
        self._pieces: list[bytes] = []
        self._hash = oids.hasher()
        self._error: OSError | None = None
        self._alike: Alike | None = None
        self._is_sure = True  # that what is written is what has been hashed

    def expect(self, alike: Alike) -> None:
        """Write nothing as long as what arrives is what this blob has: `git status` reads files that were touched."""
        self._alike = alike
        self._compare(self.whole())

    def write(self, data: bytes | memoryview) -> None:
        """Hash and keep the next bytes."""
        self._hash.update(data)
        self.keep(data)

    def hash(self, data: bytes | memoryview) -> None:
        """Hash bytes that `keep` is given separately (on another thread), in the same order."""
        self._hash.update(data)

    def keep(self, data: bytes | memoryview) -> None:
        """Keep bytes that `hash` is given separately."""
        self.size += len(data)
        if self.size <= SPOOL:
            self._pieces.append(bytes(data))
        elif self._alike:
            self._compare(data)
        elif not self._error:
            self._spill(data)

    def whole(self) -> bytes:
        """All that has been written, while it is not more than SPOOL bytes."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    def finish(self) -> tuple[Oid, int]:
        """Make it a visible blob; its oid and size. It replaces one that is here but not known to be right.

        `was_here` then says whether there was one.

        Raises the OSError that writing met; nothing is left then, as after `abandon`.
        """
        oid = Oid(self._hash.hexdigest())
        try:
            found, sealed = self._cache.look(oid, self.size)
            self.was_here = found is not None
            if sealed and found and not self._borrows and found.endswith(f"/{oid}"):
                sealed = False  # in git-lfs's folder (see layout.lfs_key), to be freed without a look at our pointers
            if not sealed:
                self._spill(b"")
                if not self._error:
                    self._make_sure(oid)
                    self._cache.accept(self._fd, self._name, oid)
                    self._name = ""
                elif not self._cache.restorable(oid, self.size):
                    raise self._error
        finally:
            self.abandon()
        return oid, self.size

    def take(self, pieces: Iterable[bytes]) -> tuple[Oid, int]:
        """Write all of these, then finish; where they end in an error nothing is left."""
        try:
            for piece in pieces:
                self.write(piece)
        except BaseException:
            self.abandon()
            raise
        return self.finish()

    def abandon(self) -> None:
        """Remove what has been written."""
        if self._alike:
            self._alike.close()
            self._alike = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        if self._name:
            filesystem.remove(self._name)
            self._name = ""

    def _make_sure(self, oid: Oid) -> None:
        """Raise OSError where what was written is not what has come."""
        if not self._is_sure:
            from gitblob.cache import digest

            if digest(self._fd) != oid:
                raise OSError("the blob that the index names changed while the file was compared with it; try again")

    def _compare(self, data: bytes | memoryview) -> None:
        """Go on without writing, or write what was the same, and this."""
        assert self._alike
        if not self._alike.goes_on_with(data):
            self._spill(data)

    def _spill(self, data: bytes | memoryview) -> None:
        """Write what has come until now, then this, to the temporary file."""
        alike, self._alike = self._alike, None
        try:
            if self._fd < 0 and not self._error:
                self._fd, self._name = self._cache.temporary()
            if alike:
                alike.copy_to(self._fd)
                self._is_sure = alike.is_as_it_was()
                self._pieces = []
            for piece in (*self._pieces, data):
                filesystem.write_all(self._fd, piece)
        except OSError as error:
            self._error = error
            if self._fd >= 0:
                os.ftruncate(self._fd, 0)
        finally:
            if alike:
                alike.close()
        self._pieces = []


class Alike:
    """An open blob (a path), compared piece by piece with one that arrives."""

    __slots__ = ("_buffer", "_file", "_size", "_written")

    def __init__(self, path: str) -> None:
        self._file = io.FileIO(path)
        self._written = os.fstat(self._file.fileno()).st_mtime_ns
        self._size = 0
        self._buffer = bytearray()

    def goes_on_with(self, data: bytes | memoryview) -> bool:
        """Are these the next bytes? If not, all before them were."""
        if len(self._buffer) != len(data):
            self._buffer = bytearray(len(data))
        same = self._file.readinto(self._buffer) == len(data) and self._buffer.startswith(data)
        if same:
            self._size += len(data)
        return same

    def copy_to(self, fd: int) -> None:
        """Write what was the same to an empty file."""
        filesystem.copy_head(self._file.fileno(), fd, self._size)

    def is_as_it_was(self) -> bool:
        """Has nobody written to the blob since, or sealed it?"""
        return os.fstat(self._file.fileno()).st_mtime_ns == self._written

    def close(self) -> None:
        """Let go of the blob."""
        self._file.close()
