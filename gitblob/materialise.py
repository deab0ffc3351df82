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
from gitblob.errors import BlobCorrupt, BlobMissing, Locked
from gitblob.git import index
from gitblob.git.repository import Repository
from gitblob.model import pointer as pointers
from gitblob.stub import NOTHING, Outcome, Stub, Written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# what a second clean costs: seconds, seconds a file, bytes a second
CLEAN_START, CLEAN_FILE, CLEAN_RATE = 0.03, 0.00004, 1e9


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
    known: list[tuple[Stub, os.stat_result]] = []
    for stub in stubs if repository.worktree else ():
        try:
            info = _restore(repository, cache, stub)
        except BlobMissing:
            outcome.absent.append(stub)
        except BlobCorrupt:
            outcome.absent.append(stub)
            outcome.damaged.append(stub)
        except OSError as error:
            outcome.failed.append((stub, error.strerror or str(error)))
        else:
            if info:
                known.append((stub, info))
            else:
                outcome.changed.append(stub)
        advance(stub)
    outcome.done = [stub for stub, _ in known]
    stale = tell_index(repository, known, written)
    outcome.unpatched = [stub for stub in outcome.done if stub.path in stale]
    return outcome


def settle(repository: Repository, written: Written) -> None:
    """Spare the next `git status` a second clean of what Git has just written, where that is the cheaper way."""
    if repository.worktree and written.paths and (outlast := _second_to_outlast(repository, {}, written)):
        files = index.Refreshed(repository.worktree, {}, {}, written.paths)
        try:
            index.patch(repository.index, files, repository.is_sha256(), outlast)
        except Locked:
            pass  # then the next `git status` does clean them


def tell_index(
    repository: Repository, known: list[tuple[Stub, os.stat_result]], written: Written = NOTHING
) -> set[bytes]:
    """Mark files that hold their blobs as unmodified; the paths that could not be, since somebody has the lock.

    Git itself does it where the patch finds no entry (a split index).
    """
    if not known or repository.worktree is None:
        return set()
    sha256 = repository.is_sha256()
    names = {stub.path: index.blob_name(stub.data.replace(b"\r\n", b"\n"), sha256) for stub, _ in known}
    files = index.Refreshed(repository.worktree, {stub.path: info for stub, info in known}, names, written.paths)
    outlast = _second_to_outlast(repository, files.stats, written)
    try:
        stale = set(files.stats) - index.patch(repository.index, files, sha256, outlast)
    except Locked:
        return set(files.stats)
    if stale:
        from gitblob.git import command

        try:
            command.refresh_index({path: names[path] for path in sorted(stale)}, repository.worktree)
        except command.GitFailed:
            return stale
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

    None also for one with extensions: its blob is not the file's content. Raises PointerError for a malformed one.
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
    is_ours = pointer and not pointer.extensions and _is_within(top, path)
    return Stub(path, data, pointer) if pointer and is_ours else None


def stands(repository: Repository, stub: Stub) -> bool:
    """Is this pointer in its place in the work tree?"""
    return _holds(f"{repository.worktree}/{os.fsdecode(stub.path)}", stub.data) is not None


def _restore(repository: Repository, cache: Cache, stub: Stub) -> os.stat_result | None:
    """Replace a stub by its blob in the cache; as `replace`.

    Raises BlobMissing, and BlobCorrupt when all that was here is damaged (and not found any more).
    """
    oid, size = stub.pointer.oid, stub.pointer.size
    path, sealed = cache.look(oid, size)
    if not path:
        raise BlobMissing(f"{oid.text} is not in the cache")
    while path:
        try:
            # hashed beside the copy: the two together take as long as the slower one
            return replace(repository, stub, path, _known if sealed else cache.check(path, oid))
        except BlobCorrupt:
            cache.discard(path, oid)
        path, sealed = cache.look(oid, size)
    raise BlobCorrupt(f"the bytes of {oid.text} in the cache were wrong")


def _known() -> bool:
    """A sealed blob is right."""
    return True


def replace(
    repository: Repository, stub: Stub, blob: str, is_right: Callable[[], bool] = _known
) -> os.stat_result | None:
    """Put the blob (a path) in the stub's place if its bytes still stand there; the new file's stat, or None.

    Raises BlobCorrupt, and changes nothing, when it is not right, which is asked when its bytes are copied.
    """
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
        if not is_right():
            raise BlobCorrupt(f"{blob} does not hold the bytes of its name")
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
