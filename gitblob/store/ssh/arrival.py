"""Blobs that arrive at the server, in temporary files below the store's `tmp`.

A big one arrives in a file of its oid, which outlives the connection: the next put of the same blob goes on there. One
process at a time writes to it, who holds its lock, and only its owner; everybody else gets a file of his own. Whether
the bytes are right is known when all are there: then they have been hashed, old and new ones.
"""

from __future__ import annotations

import fcntl
import os
import stat

from gitblob import filesystem
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.store.base import Blob

PART = f"{filesystem.TEMPORARY}part-"  # `filesystem.tidy` takes what nobody has written to for a day
RESUMABLE = 8 << 20  # bytes from which on a blob is worth it
READ = 1 << 18  # bytes


def unfinished(directory: str) -> dict[Oid, int]:
    """The blobs of which a part is there that this user may go on with, and how many bytes."""
    found: dict[Oid, int] = {}
    try:
        names = [name for name in os.listdir(directory) if name.startswith(PART)]
    except FileNotFoundError:
        return found
    for name in names:
        digits = name.removeprefix(PART)
        try:
            info = os.lstat(f"{directory}/{name}")
        except FileNotFoundError:
            continue
        if oids.is_digits(digits) and stat.S_ISREG(info.st_mode) and info.st_uid == os.geteuid() and info.st_size:
            found[Oid(digits)] = info.st_size
    return found


class Arrival:
    """One blob on its way into `directory`. start: how many bytes are there already, as the sender was told.

    is_expected: False where they are not (any more): then the sender has to begin at 0.
    """

    def __init__(self, directory: str, blob: Blob, start: int) -> None:
        self.blob = blob
        self._hash = oids.hasher()
        self._size = 0
        self._kept = False
        self.is_expected = True
        self.fd, self.path = -1, f"{directory}/{PART}{blob.oid}"
        if blob.size >= RESUMABLE:
            self.fd = _locked(self.path)
            self._kept = self.fd >= 0
        if self.fd < 0:
            self.fd, self.path = filesystem.temporary(directory, 0o444)
        if self._kept and start:
            self._take_up(start)
        if self._size != start:
            self.is_expected = False
        os.ftruncate(self.fd, self._size)
        os.lseek(self.fd, self._size, os.SEEK_SET)

    def write(self, data: bytes) -> None:
        """The next bytes."""
        filesystem.write_all(self.fd, data)
        self._hash.update(data)
        self._size += len(data)

    def is_right(self) -> bool:
        """Are these the bytes of the blob? What is not has to go (`discard`)."""
        if self._kept:
            os.fchmod(self.fd, 0o444 & ~_umask())
        return self._size == self.blob.size and self._hash.hexdigest() == self.blob.oid

    def discard(self) -> None:
        """The file is of no more use: it is elsewhere by now, or wrong."""
        filesystem.remove(self.path)
        self.close()

    def interrupted(self) -> None:
        """No more bytes come. What is worth it is kept."""
        if self._kept and self._size:
            self.close()
        else:
            self.discard()

    def close(self) -> None:
        """Let go of the file and its lock."""
        os.close(self.fd)

    def _take_up(self, start: int) -> None:
        """Hash what is there."""
        if os.fstat(self.fd).st_size == start <= self.blob.size:
            while self._size < start and (data := os.read(self.fd, min(READ, start - self._size))):
                self._hash.update(data)
                self._size += len(data)


def _locked(path: str) -> int:
    """The file, open for this process alone; -1 where another one has it, or it belongs to somebody else."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | filesystem.BINARY, 0o600)
    except PermissionError:
        return -1
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine, named = os.fstat(fd), os.lstat(path)  # whoever had the lock may have moved the file away meanwhile
        if mine.st_uid == os.geteuid() and (mine.st_dev, mine.st_ino) == (named.st_dev, named.st_ino):
            os.fchmod(fd, 0o600)
            return fd
    except OSError:
        pass
    os.close(fd)
    return -1


def _umask() -> int:
    mask = os.umask(0o77)
    os.umask(mask)
    return mask
