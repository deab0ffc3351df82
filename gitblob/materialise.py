"""Put blobs where their pointers stand in the work tree, and tell the index.

A file is replaced only while its bytes are exactly the pointer, so nothing a user wrote is ever lost, and to try twice
does no harm. The new file keeps the pointer's mode bits and its mtime: for make and for Git the file changed when the
command that asked for it ran, however long the copy takes, and its second has mostly passed when the index is patched.

On the hot path: imports nothing but C modules.
"""

from __future__ import annotations

import os
import stat

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import Locked
from gitblob.git import index
from gitblob.git.repository import Repository
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DONE, CHANGED, ABSENT, FAILED = "done", "changed", "absent", "failed"


class Stub:
    """A pointer in the work tree: path (raw, relative to the top), its bytes as they stand there, what they say."""

    __slots__ = ("data", "path", "pointer")

    def __init__(self, path: bytes, data: bytes, pointer: Pointer) -> None:
        self.path = path
        self.data = data
        self.pointer = pointer


class Outcome:
    """What became of stubs: `done`, `changed` (no longer the pointer), `absent` (no blob), `failed` (stub, reason).

    `unpatched` are paths that are done but that the index still calls modified.
    """

    __slots__ = ("absent", "changed", "done", "failed", "unpatched")

    def __init__(self) -> None:
        self.done: list[Stub] = []
        self.changed: list[Stub] = []
        self.absent: list[Stub] = []
        self.failed: list[tuple[Stub, str]] = []
        self.unpatched: set[bytes] = set()

    @property
    def left(self) -> list[Stub]:
        """Stubs that a later attempt may still replace."""
        return self.absent + [stub for stub, _ in self.failed]


def materialise(
    repository: Repository,
    cache: Cache,
    stubs: Iterable[Stub],
    written: set[bytes] = frozenset(),  # type: ignore[assignment]
    advance: Callable[[Stub], None] = lambda _: None,
) -> Outcome:
    """Replace every stub whose blob is in the cache, then patch the index once.

    The current directory must be the top of the work tree. `written`: paths that Git itself wrote in this command.
    `advance` is called after each stub.
    """
    outcome = Outcome()
    stats: dict[bytes, os.stat_result] = {}
    names: dict[bytes, bytes] = {}
    sha256 = repository.is_sha256()
    for stub in stubs:
        try:
            blob = cache.restorable(stub.pointer.oid, stub.pointer.size)
            info = replace(stub, blob, repository.state_dir) if blob else None
        except OSError as error:
            outcome.failed.append((stub, error.strerror or str(error)))
        else:
            if info:
                outcome.done.append(stub)
                stats[stub.path] = info
                names[stub.path] = index.blob_name(stub.data.replace(b"\r\n", b"\n"), sha256)
            else:
                (outcome.changed if blob else outcome.absent).append(stub)
        advance(stub)
    if stats:
        outcome.unpatched = refresh(repository, index.Refreshed(stats, names, written), sha256)
    return outcome


def refresh(repository: Repository, files: index.Refreshed, sha256: bool) -> set[bytes]:
    """Patch the index, by git itself where the patch finds no entry (a split index); paths that stay stale."""
    try:
        stale = set(files.stats) - index.patch(repository.index, files, sha256)
    except Locked:
        return set(files.stats)
    if stale:
        from gitblob.git import command

        command.refresh_index(sorted(stale))
    return set()


def standing(path: bytes) -> Stub | None:
    """The stub that stands at this path of the work tree, if it is one. A file that is no pointer gives None.

    Raises PointerError for a malformed one.
    """
    try:
        if not stat.S_ISREG((info := os.lstat(path)).st_mode) or info.st_size > pointers.MAX_BYTES:
            return None
        with open(path, "rb") as file:
            data = file.read(pointers.MAX_BYTES + 1)
    except OSError:
        return None
    pointer = pointers.decode(data)
    return Stub(path, data, pointer) if pointer else None


def replace(stub: Stub, blob: str, state_dir: str) -> os.stat_result | None:
    """Put the blob (a path) in the stub's place if its bytes still stand there; the new file's stat, or None."""
    before = _still(stub)
    if not before:
        return None
    fd, name = _temporary(stub.path, before, state_dir)
    try:
        try:
            source = os.open(blob, os.O_RDONLY | filesystem.BINARY)
            try:
                filesystem.copy(source, fd)
            finally:
                os.close(source)
            if os.fstat(fd).st_size != stub.pointer.size:
                raise OSError("the blob became shorter while it was copied")
        finally:
            os.close(fd)
        _dress(name, before)
        if not _exchange(stub, name):
            return None
        return os.lstat(stub.path)
    finally:
        filesystem.remove(name)


def _temporary(path: bytes, info: os.stat_result, state_dir: str) -> tuple[int, str]:
    """A new file on the work tree's file system: in the git directory, where a kill leaves no litter, if it can be."""
    directory = f"{state_dir}/tmp"
    try:
        if os.stat(directory).st_dev == info.st_dev:
            return filesystem.temporary(directory)
    except FileNotFoundError:
        os.makedirs(directory, exist_ok=True)
        return _temporary(path, info, state_dir)
    return filesystem.temporary(os.path.dirname(os.fsdecode(path)) or ".")


def _dress(name: str, like: os.stat_result) -> None:
    """Mode bits, group and mtime of the stub."""
    if os.stat(name).st_gid != like.st_gid:
        try:
            os.chown(name, -1, like.st_gid)
        except (AttributeError, OSError):
            pass  # a file system without groups, or a group that is not ours to give
    os.chmod(name, stat.S_IMODE(like.st_mode))
    os.utime(name, ns=(like.st_atime_ns, like.st_mtime_ns))


def _exchange(stub: Stub, name: str) -> bool:
    """Swap the new file in; if what came out is not the stub (someone saved meanwhile), swap back and say False."""
    path = os.fsdecode(stub.path)
    if filesystem.exchange(path, name):
        if _still(Stub(os.fsencode(name), stub.data, stub.pointer)):
            return True
        filesystem.exchange(path, name)
        return False
    if not _still(stub):
        return False
    os.replace(name, path)
    return True


def _still(stub: Stub) -> os.stat_result | None:
    """The stat of the file at the stub's path if it holds the stub's bytes."""
    try:
        info = os.lstat(stub.path)
        if not stat.S_ISREG(info.st_mode) or info.st_size != len(stub.data):
            return None
        with open(stub.path, "rb") as file:
            return info if file.read(len(stub.data) + 1) == stub.data else None
    except OSError:
        return None
