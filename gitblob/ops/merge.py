"""The merge driver: of two versions of a blob one is taken; files that are declared to only grow are united."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from typing import NamedTuple

from gitblob import cache as caches
from gitblob import workspace as workspaces
from gitblob.errors import GitblobError, PointerError
from gitblob.model import pointer as pointers
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer
from gitblob.ops import sync, union
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace

LINES = (".jsonl", ".ndjson")  # every line is a record of its own: no header, and quotes never reach over lines


class Side(NamedTuple):
    """One version of the file: where Git has put it, what its content is; raw: that file is the content itself."""

    file: str
    oid: Oid
    size: int
    raw: bool
    lfs: bool = False


class Conflict(GitblobError):
    """Both sides have changed the file, and it cannot be united: why."""

    code = "merge-conflict"


def side(file: str) -> Side:
    """What a file of the merge stands for: a pointer for its blob, other bytes (committed raw) for themselves.

    A pointer with extensions stands for itself: its blob is not the file's content.
    """
    with open(file, "rb") as opened:
        try:
            pointer = pointers.decode(opened.read(pointers.MAX_BYTES + 1))
        except PointerError:
            pointer = None  # compared byte for byte
        if pointer and not pointer.extensions:
            return Side(file, pointer.oid, pointer.size, raw=False, lfs=pointer.lfs)
        return Side(file, caches.digest(opened.fileno()), os.fstat(opened.fileno()).st_size, raw=True)


def merge(base: Side, ours: Side, theirs: Side) -> bool:
    """Leave in the file of `ours` the side that has changed since `base`; False, with ours as it is, when both have.

    Two spellings of a pointer are the same, and so are a pointer and its content.
    """
    if theirs.oid in {ours.oid, base.oid}:
        return True
    if base.oid == ours.oid:
        _take(theirs, ours.file)
        return True
    return False


def _take(one: Side, file: str) -> None:
    """Write a side to a file: raw content as a pointer, since git older than 2.33 cannot merge to raw content."""
    with open(one.file, "rb") as content:
        if not one.raw or not one.size or pointers.claims(content.read(pointers.MAX_BYTES + 1)):
            shutil.copyfile(one.file, file)
            return
        content.seek(0)
        pieces = iter(lambda: content.read(union.PIECE), b"")
        oid, size = workspaces.open().cache.incoming().take(pieces)
    with open(file, "wb") as result:
        result.write(pointers.encode(Pointer(oid, size)))


def unite(
    workspace: Workspace, base: Side, ours: Side, theirs: Side, path: str, *, progress: Progress = SILENT
) -> None:
    """Leave in the file of `ours` a pointer to what both sides, and only by appending lines, have made of `base`.

    Contents that are not here are fetched. Raises Conflict where a side did more than append, where two new files have
    no first line in common (their header), and where a content is nowhere; StoreError where a store fails.
    """
    records = os.path.splitext(path)[1].lower() in LINES
    with ExitStack() as opened:
        mine, other = (opened.enter_context(open(_content(workspace, one, progress), "rb")) for one in (ours, theirs))
        for name, file in (("ours", mine), ("theirs", other)):
            if not union.starts_with(file, base.oid, base.size):
                raise Conflict(f"{name} did more than append lines")
        start = union.shared(mine, other, base.size, quotes=not records)
        if not start and not records and ours.size and theirs.size:
            raise Conflict("both are new and their first lines, the headers, differ")
        oid, size = workspace.cache.incoming().take(union.joined(mine, other, start))
    with open(ours.file, "wb") as result:
        result.write(pointers.encode(Pointer(oid, size, ours.lfs)))


def _content(workspace: Workspace, one: Side, progress: Progress) -> str:
    """The path of the whole, right content."""
    if one.raw:
        return one.file
    if found := workspace.cache.restorable(one.oid, one.size):
        return found
    sync.obtain(workspace, [Pointer(one.oid, one.size)], progress)
    if found := workspace.cache.restorable(one.oid, one.size):
        return found
    raise Conflict(f"the content of {one.oid.text} is neither here nor in a store")
