"""The cache: the blobs of one repository on this machine, under `<common git dir>/gitblob`.

    gitblob-store            marker: the cache has the plain store layout, so that a repository which
    <2 hex>/<62 hex>         is a Git remote by path is a store at the same time
    tmp/                     half-written blobs; expendable
    quarantine/              blobs whose bytes did not match their name

A blob is visible only when whole, and read-only. One that this machine has verified is *sealed*: its mtime is
SEAL_NS. Whoever writes into it later moves the mtime, so a broken seal means "hash it again", and an
intact one lets a checkout restore without hashing.

On the hot path: imports nothing but C modules and itertools.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from itertools import count

from gitblob import filesystem
from gitblob.errors import BlobCorrupt, BlobMissing
from gitblob.model import layout
from gitblob.model.oid import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SEAL_NS = 1112911993 * 10**9  # the second of Git's first commit: no file system rounds it, no clock shows it again
BUFFER = 1 << 20  # bytes hashed at a time

_quarantined = count()


class Cache:
    """Blobs below `root`, then in the caches that git's alternates lead to (read only).

    root: `<common git dir>/gitblob`; need not exist until something is put.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._alternates: list[str] | None = None
        self._tmp = ""

    def path(self, oid: Oid) -> str:
        """Where the blob lies or would lie."""
        return f"{self.root}/{oid.key}"

    def find(self, oid: Oid, size: int) -> str | None:
        """The path of the whole blob, here or in an alternate, or None.

        A file of another size is a torn one (a power cut) and counts as absent.
        """
        return self._look(oid, size)[0]

    def has_sealed(self, oid: Oid, size: int) -> bool:
        """Is the whole blob here and known to be right?"""
        return self._look(oid, size)[1]

    def restorable(self, oid: Oid, size: int) -> str | None:
        """As `find`, for a blob whose bytes are known to be right: sealed, or hashed now.

        A blob that turns out damaged goes to quarantine, so the next search finds a good copy elsewhere.
        """
        while True:
            path, sealed = self._look(oid, size)
            if not path or sealed or self._seal_if_right(path, oid):
                return path
            if not path.startswith(self.root + "/"):
                return None
            self.quarantine(oid)

    def _look(self, oid: Oid, size: int) -> tuple[str | None, bool]:
        """The path of the whole blob, and whether it is sealed."""
        for root in (self.root, *self.alternates()):
            path = f"{root}/{oid.key}"
            try:
                info = os.stat(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            if info.st_size == size and stat.S_ISREG(info.st_mode):
                return path, info.st_mtime_ns == SEAL_NS
        return None, False

    def alternates(self) -> list[str]:
        """Sibling caches of the object stores that `objects/info/alternates` names."""
        if self._alternates is None:
            self._alternates = _alternate_roots(os.path.dirname(self.root))
        return self._alternates

    def incoming(self) -> Incoming:
        """A blob about to be written; see Incoming."""
        return Incoming(self)

    def put(self, data: bytes) -> Oid:
        """Keep a small blob that is in memory; nothing is written when it is here already and sealed."""
        oid = Oid(hashlib.sha256(data).hexdigest())
        if not self.has_sealed(oid, len(data)):
            fd, name = self.temporary()
            try:
                filesystem.write_all(fd, data)
                self.accept(name, oid)
            except BaseException:
                filesystem.remove(name)
                raise
            finally:
                os.close(fd)
        return oid

    def temporary(self) -> tuple[int, str]:
        """A new file on the cache's file system that can become a blob: a descriptor to write to, and its path."""
        if not self._tmp:
            self._tmp = self.prepare("tmp")
        return filesystem.temporary(self._tmp, 0o444)

    def accept(self, name: str, oid: Oid) -> None:
        """Seal a verified temporary file and make it the blob."""
        os.utime(name, ns=(SEAL_NS, SEAL_NS))
        self._rename(name, oid)

    def adopt(self, path: str, oid: Oid, size: int) -> None:
        """Make a whole file on the same file system the blob if its bytes are right; it is moved.

        Raises BlobCorrupt, and leaves the file, when they are not.
        """
        fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        try:
            if os.fstat(fd).st_size != size or digest(fd) != oid:
                raise BlobCorrupt(f"the bytes received for {oid.text} are not those of this blob")
            if os.fstat(fd).st_mode & 0o222:
                os.chmod(path, 0o444)
            self.accept(path, oid)
        finally:
            os.close(fd)

    def quarantine(self, oid: Oid) -> str:
        """Move a damaged blob out of sight and return where it is now; nothing is ever deleted here."""
        target = f"{self.prepare('quarantine')}/{oid}.{os.getpid()}-{next(_quarantined)}"
        os.rename(self.path(oid), target)
        return target

    def blobs(self) -> Iterator[tuple[Oid, int]]:
        """Every blob's oid and size, in no order; without the alternates'."""
        for prefix in layout.FANOUT:
            try:
                entries = os.scandir(f"{self.root}/{prefix}")
            except FileNotFoundError:
                continue
            with entries:
                for entry in entries:
                    oid = layout.oid_at(f"{prefix}/{entry.name}")
                    if oid and entry.is_file(follow_symlinks=False):
                        yield oid, entry.stat().st_size

    def verify(self, oid: Oid) -> None:
        """Hash the blob here, whatever its seal says.

        Raises BlobMissing or BlobCorrupt; a right blob is sealed.
        """
        try:
            right = self._seal_if_right(self.path(oid), oid)
        except FileNotFoundError:
            raise BlobMissing(f"{oid.text} is not in the cache") from None
        if not right:
            raise BlobCorrupt(f"the bytes at {self.path(oid)} are not those of {oid.text}")

    def remove(self, oid: Oid) -> None:
        """Free a blob. The caller has made sure that it is not the only copy."""
        filesystem.remove(self.path(oid))

    def prepare(self, directory: str) -> str:
        """The path of a directory below the root, made with its parents and the marker if need be."""
        path = f"{self.root}/{directory}"
        if not os.path.isdir(path):
            os.makedirs(path, exist_ok=True)
            if not os.path.exists(marker := f"{self.root}/{layout.MARKER}"):
                filesystem.write_new(marker, layout.MARKER_TEXT, 0o444)
        return path

    def _rename(self, name: str, oid: Oid) -> None:
        try:
            os.rename(name, self.path(oid))
        except FileNotFoundError:
            self.prepare(oid[:2])
            os.rename(name, self.path(oid))

    def _seal_if_right(self, path: str, oid: Oid) -> bool:
        fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        try:
            before = os.fstat(fd)
            if digest(fd) != oid:
                return False
            try:
                if os.fstat(fd).st_mtime_ns == before.st_mtime_ns:
                    os.utime(fd, ns=(SEAL_NS, SEAL_NS))
            except OSError as error:
                if error.errno not in {errno.EPERM, errno.EACCES, errno.EROFS}:
                    raise  # a shared or read-only cache stays unsealed and is hashed each time
            return True
        finally:
            os.close(fd)


class Incoming:
    """A blob that arrives piece by piece: `write` all, then `finish`; `abandon` drops it.

    Where nothing can be written (a full disk, a read-only cache) it goes on hashing: a blob that the cache has already
    needs no room, and `git status` must be able to tell that a file has not changed.
    """

    def __init__(self, cache: Cache) -> None:
        self.size = 0
        self._cache, self._fd, self._name = cache, -1, ""
        self._hash = hashlib.sha256()
        self._error: OSError | None = None
        try:
            self._fd, self._name = cache.temporary()
        except OSError as error:
            self._error = error

    def write(self, data: bytes | memoryview) -> None:
        """Hash and keep the next bytes."""
        self._hash.update(data)
        self.keep(data)

    def keep(self, data: bytes | memoryview) -> None:
        """Keep bytes that `hash` is given separately (on another thread)."""
        self.size += len(data)
        if not self._error:
            try:
                filesystem.write_all(self._fd, data)
            except OSError as error:
                self._error = error
                os.ftruncate(self._fd, 0)

    def hash(self, data: bytes | memoryview) -> None:
        """Hash bytes that `keep` is given separately, in the same order."""
        self._hash.update(data)

    def finish(self) -> tuple[Oid, int]:
        """Make it a visible blob; its oid and size. It replaces one that is here but not known to be right.

        Raises the OSError that writing met; nothing is left then, as after `abandon`.
        """
        oid = Oid(self._hash.hexdigest())
        try:
            if self._error:
                if not self._cache.restorable(oid, self.size):
                    raise self._error
            elif not self._cache.has_sealed(oid, self.size):
                self._cache.accept(self._name, oid)
        finally:
            self.abandon()
        return oid, self.size

    def abandon(self) -> None:
        """Remove what has been written."""
        if self._fd >= 0:
            os.close(self._fd)
            filesystem.remove(self._name)
            self._fd = -1


def digest(fd: int) -> Oid:
    """The oid of all bytes behind a descriptor, read from its start."""
    state = hashlib.sha256()
    os.lseek(fd, 0, os.SEEK_SET)
    view = memoryview(bytearray(BUFFER))
    file = io.FileIO(fd, closefd=False)
    while n := file.readinto(view):
        state.update(view[:n])
    return Oid(state.hexdigest())


def _alternate_roots(common_dir: str) -> list[str]:
    """Follow objects/info/alternates, as git does: one path a line, relative ones from `objects`."""
    roots: list[str] = []
    todo, seen = [f"{common_dir}/objects"], set[str]()
    while todo and len(seen) < 32:
        objects = todo.pop(0)
        if objects in seen:
            continue
        seen.add(objects)
        try:
            with open(f"{objects}/info/alternates", encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        for line in lines:
            if line and not line.startswith("#"):
                path = os.path.normpath(os.path.join(objects, line))
                roots.append(f"{os.path.dirname(path)}/gitblob")
                todo.append(path)
    return roots
