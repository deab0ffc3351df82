"""A cache that many clones and users of one host share (`gitblob.cacheDir`), with the repository's own as the fallback.

Who may write there is the business of the directory: its group, its set-group-id bit, the umask. Nobody else's file is
changed; a blob of another user without a seal stays without one and is hashed by whoever restores it. Where this user
may not write, what is there is used, and what is new goes to the repository's own cache.

On the hot path where the setting is in force: imports nothing but C modules.
"""

from __future__ import annotations

import errno
import os
import stat
from itertools import chain

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import BlobMissing
from gitblob.model import layout
from gitblob.model.oid import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class _Directory(Cache):
    """The shared directory alone."""

    def blobs(self, folders: Iterable[str] = layout.FANOUT) -> Iterator[tuple[Oid, int]]:
        """Those in folders that this user may read."""
        return super().blobs(name for name in folders if os.access(f"{self.root}/{name}", os.R_OK | os.X_OK))

    def _make(self, path: str) -> None:
        filesystem.make_shared(path)


class SharedCache(Cache):
    """home: the repository's own cache, `<common git dir>/gitblob`; shared: the directory, which nobody makes here."""

    is_shared = True

    def __init__(self, home: str, shared: str) -> None:
        super().__init__(home)
        self.root = self._shared = shared
        self._there, self._own = _Directory(shared), Cache(home)
        self._for_group = False  # do blobs have to be readable by the directory's group?

    def path(self, oid: Oid) -> str:
        """Where the blob lies, or would lie."""
        there, here = f"{self._shared}/{oid.key}", f"{self.home}/{oid.key}"
        is_there = os.path.lexists(there) and there not in self._wrong
        return there if is_there else here if os.path.lexists(here) else f"{self.root}/{oid.key}"

    def elsewhere(self, oid: Oid) -> list[str]:
        """The repository's own cache comes first."""
        return [f"{self.home}/{oid.key}", *super().elsewhere(oid)]

    def look(self, oid: Oid, size: int) -> tuple[str | None, bool]:
        """A blob that its owner lets nobody read is none, and so is all that a closed folder has."""
        while True:
            try:
                path, sealed = super().look(oid, size)
            except PermissionError as error:
                if not str(error.filename).startswith(f"{self._shared}/"):
                    raise
                self._wrong.add(error.filename)
                continue
            if not path or not path.startswith(f"{self._shared}/") or os.access(path, os.R_OK):
                return path, sealed
            self._wrong.add(path)

    def discard(self, path: str, oid: Oid) -> None:
        """A damaged blob of a directory in which this user may not write stays where it is."""
        if path in {f"{self._shared}/{oid.key}", f"{self.home}/{oid.key}"}:
            self._set_aside(path, oid)
        else:
            super().discard(path, oid)

    def quarantine(self, oid: Oid) -> str:
        """Beside the cache in which it lies."""
        return self._set_aside(self.path(oid), oid)

    def verify(self, oid: Oid) -> None:
        """As in one's own; a blob that its owner lets nobody read is none."""
        there = f"{self._shared}/{oid.key}"
        if not os.access(there, os.R_OK):
            self._wrong.add(there)
        try:
            super().verify(oid)
        except PermissionError:
            raise BlobMissing(f"{there} is not readable") from None

    def blobs(self, folders: Iterable[str] = layout.FANOUT) -> Iterator[tuple[Oid, int]]:
        """Those of the directory, then the repository's own."""
        seen, names = set(), list(folders)
        for found in chain(self._there.blobs(names), self._own.blobs(names)):
            if found[0] not in seen:
                seen.add(found[0])
                yield found

    def prepare(self, directory: str) -> str:
        """Below the shared directory; once that is refused, in the repository's own cache from then on."""
        if self.root != self.home:
            try:
                if os.path.isdir(self._shared):  # one that is not mounted is not made in its place
                    self._for_group = bool(os.stat(self._shared).st_mode & stat.S_ISGID)
                    path = self._there.prepare(directory)
                    if os.access(path, os.W_OK | os.X_OK):
                        return path
            except OSError as error:
                if error.errno not in REFUSED:
                    raise
            self.root = self.home
        return self._own.prepare(directory)

    def take(self, name: str, oid: Oid) -> None:
        """Where the directory refuses it, or has another user's that cannot be replaced: into the repository's own."""
        if not name.startswith(f"{self._shared}/"):
            self._own.take(name, oid)
            return
        try:
            self._let_group_read(name)
            self._there.take(name, oid)
            self._wrong.discard(f"{self._shared}/{oid.key}")
        except OSError as error:
            if error.errno not in REFUSED:
                raise
            self._take_home(name, oid)

    def _let_group_read(self, name: str) -> None:
        """What the umask forbids, the owner of a set-group-id directory wants; the file is this user's own."""
        mode = stat.S_IMODE(os.stat(name).st_mode)
        if self._for_group and not mode & stat.S_IRGRP:
            os.chmod(name, mode | stat.S_IRGRP)

    def _take_home(self, name: str, oid: Oid) -> None:
        """Put a whole temporary file of the shared directory into the repository's own cache, seal and all."""
        source = os.open(name, os.O_RDONLY | filesystem.BINARY)
        try:
            fd, copy = self._own.temporary()
            try:
                filesystem.copy(source, fd)
            finally:
                os.close(fd)
            info = os.fstat(source)
            os.utime(copy, ns=(info.st_atime_ns, info.st_mtime_ns))
            self._own.take(copy, oid)
        finally:
            os.close(source)
        filesystem.remove(name)

    def _set_aside(self, path: str, oid: Oid) -> str:
        try:
            return (self._there if path.startswith(f"{self._shared}/") else self._own).quarantine(oid)
        except OSError as error:
            if error.errno not in REFUSED:
                raise
            self._wrong.add(path)
            return path
