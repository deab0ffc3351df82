"""Put blobs where their pointers stand in the work tree, and tell the index.

A file is replaced only while its bytes are exactly the pointer, so nothing a user wrote is ever lost, and to try twice
does no harm. The new file keeps the pointer's mode bits and its mtime: for make and for Git the file changed when the
command that asked for it ran, however long the copy takes, and its second has mostly passed when the index is patched.

On the hot path: imports nothing but C modules.
"""

from __future__ import annotations

import os
import stat
import time

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

# what a second clean costs: seconds, seconds a file, bytes a second
CLEAN_START, CLEAN_FILE, CLEAN_RATE = 0.03, 0.00004, 1e9


class Stub:
    """A pointer in the work tree: path (raw, relative to the top), its bytes as they stand there, what they say."""

    __slots__ = ("data", "path", "pointer")

    def __init__(self, path: bytes, data: bytes, pointer: Pointer) -> None:
        self.path = path
        self.data = data
        self.pointer = pointer


class Written:
    """Paths (raw) that Git wrote in this command: how many files and bytes in which second of Unix time."""

    __slots__ = ("paths", "seconds")

    def __init__(self) -> None:
        self.paths: set[bytes] = set()
        self.seconds: dict[int, tuple[int, int]] = {}

    def add(self, path: bytes, size: int) -> None:
        """Git is about to write this file of so many bytes."""
        self.paths.add(path)
        second = int(time.time())
        files, total = self.seconds.get(second, (0, 0))
        self.seconds[second] = (files + 1, total + size)


NOTHING = Written()


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
    written: Written = NOTHING,
    advance: Callable[[Stub], None] = lambda _: None,
) -> Outcome:
    """Replace every stub whose blob is in the cache, then patch the index once.

    `written`: what Git itself wrote in this command. `advance` is called after each stub. Nothing is raised for a
    single file: see Outcome.
    """
    outcome = Outcome()
    top = repository.worktree
    if top is None:
        return outcome
    files = index.Refreshed(top, {}, {}, written.paths)
    sha256 = repository.is_sha256()
    for stub in stubs:
        try:
            blob = cache.restorable(stub.pointer.oid, stub.pointer.size)
            info = replace(repository, stub, blob) if blob else None
        except OSError as error:
            outcome.failed.append((stub, error.strerror or str(error)))
        else:
            if info:
                outcome.done.append(stub)
                files.stats[stub.path] = info
                files.pointer_names[stub.path] = index.blob_name(stub.data.replace(b"\r\n", b"\n"), sha256)
            else:
                (outcome.changed if blob else outcome.absent).append(stub)
        advance(stub)
    if files.stats:
        outcome.unpatched = _refresh(repository, files, written, sha256)
    return outcome


def settle(repository: Repository, written: Written) -> None:
    """Spare the next `git status` a second clean of what Git has just written, where that is the cheaper way."""
    if repository.worktree and written.paths and (outlast := _second_to_outlast(repository, {}, written)):
        files = index.Refreshed(repository.worktree, {}, {}, written.paths)
        index.patch(repository.index, files, repository.is_sha256(), outlast)


def _refresh(repository: Repository, files: index.Refreshed, written: Written, sha256: bool) -> set[bytes]:
    """Patch the index, by git itself where the patch finds no entry (a split index); paths that stay stale."""
    outlast = _second_to_outlast(repository, files.stats, written)
    try:
        stale = set(files.stats) - index.patch(repository.index, files, sha256, outlast)
    except Locked:
        return set(files.stats)
    if stale:
        from gitblob.git import command

        command.refresh_index({path: files.pointer_names[path] for path in sorted(stale)}, repository.worktree)
    return set()


def _second_to_outlast(repository: Repository, stats: dict[bytes, os.stat_result], written: Written) -> int:
    """The newest second of these files, when to sit it out is cheaper than a second clean by the next status; else 0.

    Files written in the second of the index are racily clean (technical/racy-git): git reads them again.
    """
    try:
        of_index = int(os.stat(repository.index).st_mtime)
    except FileNotFoundError:
        return 0
    newest = max([int(info.st_mtime) for info in stats.values()] + [of_index] * bool(written.paths), default=0)
    racy = [info.st_size for info in stats.values() if int(info.st_mtime) >= newest]
    again = [(len(racy), sum(racy)), *(count for second, count in written.seconds.items() if second >= newest)]
    files, size = (sum(numbers) for numbers in zip(*again, strict=True))
    wait = newest + 1 - time.time()
    if not files or wait > CLEAN_START + CLEAN_FILE * files + size / CLEAN_RATE:
        return 0
    time.sleep(max(wait, 0))  # before the lock is taken, which others may want meanwhile
    return newest


def standing(top: str, path: bytes) -> Stub | None:
    """The stub that stands at this path of the work tree, if it is one; else, or behind a symbolic link, None.

    Raises PointerError for a malformed one.
    """
    name = os.fsencode(top) + b"/" + path
    try:
        info = os.lstat(name)
        if not stat.S_ISREG(info.st_mode) or not 0 < info.st_size <= pointers.MAX_BYTES:
            return None
        with open(name, "rb") as file:
            data = file.read(pointers.MAX_BYTES + 1)
    except OSError:
        return None
    pointer = pointers.decode(data)
    return Stub(path, data, pointer) if pointer and _is_within(top, path) else None


def replace(repository: Repository, stub: Stub, blob: str) -> os.stat_result | None:
    """Put the blob (a path) in the stub's place if its bytes still stand there; the new file's stat, or None."""
    path = f"{repository.worktree}/{os.fsdecode(stub.path)}"
    before = _holds(path, stub.data)
    if not before or not _is_within(repository.worktree or "", stub.path):
        return None
    fd, name = _temporary(path, before, f"{repository.state_dir}/tmp")
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
        return _exchange(path, name, stub.data)
    finally:
        filesystem.remove(name)


def _is_within(top: str, path: bytes) -> bool:
    """Does no folder on the way lead elsewhere by a symbolic link? Git writes through none either."""
    folder = os.fsdecode(os.path.dirname(path))
    return not folder or os.path.realpath(f"{top}/{folder}") == f"{os.path.realpath(top)}/{folder}"


def _temporary(path: str, info: os.stat_result, directory: str) -> tuple[int, str]:
    """A new file on the work tree's file system: in the git directory, where a kill leaves no litter, if it can be."""
    try:
        if os.stat(directory).st_dev == info.st_dev:
            return filesystem.temporary(directory)
    except FileNotFoundError:
        os.makedirs(directory, exist_ok=True)
        return _temporary(path, info, directory)
    return filesystem.temporary(os.path.dirname(path))


def _dress(name: str, like: os.stat_result) -> None:
    """Mode bits, group and mtime of the stub."""
    if os.stat(name).st_gid != like.st_gid:
        try:
            os.chown(name, -1, like.st_gid)
        except (AttributeError, OSError):
            pass  # a file system without groups, or a group that is not ours to give
    os.chmod(name, stat.S_IMODE(like.st_mode))
    os.utime(name, ns=(like.st_atime_ns, like.st_mtime_ns))


def _exchange(path: str, name: str, expected: bytes) -> os.stat_result | None:
    """Swap the new file in; its stat, or None when somebody else has written to the path, before or since.

    If what came out is not as expected, it is swapped back.
    """
    ours = os.lstat(name)
    if filesystem.exchange(path, name):
        if not _holds(name, expected):
            filesystem.exchange(path, name)
            return None
    elif _holds(path, expected):
        os.replace(name, path)
    else:
        return None
    now = os.lstat(path)
    same = (now.st_ino, now.st_size, now.st_mtime_ns) == (ours.st_ino, ours.st_size, ours.st_mtime_ns)
    return now if same else None


def _holds(path: str, expected: bytes) -> os.stat_result | None:
    """The stat of the file at this path if it is a regular one with these bytes."""
    try:
        info = os.lstat(path)
        if not stat.S_ISREG(info.st_mode) or info.st_size != len(expected):
            return None
        with open(path, "rb") as file:
            return info if file.read(len(expected) + 1) == expected else None
    except OSError:
        return None
