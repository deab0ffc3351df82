"""What gitblob asks of a file system: temporary names, copies by the kernel, links, flushing.

On the hot path: imports nothing but C modules.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from itertools import count

TEMPORARY = ".gitblob-tmp-"
LEFTOVER_AGE = 24 * 3600  # seconds after which a temporary file has no writer any more
COPY_STEP = 32 << 20  # bytes in one copy_file_range call, which no signal interrupts
BUFFER = 1 << 20  # bytes in one read where the kernel cannot copy
FICLONE = 0x40049409  # ioctl_ficlone(2)
RENAME_EXCHANGE, AT_FDCWD = 2, -100  # renameat2(2)
CANNOT_CLONE = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.ETXTBSY}
CANNOT_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EACCES, errno.ENOSYS}
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

BINARY: int = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

_names = count()
_stems: dict[int, str] = {}  # by process: a fork has its own
_functions: dict[str, Any] = {}  # of the C library, by name
_devices: dict[str, int] = {}  # by folder
_without_clone: set[tuple[int, int]] = set()  # pairs of devices between which FICLONE has failed


def stem() -> str:
    """What the names of this process's temporary files start with; another container may have its number, too."""
    pid = os.getpid()
    if pid not in _stems:
        _stems[pid] = f"{TEMPORARY}{pid}-{os.urandom(4).hex()}-"
    return _stems[pid]


def temporary(directory: str, mode: int = 0o600) -> tuple[int, str]:
    """A new, empty file open for reading and writing, and its path: `directory/.gitblob-tmp-…`."""
    while True:
        path = os.path.join(directory, f"{stem()}{next(_names)}")
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, mode), path
        except FileExistsError:
            continue


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write every byte: os.write may stop short (a signal, 2 GiB, a full disk that says so only next time)."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def tidy(directory: str) -> int:
    """Remove the temporary files of processes that were killed (a day ago or more); how many there were."""
    try:
        names = [name for name in os.listdir(directory) if name.startswith(TEMPORARY)]
    except (FileNotFoundError, PermissionError):
        return 0
    removed = 0
    for name in names:
        path = f"{directory}/{name}"
        try:
            if os.lstat(path).st_mtime < time.time() - LEFTOVER_AGE:
                _unlink_all(path)
                removed += 1
        except OSError:
            continue  # its owner was alive after all, or is another user who alone may remove it
    return removed


def _unlink_all(path: str) -> None:
    """Remove a file, or a directory with what is in it."""
    try:
        os.unlink(path)
    except (IsADirectoryError, PermissionError):  # PermissionError: what POSIX wants for a directory
        import shutil

        shutil.rmtree(path)


def tidy_own(directory: str) -> None:
    """Remove the temporary files of this process: an interrupt may come before anybody knows of one."""
    try:
        for name in os.listdir(directory):
            if name.startswith(stem()):
                _unlink_all(f"{directory}/{name}")
    except OSError:
        pass  # `tidy` takes them a day later


def make_shared(path: str) -> None:
    """Make a directory and its parents; each gets the group's permissions of a set-group-id parent."""
    if parent := "" if os.path.isdir(path) else os.path.dirname(path):
        make_shared(parent)
    try:
        os.mkdir(path)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
        return
    above = os.stat(os.path.dirname(path) or ".")
    if above.st_mode & stat.S_ISGID:
        os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) | above.st_mode & (stat.S_ISGID | stat.S_IRWXG))


def write_new(path: str, data: bytes, mode: int = 0o666) -> None:
    """Put a whole file under a name at once: temporary name beside it, write, rename over.

    The file gets the mode less the umask.
    """
    fd, name = temporary(os.path.dirname(path) or ".", mode)
    try:
        try:
            write_all(fd, data)
        finally:
            os.close(fd)
        os.replace(name, path)
    except BaseException:
        remove(name)
        raise


def remove(path: str) -> None:
    """Unlink, and be content when it is gone already."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def copy(source: int, target: int) -> None:
    """Give the empty file `target` the bytes of `source` (two descriptors), in the kernel where it can."""
    for _ in copied(source, target):
        pass


def copied(source: int, target: int, step: int = COPY_STEP) -> Iterator[int]:
    """As `copy`, but in steps of so many bytes at most: the size of each piece, when it is there.

    In this order: reflink, copy_file_range(2), read and write. A source that becomes shorter ends the copy.
    """
    size = os.fstat(source).st_size
    if clone(source, target):
        yield size
    else:
        yield from _copied(source, target, size, step)


def copy_head(source: int, target: int, size: int) -> None:
    """Give the empty file `target` the first `size` bytes of `source`, and put its position behind them."""
    for _ in _copied(source, target, size, COPY_STEP):
        pass
    os.lseek(target, size, os.SEEK_SET)


def _copied(source: int, target: int, size: int, step: int) -> Iterator[int]:
    offset = 0
    while offset < size:
        try:
            n = os.copy_file_range(source, target, min(step, size - offset), offset, offset)
        except (AttributeError, OSError) as error:
            if getattr(error, "errno", errno.ENOSYS) not in CANNOT_CLONE or offset:
                raise
            break
        if not n:
            return
        offset += n
        yield n
    os.lseek(source, offset, os.SEEK_SET)
    while offset < size and (data := os.read(source, min(BUFFER, size - offset))):
        write_all(target, data)
        offset += len(data)
        yield len(data)


def clone(source: int, target: int) -> bool:
    """Share the bytes of `source` with the empty file `target` (a reflink). False where that cannot be."""
    devices = (os.fstat(source).st_dev, os.fstat(target).st_dev)
    if devices in _without_clone:
        return False
    try:
        import fcntl

        fcntl.ioctl(target, FICLONE, source)
    except ImportError:
        return False
    except OSError as error:
        if error.errno not in CANNOT_CLONE:
            raise
        _without_clone.add(devices)
        return False
    return True


def share(source: str, target: str) -> bool:
    """Make `target`, which must not exist, the same bytes as the file `source` without a copy.

    A reflink, else, of a read-only file, a hard link. False where that cannot be; FileExistsError if target exists.
    """
    devices = (_device(os.path.dirname(source)), _device(os.path.dirname(target)))
    if devices not in _without_clone and _share_by_clone(source, target):
        return True
    if os.stat(source).st_mode & 0o222:
        return False  # an object of git-lfs, say: who writes to it would write to both
    try:
        os.link(source, target)
    except (AttributeError, NotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in CANNOT_LINK:
            raise
        return False
    return True


def _device(directory: str) -> int:
    """The file system that a folder is on; asked once, since ten thousand blobs lie in 256 folders."""
    if directory not in _devices:
        _devices[directory] = os.stat(directory or ".").st_dev
    return _devices[directory]


def _share_by_clone(source: str, target: str) -> bool:
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    fd, name = temporary(os.path.dirname(target) or ".", 0o444)
    try:
        reader = os.open(source, os.O_RDONLY | BINARY)
        try:
            cloned = clone(reader, fd)
        finally:
            os.close(reader)
            os.close(fd)
        if cloned:
            os.rename(name, target)
        else:
            os.unlink(name)
    except BaseException:
        remove(name)
        raise
    return cloned


def flush(paths: list[str], root: str) -> None:
    """Make these files below `root`, and their names, survive a power cut.

    One syncfs(2) for many files where there is one: a thousand fsync calls are a thousand journal commits.
    """
    if not paths:
        return
    if len(paths) > 1 and _syncfs(root):
        return
    for name in {*paths, *map(os.path.dirname, paths)}:
        fd = os.open(name, os.O_RDONLY | BINARY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _syncfs(root: str) -> bool:
    syncfs = _libc("syncfs")
    if not syncfs:
        return False
    fd = os.open(root, os.O_RDONLY | BINARY)
    try:
        if syncfs(fd):
            import ctypes

            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), root)
        return True
    finally:
        os.close(fd)


def exchange(one: str, other: str) -> bool:
    """Swap two names in one step (renameat2(2), RENAME_EXCHANGE). False where the system has no such call."""
    renameat2 = _libc("renameat2")
    if not renameat2:
        return False
    return bool(renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)


def _libc(name: str) -> Any:
    """A function of the C library, or None where it has none of this name."""
    if name not in _functions:
        import ctypes

        try:
            _functions[name] = getattr(ctypes.CDLL(None, use_errno=True), name, None)
        except (OSError, TypeError):
            _functions[name] = None  # Windows has no library of the process itself
    return _functions[name]
