"""Files on a host that has nothing but an SFTP server, as a backend.

The server hashes nothing: what is put is hashed on its way, its size is looked at, and it is flushed where the server
can do that (fsync@openssh.com). A file gets its name by a plain rename, which fails on OpenSSH where the name is taken.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from gitblob import filesystem
from gitblob.errors import BlobCorrupt, BlobMissing, StoreAbsent, StoreDenied, StoreError
from gitblob.model import oid as oids
from gitblob.model.address import SUFFIXES
from gitblob.model.oid import Oid
from gitblob.store import arrival
from gitblob.store.base import Capabilities, Moved, ignore
from gitblob.store.plain import PlainStore
from gitblob.store.ssh import handles, sftp
from gitblob.store.ssh.sftp import Pending, Sftp, Status, text

FSYNC, REPLACE = "fsync@openssh.com", "posix-rename@openssh.com"


class SftpBackend:
    """Files below `root`; connect begins a session when one is needed. label: what errors call the store."""

    capabilities = Capabilities(parallelism=8, remote=True, ranges=True)

    def __init__(self, root: str, label: str, connect: Callable[[], Sftp]) -> None:
        self.label = label
        self._root = root.rstrip("/")
        self._connect = connect
        self._session: Sftp | None = None
        self._lock = threading.Lock()
        self._folders: set[str] = set()  # that are there

    def connect(self) -> Sftp:
        """The session, begun now if there is none. Raises NotServed or another StoreError."""
        with self._lock:
            if self._session is None or not self._session.is_open:
                self._session = self._connect()
            return self._session

    def close(self) -> None:
        """End the session, if there is one."""
        if self._session:
            self._session.close()

    def head(self, key: str) -> int | None:
        """The size of a regular file, or None."""
        found = self.look(self._path(key))
        return found.size if found and stat.S_ISREG(found.mode) else None

    def version(self, key: str) -> str | None:
        """Size and time of the last change, which SFTP tells in seconds."""
        found = self.look(self._path(key))
        return f"{found.size} {found.changed}" if found else None

    def digest(self, key: str) -> Oid | None:  # noqa: ARG002 part of the interface
        """None: the server cannot hash."""
        return None

    def get(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from start up to end, asked for ahead."""
        with self._opened(self._path(key), sftp.FOR_READING) as (session, handle):
            size = sftp.take_attributes(session.ask(sftp.FSTAT, text(handle)), 0)[0].size
            yield from handles.pieces(session, handle, start, size if end is None else min(end, size))

    def fetch(self, key: str, path: str, moved: Moved = ignore) -> None:
        """Bring the file to `path`."""
        arrival.save(self.get(key), path, moved)

    def put(self, key: str, path: str, if_absent: bool = True, oid: Oid | None = None, moved: Moved = ignore) -> bool:
        """Send a file to a temporary name, then give it its own."""
        target = self._path(key)
        if if_absent and self.look(target):
            return False
        try:
            fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        except FileNotFoundError:
            raise BlobMissing(f"{path} is gone") from None
        name = f"{self._root}/tmp/{filesystem.TEMPORARY}{os.urandom(8).hex()}"
        try:
            self._make_folder(f"{self._root}/tmp")
            self._make_folder(os.path.dirname(target))
            self._send(fd, name, oid, moved)
            return self._rename(name, target, if_absent)
        except BaseException:
            with suppress(StoreError, Status):
                self.connect().ask(sftp.REMOVE, text(name))
            raise
        finally:
            os.close(fd)

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys and sizes below the root, without unfinished files."""
        yield from self._walk(prefix.rpartition("/")[0], prefix)

    def delete(self, key: str) -> None:
        """Remove the file."""
        with self._refusing(key):
            try:
                self.connect().ask(sftp.REMOVE, text(self._path(key)))
            except Status as status:
                if status.code != sftp.NO_SUCH_FILE:
                    raise

    def flush(self) -> None:
        """Each file was flushed when it was put, where the server can do that."""

    def git_dir(self) -> str | None:
        """The git directory of the repository at the root, as git looks for it; None where there is none."""
        for suffix in SUFFIXES:
            found = self._root + suffix
            if self.look(f"{found}/HEAD") and self.look(f"{found}/objects"):
                return found
        return None

    def below(self, root: str) -> SftpBackend:
        """Files below another root, by the same session."""
        return SftpBackend(root, self.label, self.connect)

    def look(self, path: str) -> sftp.Attributes | None:
        """What lies at a path, links not followed; None where nothing does."""
        with self._refusing(path):
            try:
                return sftp.take_attributes(self.connect().ask(sftp.LSTAT, text(path)), 0)[0]
            except Status as status:
                if status.code != sftp.NO_SUCH_FILE:
                    raise
        return None

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}" if key else self._root or "/"

    def _send(self, fd: int, name: str, oid: Oid | None, moved: Moved) -> None:
        """Write a new file, hashed on its way. Raises BlobCorrupt where it has other bytes than those of oid."""
        state, at = oids.hasher(), 0
        flags = sftp.FOR_WRITING | sftp.CREATE | sftp.EXCLUSIVE
        with self._opened(name, flags) as (session, handle):
            written: deque[tuple[int, Pending]] = deque()
            while (data := os.read(fd, handles.PIECE)) or written:
                if data:
                    state.update(data)
                    request = session.send(sftp.WRITE, text(handle), sftp.LONG.pack(at), text(data))
                    written.append((len(data), request))
                    at += len(data)
                if not data or len(written) >= handles.IN_FLIGHT:
                    size, done = written.popleft()
                    done()
                    moved(size)
            if FSYNC in session.extensions:
                session.ask(sftp.EXTENDED, text(FSYNC), text(handle))
        found = self.look(name)
        if found is None or found.size != at:
            raise StoreError(f"store {self.label}: {name} did not get all the bytes that were sent")
        if oid and state.hexdigest() != oid:
            raise BlobCorrupt(f"the bytes sent to store {self.label} are not those of {oid.text}")

    def _rename(self, name: str, target: str, if_absent: bool) -> bool:
        """Give a whole file its name; False where that is taken and stays so."""
        session = self.connect()
        with self._refusing(target):
            if if_absent or REPLACE not in session.extensions:
                if not if_absent and self.look(target):
                    session.ask(sftp.REMOVE, text(target))
                try:
                    session.ask(sftp.RENAME, text(name), text(target))
                except Status:
                    if not if_absent or not self.look(target):
                        raise
                    session.ask(sftp.REMOVE, text(name))
                    return False
            else:
                session.ask(sftp.EXTENDED, text(REPLACE), text(name), text(target))
        return True

    def _make_folder(self, path: str) -> None:
        """Make a directory with its parents; the host's umask says who may use it."""
        if path in self._folders or not path:
            return
        if not self.look(path):
            self._make_folder(os.path.dirname(path))
            with self._refusing(path):
                try:
                    self.connect().ask(sftp.MKDIR, text(path), sftp.mode(0o777))
                except Status:
                    if not self.look(path):  # else somebody was faster
                        raise
        self._folders.add(path)

    def _walk(self, folder: str, prefix: str) -> Iterator[tuple[str, int]]:
        base = f"{folder}/" if folder else ""
        for name, found in self._entries(folder):
            key = base + name
            if stat.S_ISDIR(found.mode):
                if f"{key}/".startswith(prefix) or prefix.startswith(f"{key}/"):
                    yield from self._walk(key, prefix)
            elif key.startswith(prefix) and not name.startswith(filesystem.TEMPORARY):
                yield key, found.size

    def _entries(self, folder: str) -> Iterator[tuple[str, sftp.Attributes]]:
        """Names in a directory, and what they are; nothing where it is not there, unless it is the root."""
        try:
            with self._opened(self._path(folder), None) as (session, handle):
                yield from handles.entries(session, handle)
        except BlobMissing:
            if not folder:
                raise StoreAbsent(
                    f"store {self.label} is not there", "is it mounted? `gitblob store add` makes a new one"
                ) from None

    @contextmanager
    def _opened(self, path: str, flags: int | None) -> Iterator[tuple[Sftp, bytes]]:
        """A handle of a file, or (flags None) of a directory. Raises BlobMissing."""
        session = self.connect()
        with self._refusing(path):
            try:
                if flags is None:
                    answer = session.ask(sftp.OPENDIR, text(path))
                else:
                    new = sftp.mode(0o444) if flags & sftp.CREATE else sftp.NUMBER.pack(0)
                    answer = session.ask(sftp.OPEN, text(path), sftp.NUMBER.pack(flags), new)
            except Status as status:
                if status.code == sftp.NO_SUCH_FILE:
                    raise BlobMissing(f"store {self.label} has no {path}") from None
                raise
            handle = sftp.take_text(answer, 0)[0]
            try:
                yield session, handle
            finally:
                if session.is_open:
                    closed = session.send(sftp.CLOSE, text(handle))
                    if flags and flags & sftp.CREATE:
                        closed()  # what was written may be refused only now

    @contextmanager
    def _refusing(self, path: str) -> Iterator[None]:
        """Turn a refusal of the server into an error that says what to do."""
        try:
            yield
        except Status as status:
            what = f"store {self.label}: {path}: {status.words or f'status {status.code}'}"
            if status.code == sftp.PERMISSION_DENIED:
                raise StoreDenied(what, "ask whoever looks after that host") from None
            raise StoreError(what, "is there space left there, and the path right?") from None


class SftpStore(PlainStore):
    """The plain layout there."""

    backend: SftpBackend

    def create(self) -> bool:
        """Make it a store if it is none: whoever asks for this has typed where it is. Was it made?"""
        return PlainStore(self.name, self.url, self.backend, seed={}).create()

    def close(self) -> None:
        """End the session, if there is one."""
        self.backend.close()
