"""How much of a file a version has changed, from sizes and from what is here: nothing is fetched for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from typing import BinaryIO, NamedTuple

from gitblob.git import bulk
from gitblob.git.versions import Content, Version
from gitblob.ops import union
from gitblob.workspace import Workspace

READ_MAX = 1 << 30  # bytes of blobs that are compared for one answer, the newest versions first
RAW_MAX, RAW_TOGETHER = 1 << 20, 64 << 20  # bytes of a raw file that is compared, and of all of them


class Change(NamedTuple):
    """By how many bytes a version is larger than the one before; None where a size is not known.

    start: how many bytes both have at their beginning. span: how many bytes of the new version lie between that and
    what both have at their end: all that differs is there. Both are None where contents were not compared.
    """

    grown: int | None
    start: int | None = None
    span: int | None = None
    appended: bool = False


def of(workspace: Workspace, versions: Sequence[Version]) -> Iterator[Change]:
    """The change of each version; of one that removed the file, or added it, by its size alone."""
    raw = _raw(workspace, versions)
    left = READ_MAX
    for version in versions:
        before = version.before
        now = Content(version.name, version.pointer, 0 if version.removed else version.size)
        grown = None if now.size is None or (before and before.size is None) else now.size - _size(before)
        if before is None or version.removed or grown is None:
            yield Change(grown)
            continue
        cost = _size(before) + _size(now)
        with ExitStack() as opened:
            old, new = (_opened(opened, workspace, one, raw) for one in (before, now)) if cost <= left else (None, None)
            if old and new:
                left -= cost
                yield _compared(old, new, _size(before), _size(now))
            else:
                yield Change(grown)


def _compared(old: BinaryIO, new: BinaryIO, old_size: int, new_size: int) -> Change:
    start = union.alike_from_start(old, new)
    end = _alike_at_end(old, new, old_size, new_size, min(old_size, new_size) - start)
    appended = start == old_size and new_size > old_size
    return Change(new_size - old_size, start, new_size - start - end, appended)


def _alike_at_end(old: BinaryIO, new: BinaryIO, old_size: int, new_size: int, most: int) -> int:
    """How many bytes both have at their end, `most` at most."""
    same = 0
    while same < most:
        length = min(union.PIECE, most - same)
        old.seek(old_size - same - length)
        new.seek(new_size - same - length)
        alike = union.alike(old.read(length)[::-1], new.read(length)[::-1])
        same += alike
        if alike < length:
            break
    return same


def _opened(opened: ExitStack, workspace: Workspace, one: Content, raw: dict[bytes, bytes]) -> BinaryIO | None:
    if not one.size:
        return BytesIO()
    if one.pointer is None:
        data = raw.get(one.name.encode())
        return BytesIO(data) if data is not None else None
    path = workspace.cache.find(one.pointer.oid, one.pointer.size)
    return opened.enter_context(open(path, "rb")) if path else None


def _raw(workspace: Workspace, versions: Sequence[Version]) -> dict[bytes, bytes]:
    """The bytes of small raw versions, by name (hex)."""
    wanted: dict[bytes, int] = {}
    for version in versions:
        for one in (Content(version.name, version.pointer, version.size), version.before):
            if one and not one.pointer and one.size and one.size <= RAW_MAX:
                wanted.setdefault(one.name.encode(), one.size)
        if sum(wanted.values()) > RAW_TOGETHER:
            break
    return {name: data for name, data in bulk.stream(wanted, workspace.top) if data is not None}


def _size(one: Content | None) -> int:
    return (one.size or 0) if one else 0
