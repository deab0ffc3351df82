"""The merge driver: two versions of a blob are never mixed, one of them is taken."""

from __future__ import annotations

import filecmp
import os
import shutil

from gitblob.errors import PointerError
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer


def merge(base: str, ours: str, theirs: str) -> bool:
    """Leave in the file `ours` the side that has changed since `base`; False, with ours as it is, when both have.

    The files hold what Git keeps: pointers, or content of files that were committed raw.
    """
    if _same(ours, theirs) or _same(base, theirs):
        return True
    if _same(base, ours):
        shutil.copyfile(theirs, ours)
        return True
    return False


def _same(one: str, other: str) -> bool:
    """Do both stand for the same bytes? Two spellings of a pointer do."""
    pair = _pointer(one), _pointer(other)
    if pair[0] and pair[1]:
        return (pair[0].oid, pair[0].size) == (pair[1].oid, pair[1].size)
    return filecmp.cmp(one, other, shallow=False)


def _pointer(path: str) -> Pointer | None:
    if os.path.getsize(path) > pointers.MAX_BYTES:
        return None
    with open(path, "rb") as file:
        try:
            return pointers.decode(file.read(pointers.MAX_BYTES + 1))
        except PointerError:
            return None  # compared byte for byte
