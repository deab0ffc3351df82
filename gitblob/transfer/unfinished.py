"""A large blob that comes in parts, in a file that the next command goes on with.

    <cache>/unfinished/<oid>.<size>           the bytes that have come, each part at its place
    <cache>/unfinished/<oid>.<size>.parts     one line for each part that is there: its number, the CRC-32 of its bytes

The journal is believed only as far as the checksums go: after a power cut a line may be there and its bytes not. One
process at a time writes there (a lock on the file); another one that wants the same blob has a file of its own.
"""

from __future__ import annotations

import errno
import os
import threading
import time
import zlib
from collections.abc import Callable

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.store.base import Blob

FOLDER = "unfinished"
JOURNAL = ".parts"
PART = 8 << 20  # bytes
READ = 1 << 20  # bytes at a time
TAKEN = {errno.EACCES, errno.EPERM, errno.ELOOP, errno.EISDIR}  # by another user, or by what we do not write to
AGE = 14 * 24 * 3600  # seconds after which nobody will go on with a file


class Unfinished:
    """The file for one blob. missing: the numbers of the parts to be fetched; here: bytes that are there already."""

    def __init__(self, cache: Cache, blob: Blob, look: Callable[[], None]) -> None:
        """look: is called while parts are checked, and may raise."""
        self._blob, self._look = blob, look
        self._lock, self._hashing = threading.Lock(), threading.Lock()
        self._fd, self.path, self._journal = _opened(cache, blob)
        self._hash, self._hashed = oids.hasher(), 0
        try:
            self._there = self._claimed()
            os.ftruncate(self._fd, blob.size)
        except BaseException:
            self.close()
            raise

    @property
    def count(self) -> int:
        """Of parts in all."""
        return -(-self._blob.size // PART)

    @property
    def missing(self) -> list[int]:
        """The parts that are not there."""
        return [number for number in range(self.count) if number not in self._there]

    @property
    def here(self) -> int:
        """Bytes that are there."""
        return sum(end - start for start, end in map(self.range, self._there))

    def range(self, number: int) -> tuple[int, int]:
        """Where a part starts and where it ends."""
        return number * PART, min((number + 1) * PART, self._blob.size)

    def write(self, data: bytes, at: int) -> None:
        """Some bytes of a part."""
        view = memoryview(data)
        while view:
            count = os.pwrite(self._fd, view, at)
            view, at = view[count:], at + count

    def keep(self, number: int, checksum: int) -> bool:
        """A part is there, with this CRC-32; is it the last that was missing?"""
        if self._journal >= 0:
            filesystem.write_all(self._journal, b"%d %08x\n" % (number, checksum))
        with self._lock:
            self._there.add(number)
            last = len(self._there) == self.count
        self._hash_on(wait=last)
        return last

    def oid(self) -> Oid:
        """That of all bytes."""
        self._hash_on(wait=True)
        return Oid(self._hash.hexdigest())

    def accept(self, cache: Cache) -> None:
        """Make it the blob; `oid` was the right one."""
        os.chmod(self.path, 0o444)
        cache.accept(self._fd, self.path, self._blob.oid)

    def forget(self) -> None:
        """Start anew."""
        with self._lock, self._hashing:
            self._there.clear()
            self._hash, self._hashed = oids.hasher(), 0
            if self._journal >= 0:
                os.ftruncate(self._journal, 0)

    def close(self, remove: bool = False) -> None:
        """Let go of it. remove: nobody shall go on with it."""
        own = self._journal < 0
        for fd in (self._fd, self._journal):
            if fd >= 0:
                os.close(fd)
        self._fd = self._journal = -1
        if remove or own:
            filesystem.remove(self.path)
            filesystem.remove(_journal_of(self.path))

    def _hash_on(self, wait: bool) -> None:
        """Hash the parts that have come in order, while they are in the system's memory; one thread at a time."""
        if self._hashing.acquire(blocking=wait):
            try:
                while self._hashed in self._there:
                    start, end = self.range(self._hashed)
                    for at in range(start, end, READ):
                        self._look()
                        self._hash.update(os.pread(self._fd, min(READ, end - at), at))
                    self._hashed += 1
            finally:
                self._hashing.release()

    def _claimed(self) -> set[int]:
        """The parts that the journal claims and that are what it says."""
        there = set[int]()
        if self._journal < 0:
            return there
        with open(_journal_of(self.path), "rb") as file:
            lines = file.read().splitlines(keepends=True)
        for line in lines:
            number, checksum = _parsed(line)
            if 0 <= number < self.count and self._checksum(number) == checksum:
                there.add(number)
        return there

    def _checksum(self, number: int) -> int:
        start, end = self.range(number)
        found = 0
        for at in range(start, end, READ):
            self._look()
            found = zlib.crc32(os.pread(self._fd, min(READ, end - at), at), found)
        return found


def tidy(cache_root: str, age: float = AGE) -> int:
    """Remove what nobody has gone on with for so many seconds; how many files there were."""
    try:
        entries = list(os.scandir(f"{cache_root}/{FOLDER}"))
    except OSError:
        return 0
    limit = time.time() - age
    old = [e for e in entries if e.is_file(follow_symlinks=False) and e.stat(follow_symlinks=False).st_mtime < limit]
    return sum(_removed(entry.path) for entry in old)


def _removed(path: str) -> bool:
    """Remove a file, unless somebody writes there: the clock may be wrong, or was when he began."""
    import fcntl

    try:
        fd = os.open(path.removesuffix(JOURNAL), os.O_RDONLY | os.O_NOFOLLOW | filesystem.BINARY)
    except OSError:
        fd = -1  # no file to a journal
    try:
        if fd >= 0:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        filesystem.remove(path)
    except OSError:
        return False
    finally:
        if fd >= 0:
            os.close(fd)
    return True


def _opened(cache: Cache, blob: Blob) -> tuple[int, str, int]:
    """The file, its path and the journal; -1 for none where the file is one of our own."""
    import fcntl

    path = f"{cache.prepare(FOLDER)}/{blob.oid}.{blob.size}"
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | filesystem.BINARY
    try:
        fd = os.open(path, flags, 0o644)
    except OSError as error:
        if error.errno not in TAKEN:
            raise
        return (*filesystem.temporary(cache.prepare("tmp"), 0o644), -1)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_ino == os.lstat(path).st_ino:  # not finished by another process in this moment
            return fd, path, os.open(_journal_of(path), flags | os.O_APPEND, 0o644)
    except OSError:
        pass
    os.close(fd)
    return (*filesystem.temporary(cache.prepare("tmp"), 0o644), -1)


def _journal_of(path: str) -> str:
    return path + JOURNAL


def _parsed(line: bytes) -> tuple[int, int]:
    """Part and checksum; a part that there is none of for a line that was not written to its end."""
    try:
        number, checksum = line.split(b" ")
        return (int(number), int(checksum, 16)) if checksum.endswith(b"\n") else (-1, 0)
    except ValueError:
        return -1, 0
