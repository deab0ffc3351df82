"""A directory as a backend: reflinks, else hard links, else verified copies; files appear only when whole.

Directories are made when a file needs them. One made inside a set-group-id directory gets that directory's group
permissions, as its owner means it to be shared, and the group may read files there; everywhere else the umask alone
decides. Nobody else's file is changed.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from gitblob import cache, filesystem
from gitblob.errors import BlobCorrupt, BlobMissing, GitblobError, StoreAbsent, StoreError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store.base import Capabilities, Moved, ignore

READ = 1 << 20  # bytes at a time
COPY = 8 << 20  # bytes the kernel copies between two looks at the watch: Ctrl-C waits for one such piece
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class LocalBackend:
    """Files below `root`. name: what people call the store; `make_root`: may the root be made when something is put?"""

    # Measured with two cores: a second thread halves the time for 48 MiB blobs (the hash runs beside the copy) and
    # adds a quarter for 20 KiB ones (all is system calls and the interpreter's lock).
    capabilities = Capabilities(shares_files=True, parallelism=2, grain=1 << 20, ranges=True)

    def __init__(self, root: str, name: str, make_root: bool = False) -> None:
        self.root = root
        self.label = f"{name} ({root})"
        self._make_root = make_root
        self._unflushed: list[str] = []
        self._tidied = False
        self._for_group: bool | None = None
        self._folders: set[str] = set()  # seen to be no links

    def head(self, key: str) -> int | None:
        """The size of a regular file, or None."""
        path = self._path(key)
        try:
            info = os.lstat(path)  # a link could lead out of the store
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.refused(error, path, "readable") from error
        return info.st_size if stat.S_ISREG(info.st_mode) else None

    def version(self, key: str) -> str | None:
        """Inode and times: a restored copy has others."""
        try:
            info = os.lstat(f"{self.root}/{key}")
        except OSError:
            return None
        return f"{info.st_ino} {info.st_mtime_ns} {info.st_ctime_ns}"

    def get(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from start up to end, piece by piece."""
        with self._reading(key) as fd:
            os.lseek(fd, start, os.SEEK_SET)
            left = (os.fstat(fd).st_size if end is None else end) - start
            while left > 0 and (data := os.read(fd, min(left, READ))):
                left -= len(data)
                yield data

    def fetch(self, key: str, path: str, moved: Moved = ignore) -> None:
        """Share the file with `path`, else copy it there. A file of another owner is copied (or reflinked).

        Whoever adopts `path` changes its mode and time; those of a hard link are the store's file's too.
        """
        with self._reading(key) as fd:
            info = os.fstat(fd)
            try:
                if info.st_uid == os.geteuid() and filesystem.share(self._path(key), path):
                    _tell(moved, info.st_size, path)
                else:
                    _copy_to_new(fd, path, moved)
            except OSError as error:
                if error.errno in FULL | FORBIDDEN or not os.path.isdir(os.path.dirname(path)):
                    hint = "free space there (`gitblob prune` frees the cache)" if error.errno in FULL else None
                    raise GitblobError(f"{path} could not be written: {error.strerror}", hint) from error
                raise

    def put(self, key: str, path: str, if_absent: bool = True, oid: Oid | None = None, moved: Moved = ignore) -> bool:
        """Share the file at `path`, which must stay as it is, or store a verified copy."""
        target = self._path(key)
        try:
            return self._put(path, target, if_absent, oid, moved)
        except FileNotFoundError:
            if not os.path.exists(path):
                raise BlobMissing(f"{path} is gone") from None
        except OSError as error:
            raise self.refused(error, target, "writable") from error
        try:
            self._make_directory(os.path.dirname(target))
            return self._put(path, target, if_absent, oid, moved)
        except OSError as error:
            raise self.refused(error, target, "writable") from error

    def digest(self, key: str) -> Oid | None:
        """The file hashed here."""
        with self._reading(key) as fd:
            return cache.digest(fd)

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys and sizes below the root, without unfinished files."""
        try:
            yield from self._walk(prefix.rpartition("/")[0], prefix)
        except OSError as error:
            raise self.refused(error, self.root, "readable") from error

    def delete(self, key: str) -> None:
        """Unlink the file."""
        path = self._path(key)
        try:
            filesystem.remove(path)
        except OSError as error:
            raise self.refused(error, path, "writable") from error

    def flush(self) -> None:
        """Flush the files put and the names of directories made since the last time."""
        paths, self._unflushed = self._unflushed, []
        try:
            filesystem.flush(paths, self.root)
        except OSError as error:
            raise self.refused(error, self.root, "writable") from error

    def _path(self, key: str) -> str:
        """Where the file lies. Raises StoreError where a link stands for a folder: it could lead into the cache."""
        folder = key.partition("/")[0]
        if folder not in self._folders:
            if os.path.islink(f"{self.root}/{folder}"):
                raise StoreError(f"store {self.label}: {folder} is a symbolic link", "a store keeps its own folders")
            self._folders.add(folder)
        return f"{self.root}/{key}"

    @contextmanager
    def _reading(self, key: str) -> Iterator[int]:
        path = self._path(key)
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | filesystem.BINARY)
        except FileNotFoundError:
            raise BlobMissing(f"{self.label} has no {key}") from None
        except OSError as error:
            raise self.refused(error, path, "readable") from error
        try:
            yield fd
        except OSError as error:
            raise self.refused(error, path, "readable") from error
        finally:
            os.close(fd)

    def _put(self, source: str, target: str, if_absent: bool, oid: Oid | None, moved: Moved) -> bool:
        try:
            shared = if_absent and not self._closes(source) and filesystem.share(source, target)
        except FileExistsError:
            return False
        if shared:
            moved(os.stat(target).st_size)
        elif if_absent and os.path.lexists(target):
            return False
        else:
            self._replace(source, target, oid, moved)
        self._unflushed.append(target)
        return True

    def _replace(self, source: str, target: str, oid: Oid | None, moved: Moved) -> None:
        """Copy to a temporary name, look at what lies there, and only then give it the name."""
        fd, name = filesystem.temporary(self.temporary_directory(), 0o444)
        try:
            with open(source, "rb", buffering=0) as file:
                for size in filesystem.copied(file.fileno(), fd, COPY):
                    moved(size)
            self._verify(fd, oid, moved)
            if self._closes(name):
                os.chmod(name, 0o440)
            os.replace(name, target)
        except BaseException:
            filesystem.remove(name)
            raise
        finally:
            os.close(fd)

    def _closes(self, path: str) -> bool:
        """Would this file of the user's own keep out the group for which the store is meant? So the umask may want."""
        if self._for_group is None:
            self._for_group = bool(os.stat(self.root).st_mode & stat.S_ISGID)
        return self._for_group and not os.stat(path).st_mode & stat.S_IRGRP

    def temporary_directory(self) -> str:
        """`tmp` below the root, as in a cache, made if need be; what killed processes left there long ago goes."""
        path = f"{self.root}/tmp"
        if not os.path.isdir(path):
            filesystem.make_shared(path)
        elif not self._tidied:
            filesystem.tidy(path)
        self._tidied = True
        return path

    def _verify(self, fd: int, oid: Oid | None, moved: Moved) -> None:
        if oid and cache.digest(fd, moved) != oid:
            raise BlobCorrupt(f"a copy of {oid.text} to store {self.label} came out with other bytes")

    def _make_directory(self, path: str) -> None:
        if not self._make_root and not os.path.isdir(self.root):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.root)
        made = _missing_parents(path)
        for directory in made:
            filesystem.make_shared(directory)
        self._unflushed += made

    def _walk(self, directory: str, prefix: str) -> Iterator[tuple[str, int]]:
        base = f"{directory}/" if directory else ""
        try:
            entries = os.scandir(self._path(directory))
        except (FileNotFoundError, NotADirectoryError):
            if not directory:
                raise
            return
        with entries:
            for entry in entries:
                key = base + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if f"{key}/".startswith(prefix) or prefix.startswith(f"{key}/"):
                        yield from self._walk(key, prefix)
                elif key.startswith(prefix) and not entry.name.startswith(filesystem.TEMPORARY):
                    yield key, entry.stat(follow_symlinks=False).st_size

    def refused(self, error: OSError, path: str, wanted: str) -> StoreError:
        """What the system says about this directory, in words that tell what to do."""
        if error.errno in FULL:
            return StoreError(
                f"store {self.label} is full: {path} could not be written", "free space there, then run this again"
            )
        if error.errno in FORBIDDEN:
            return StoreError(f"store {self.label} is not {wanted}: {path}", f"{error.strerror}; ask its owner")
        if not os.path.lexists(self.root):
            return absent(self.label)
        if not os.path.isdir(self.root):
            return StoreError(f"store {self.label} is not a directory", "`gitblob store list` shows where stores lie")
        return StoreUnavailable(f"store {self.label}: {path}: {error.strerror or error}", "is it mounted?")


def absent(label: str) -> StoreAbsent:
    """The directory is not there."""
    return StoreAbsent(f"store {label} is not there", "is it mounted? `gitblob store add` makes a new one")


def _tell(moved: Moved, size: int, path: str) -> None:
    try:
        moved(size)
    except BaseException:
        filesystem.remove(path)
        raise


def _copy_to_new(source: int, path: str, moved: Moved) -> None:
    """Copy an open file to a new path, telling `moved` every now and then; nothing is left there on errors."""
    target = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | filesystem.BINARY, 0o644)
    try:
        for size in filesystem.copied(source, target, COPY):
            moved(size)
    except BaseException:
        filesystem.remove(path)
        raise
    finally:
        os.close(target)


def _missing_parents(path: str) -> list[str]:
    """The directories that have to be made for this one, outermost first."""
    missing: list[str] = []
    while path and not os.path.isdir(path):
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing
