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
import io
import os
import stat
from itertools import count

from gitblob import filesystem
from gitblob.cache.incoming import Alike, Incoming
from gitblob.errors import BlobCorrupt, BlobMissing
from gitblob.model import layout
from gitblob.model import oid as oids
from gitblob.model.oid import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SEAL_NS = 1112911993 * 10**9  # the second of Git's first commit: no file system rounds it, no clock shows it again
FD_TIMES = os.utime in os.supports_fd
BUFFER = 1 << 18  # bytes hashed at a time: they stay in the processor's cache

_quarantined = count()


class Cache:
    """Blobs below `root`, then in git-lfs's folder here, then where git's alternates lead (nothing is put or removed).

    root: `<common git dir>/gitblob`; need not exist until something is put. home: what belongs to this repository alone
    lies there. See `shared` for a cache of several.
    """

    is_shared = False

    def __init__(self, root: str) -> None:
        self.root = self.home = root
        self._elsewhere: list[tuple[str, bool]] | None = None
        self._wrong: set[str] = set()  # damaged blobs of alternates (paths), passed over from now on
        self._tmp = ""
        self._spare: tuple[int, str] | None = None

    def path(self, oid: Oid) -> str:
        """Where the blob lies or would lie."""
        return f"{self.root}/{oid.key}"

    def find(self, oid: Oid, size: int) -> str | None:
        """The path of the whole blob, here or in an alternate, or None.

        A file of another size is a torn one (a power cut) and counts as absent.
        """
        return self.look(oid, size)[0]

    def has_sealed(self, oid: Oid, size: int) -> bool:
        """Is the whole blob here and known to be right?"""
        return self.look(oid, size)[1]

    def restorable(self, oid: Oid, size: int, watch: Callable[[int], None] | None = None) -> str | None:
        """As `find`, for a blob whose bytes are known to be right: sealed, or hashed now (watch: see `digest`).

        A blob that turns out damaged goes to quarantine, so the next search finds a good copy elsewhere.
        """
        while True:
            path, sealed = self.look(oid, size)
            if not path or sealed or self._seal_if_right(path, oid, watch):
                return path
            self.discard(path, oid)

    def discard(self, path: str, oid: Oid) -> None:
        """Let `find` give this damaged blob no more: it goes to quarantine; an alternate's stays where it is."""
        if path.startswith(self.root + "/"):
            self.quarantine(oid)
        else:
            self._wrong.add(path)

    def check(self, path: str, oid: Oid) -> Callable[[], bool]:
        """Begin to hash the blob that `find` gave, on another thread; the result waits for the verdict.

        A right blob is sealed. The result raises OSError when the blob could not be read.
        """
        from gitblob.cache import aside

        return aside.ask(lambda: self._seal_if_right(path, oid))

    def look(self, oid: Oid, size: int) -> tuple[str | None, bool]:
        """As `find`, and whether the blob is sealed."""
        for path in (self.path(oid), *self.elsewhere(oid)):
            if path in self._wrong:
                continue
            try:
                info = os.stat(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            if info.st_size == size and stat.S_ISREG(info.st_mode):
                return path, info.st_mtime_ns == SEAL_NS
        return None, False

    def elsewhere(self, oid: Oid) -> list[str]:
        """Where the blob would lie in the folder of git-lfs, and in those of git's alternates."""
        if self._elsewhere is None:
            self._elsewhere = []
            common_dir = os.path.dirname(self.home)
            if os.path.exists(f"{common_dir}/lfs/objects") or os.path.exists(f"{common_dir}/objects/info/alternates"):
                from gitblob.cache import alternates

                self._elsewhere = alternates.roots(common_dir)
        return [f"{root}/{layout.lfs_key(oid) if is_lfs else oid.key}" for root, is_lfs in self._elsewhere]

    def incoming(self, borrows: bool = False) -> Incoming:
        """A blob about to be written; see Incoming."""
        return Incoming(self, borrows)

    def alike(self, oid: Oid, size: int) -> Alike | None:
        """The blob here, to be compared with one that arrives and may be the same."""
        path = self.find(oid, size)
        try:
            return Alike(path) if path else None
        except OSError:
            return None

    def put(self, data: bytes) -> Oid:
        """Keep a small blob that is in memory; nothing is written when it is here already and sealed."""
        incoming = self.incoming()
        incoming.write(data)
        return incoming.finish()[0]

    def temporary(self) -> tuple[int, str]:
        """A new file on the cache's file system that can become a blob: a descriptor to write to, and its path."""
        if self._spare:
            spare, self._spare = self._spare, None
            return spare
        if not self._tmp:
            self._tmp = self.prepare("tmp")
        return filesystem.temporary(self._tmp, 0o444)

    def lay_out(self) -> None:
        """Have the next temporary file ready before it is asked for, while somebody else is at work.

        Only where one has been needed; whoever calls this calls `put_away` at the end.
        """
        if self._tmp and not self._spare:
            try:
                self._spare = self.temporary()
            except OSError:
                pass  # who asks for it will hear

    def put_away(self) -> None:
        """Remove temporary files that nobody has asked for, or that an interrupt has left."""
        if self._spare:
            os.close(self._spare[0])
            self._spare = None
        if self._tmp:
            filesystem.tidy_own(self._tmp)

    def accept(self, fd: int, name: str, oid: Oid) -> None:
        """Seal a verified temporary file, open as `fd`, and make it the blob."""
        os.utime(fd if FD_TIMES else name, ns=(SEAL_NS, SEAL_NS))
        self.take(name, oid)

    def adopt(self, path: str, oid: Oid, size: int, watch: Callable[[int], None] | None = None) -> None:
        """Make a whole file on the same file system the blob if its bytes are right; it is moved.

        Raises BlobCorrupt, and leaves the file, when they are not. watch: see `digest`.
        """
        fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        try:
            if os.fstat(fd).st_size != size or digest(fd, watch) != oid:
                raise BlobCorrupt(f"the bytes received for {oid.text} are not those of this blob")
            if os.fstat(fd).st_mode & 0o222:
                os.chmod(path, 0o444)
            self.accept(fd, path, oid)
        finally:
            os.close(fd)

    def admit(self, path: str, oid: Oid, size: int) -> None:
        """As `adopt` for bytes that are looked at only when they are used: the blob is there, unsealed.

        Raises BlobCorrupt, and leaves the file, when its size is wrong.
        """
        info = os.stat(path)
        if info.st_size != size:
            raise BlobCorrupt(f"the bytes received for {oid.text} are not those of this blob")
        os.utime(path)  # a hard link brings the seal of the store it is from
        if info.st_mode & 0o222:
            os.chmod(path, 0o444)
        self.take(path, oid)

    def quarantine(self, oid: Oid) -> str:
        """Move a damaged blob out of sight and return where it is now; nothing is ever deleted here."""
        target = f"{self.prepare('quarantine')}/{oid}.{os.getpid()}-{next(_quarantined)}"
        os.rename(self.path(oid), target)
        self._tell()
        return target

    def blobs(self, folders: Iterable[str] = layout.FANOUT) -> Iterator[tuple[Oid, int]]:
        """Every blob's oid and size, in no order; without the alternates'. folders: the first parts of their names."""
        for prefix in folders:
            try:
                entries = os.scandir(f"{self.root}/{prefix}")
            except (FileNotFoundError, NotADirectoryError):
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
        self._tell()

    def prepare(self, directory: str) -> str:
        """The path of a directory below the root, made with its parents and the marker if need be."""
        path = f"{self.root}/{directory}"
        if not os.path.isdir(path):
            self._make(path)
            if not os.path.exists(marker := f"{self.root}/{layout.MARKER}"):
                filesystem.write_new(marker, layout.MARKER_TEXT, 0o444)
        return path

    def _make(self, path: str) -> None:
        os.makedirs(path, exist_ok=True)

    def _tell(self) -> None:
        """Who has this repository for a remote takes its cache for a store, and what it had for known: no longer.

        After each blob, since a kill may come between two.
        """
        try:
            os.utime(f"{self.root}/{layout.MARKER}")
        except OSError:
            pass  # no marker: nobody has pushed here; another user's: he alone can touch it

    def take(self, name: str, oid: Oid) -> None:
        """Give a temporary file, as it is, the blob's name."""
        target = f"{self.root}/{oid.key}"
        try:
            os.rename(name, target)
        except FileNotFoundError:
            self.prepare(oid[:2])
            os.rename(name, target)

    def _seal_if_right(self, path: str, oid: Oid, watch: Callable[[int], None] | None = None) -> bool:
        fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        try:
            before = os.fstat(fd)
            if digest(fd, watch) != oid:
                return False
            try:
                if os.fstat(fd).st_mtime_ns == before.st_mtime_ns and not os.path.islink(path):
                    os.utime(fd, ns=(SEAL_NS, SEAL_NS))
            except OSError as error:
                if error.errno not in {errno.EPERM, errno.EACCES, errno.EROFS}:
                    raise  # a shared or read-only cache stays unsealed and is hashed each time
            return True
        finally:
            os.close(fd)


def digest(fd: int, watch: Callable[[int], None] | None = None) -> Oid:
    """The oid of all bytes behind a descriptor, read from its start.

    watch: called with 0 every BUFFER bytes; it may raise to stop.
    """
    state = oids.hasher()
    os.lseek(fd, 0, os.SEEK_SET)
    view = memoryview(bytearray(BUFFER))
    file = io.FileIO(fd, closefd=False)
    while n := file.readinto(view):
        state.update(view[:n])
        if watch:
            watch(0)
    return Oid(state.hexdigest())
