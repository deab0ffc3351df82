"""The stat patch: tell Git's index that files which gitblob replaced are up to date, without running a filter.

Layout (gitformat-index(5)), versions 2 to 4, numbers big-endian:

    "DIRC", version, number of entries      12 bytes
    entry:  ctime s, ns   0    mtime s, ns  8    dev 16   ino 20   mode 24   uid 28   gid 32   size 36
            object name  40    flags (2), extended flags (2, if 0x4000 is set), path
            versions 2 and 3: NUL padding to a multiple of 8; version 4: the path is prefix-compressed, one NUL
    extensions, then the hash of all before (zeros with index.skipHash)

Only stat fields change, so every extension stays valid. The mtime of an index tells which entries are racily clean
(technical/racy-git): those that could have been modified unseen in its second. The new index therefore keeps the mtime
of the old one; or, where a second was sat out, entries of which `racy` cannot say that they are clean get size 0, as
git itself does, and are compared by content next time.
"""

from __future__ import annotations

import os
import time
from struct import Struct

from gitblob import filesystem
from gitblob.errors import Locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

STAT = Struct(">10I")
STAGE, EXTENDED, NAME = 0x3000, 0x4000, 0x0FFF
LOCK_PATIENCE = 1.0  # seconds: an IDE's status holds the lock for milliseconds, a dying git that waits for us for ever
TICK = 0.004  # seconds between looks at a lock or a clock


class Entry:
    """One entry: offset of its stat fields, mtime second, object name (raw), stage, path (raw)."""

    __slots__ = ("mtime", "name", "offset", "path", "stage")

    def __init__(self, offset: int, mtime: int, name: bytes, stage: int, path: bytes) -> None:
        self.offset = offset
        self.mtime = mtime
        self.name = name
        self.stage = stage
        self.path = path


class Refreshed:
    """What the work tree below `top` now holds.

    `stats` by path for replaced files, `pointer_names` the object name (raw) that each pointer has in Git; `written`:
    paths that Git itself wrote in this command.
    """

    __slots__ = ("pointer_names", "stats", "top", "written")

    def __init__(
        self,
        top: str,
        stats: dict[bytes, os.stat_result],
        pointer_names: dict[bytes, bytes],
        written: set[bytes],
    ) -> None:
        self.top = os.fsencode(top)
        self.stats = stats
        self.pointer_names = pointer_names
        self.written = written


def blob_name(data: bytes, sha256: bool) -> bytes:
    """The object name (raw) Git gives a blob with these bytes."""
    return _digest(b"blob %d\0" % len(data) + data, sha256)


def _digest(data: bytes | bytearray | memoryview, sha256: bool) -> bytes:
    """Git's hash of these bytes. Loaded here, since OpenSSL costs 2 ms."""
    import hashlib

    return (hashlib.sha256(data) if sha256 else hashlib.sha1(data, usedforsecurity=False)).digest()


def patch(index: str, files: Refreshed, sha256: bool, outlast: int = 0) -> set[bytes]:
    """Bring the index up to date with `files`; the paths whose entries were patched.

    With `outlast` the new index is stamped later than that second (of Unix time), so that files of it are not racy.
    Entries are patched only at stage 0 and only while they still name the pointer. Raises Locked when the lock
    cannot be had in time. An index that is damaged, or of a version not known, is left alone (empty set).
    """
    lock = f"{index}.lock"
    fd = _lock(lock)
    try:
        try:
            old = os.stat(index)
            with open(index, "rb") as file:
                data = bytearray(file.read())
            patched = _patch(data, int(old.st_mtime) if outlast else None, files, sha256)
            if patched is None:
                return set()
            os.chmod(lock, old.st_mode & 0o7777)
            filesystem.write_all(fd, memoryview(data))
            if outlast:
                _outlast(fd, outlast, lock)
            else:
                os.utime(lock, ns=(old.st_atime_ns, old.st_mtime_ns))
        finally:
            os.close(fd)
        os.replace(lock, index)
        lock = ""
        return patched
    except FileNotFoundError:
        return set()
    finally:
        if lock:
            filesystem.remove(lock)


def entries(data: bytes | bytearray, sha256: bool) -> Iterator[Entry]:
    """Every entry of an index file's bytes. Raises ValueError for another version or a torn file."""
    if data[:4] != b"DIRC":
        raise ValueError("not an index")
    version, number = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if version not in {2, 3, 4}:
        raise ValueError(f"index version {version}")
    width = 32 if sha256 else 20
    offset, path = 12, b""
    for _ in range(number):
        mtime = int.from_bytes(data[offset + 8 : offset + 12], "big")
        name = bytes(data[offset + 40 : offset + 40 + width])
        at = offset + 40 + width
        flags = int.from_bytes(data[at : at + 2], "big")
        at += 4 if flags & EXTENDED else 2
        if version == 4:
            strip, at = _varint(data, at)
            path = path[: len(path) - strip]
        end = at + (flags & NAME) if version < 4 and flags & NAME < NAME else data.index(0, at)
        path = (path if version == 4 else b"") + bytes(data[at:end])
        yield Entry(offset, mtime, name, (flags & STAGE) >> 12, path)
        offset = end + 1 if version == 4 else offset + ((end - offset + 8) & ~7)


def _varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Git's offset encoding (varint.c): the value and where the next byte is."""
    byte = data[at]
    value = byte & 127
    while byte & 128:
        at += 1
        byte = data[at]
        value = ((value + 1) << 7) | (byte & 127)
    return value, at + 1


def _patch(data: bytearray, forgotten: int | None, files: Refreshed, sha256: bool) -> set[bytes] | None:
    """Patch the bytes in place; None when they are no index that can be trusted.

    forgotten: the second of the old index, if the new one is stamped later.
    """
    width = 32 if sha256 else 20
    skip_hash = not any(data[-width:])
    if not skip_hash and _digest(memoryview(data)[:-width], sha256) != data[-width:]:
        return None
    patched = set()
    judge = None
    try:
        for entry in entries(data, sha256):
            info = files.stats.get(entry.path)
            if info and entry.stage == 0 and entry.name == files.pointer_names[entry.path]:
                _set_stat(data, entry.offset, info)
                patched.add(entry.path)
            elif forgotten is not None and entry.mtime >= forgotten:
                if judge is None:
                    from gitblob.git import racy

                    judge = racy.Judge(files.top, files.written, sha256)
                if judge.is_doubtful(entry, STAT.unpack_from(data, entry.offset)):
                    data[entry.offset + 36 : entry.offset + 40] = bytes(4)
    except (ValueError, IndexError):
        return None
    if not skip_hash:
        data[-width:] = _digest(memoryview(data)[:-width], sha256)
    return patched


def _set_stat(data: bytearray, offset: int, info: os.stat_result) -> None:
    mode = data[offset + 24 : offset + 28]
    STAT.pack_into(data, offset, *_fields(info))
    data[offset + 24 : offset + 28] = mode


def _fields(info: os.stat_result) -> tuple[int, ...]:
    """As git's fill_stat_data: each value cut to 32 bits.

    A size that is a multiple of 4 GiB becomes 0, "compare the content", which every git takes rightly; newer gits
    would store 1 << 31, which older ones take for another size.
    """
    ctime, mtime = divmod(info.st_ctime_ns, 10**9), divmod(info.st_mtime_ns, 10**9)
    values = (*ctime, *mtime, info.st_dev, info.st_ino, 0, info.st_uid, info.st_gid, info.st_size)
    return tuple(value & 0xFFFFFFFF for value in values)


def is_of(seen: tuple[int, ...], info: os.stat_result) -> bool:
    """Are these stat fields of an entry, but for the mode, to the nanosecond those of a file?"""
    return (*seen[:6], 0, *seen[7:]) == _fields(info)


def _lock(path: str) -> int:
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | filesystem.BINARY, 0o666)
        except FileExistsError:
            if time.monotonic() > deadline:
                raise Locked(f"{path} is held by another git command") from None
            time.sleep(TICK)
        except FileNotFoundError:
            raise Locked(f"{os.path.dirname(path)} is gone") from None


def _outlast(fd: int, newest: int, lock: str) -> None:
    """Wait until the file behind fd may be stamped later than the second `newest`, and stamp it.

    The kernel stamps files by a coarse clock that lags time.time() by milliseconds, so the stamp itself is read.
    Waiting is bounded by the length of a second; a file from the future is not waited for.
    """
    deadline = time.monotonic() + 1.1
    while newest <= time.time() and int(os.fstat(fd).st_mtime) <= newest and time.monotonic() < deadline:
        time.sleep(TICK)
        os.utime(lock)
