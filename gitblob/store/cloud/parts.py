"""A file as the parts of an S3 upload: how it is cut, and a part as something that a client can read and send."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from gitblob.store.base import Moved

if TYPE_CHECKING:
    import hashlib

    from _typeshed import WriteableBuffer

PART = 16 << 20  # bytes
MOST = 10_000  # parts of an upload (Amazon S3, "multipart upload limits")
STEP = 1 << 20  # bytes hashed at a time
SENT = 64 << 10  # bytes sent at a time: the library's own 16 KiB cost a system call each


class Part(NamedTuple):
    """number: from 1."""

    number: int
    offset: int
    size: int


def size_of_parts(size: int) -> int:
    """Bytes of each part (but the last) of a file: few enough parts for any size, in whole MiB."""
    return max(PART, (-(-size // MOST) + STEP - 1) // STEP * STEP)


def cut(fd: int, size: int, part: int, hashed: Callable[[bytes], object]) -> Iterator[Part]:
    """The parts of an open file, in order; hashed: is given all bytes on the way."""
    for number, offset in enumerate(range(0, size, part), 1):
        length = 0
        for data in _steps(fd, Part(number, offset, min(part, size - offset))):
            hashed(data)
            length += len(data)
        if not length:
            return  # it became shorter: its hash will not be that of its name
        yield Part(number, offset, length)


def unheeded(_: bytes) -> None:
    """Nobody else wants the bytes."""


def md5(fd: int, part: Part, hashed: Callable[[bytes], object] = unheeded) -> str:
    """The MD5 of a part, as ETags have it. hashed: is given its bytes, too."""
    state = _md5()
    for data in _steps(fd, part):
        state.update(data)
        hashed(data)
    return state.hexdigest()


def _md5() -> hashlib._Hash:
    import hashlib

    return hashlib.md5(usedforsecurity=False)


def _steps(fd: int, part: Part) -> Iterator[bytes]:
    at, end = part.offset, part.offset + part.size
    while data := os.pread(fd, min(STEP, end - at), at):
        yield data
        at += len(data)


class Reader(io.RawIOBase):
    """The bytes of a part, from a file that other threads read, too; hashed as they are read from the start on."""

    def __init__(self, fd: int, part: Part, moved: Moved) -> None:
        super().__init__()
        self._fd, self._part, self._moved = fd, part, moved
        self._at = 0
        self._state = _md5()

    @property
    def md5(self) -> str:
        """The MD5 of what has been read, as ETags have it."""
        return self._state.hexdigest()

    def __len__(self) -> int:
        return self._part.size

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes: a client looks how long it is, and begins again after a redirection."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As io.IOBase.seek."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._part.size}[whence]
        if not self._at:
            self._state = _md5()
        return self._at

    def tell(self) -> int:
        """Where it is in the part."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """The next bytes; more than asked for in small steps, since a client asks in very small ones."""
        left = self._part.size - self._at
        return self._next(min(left, max(size, SENT)))

    def readinto(self, buffer: WriteableBuffer) -> int:
        """As io.RawIOBase.readinto."""
        view: Any = memoryview(buffer).cast("B")
        data = self._next(min(len(view), self._part.size - self._at))
        view[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        data = os.pread(self._fd, size, self._part.offset + self._at)
        self._at += len(data)
        self._state.update(data)
        self._moved(len(data))
        return data
