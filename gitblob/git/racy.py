"""Entries that could have been modified unseen in the second of the index, when its second is about to be forgotten.

Git itself compares their content before it writes an index (`ce_smudge_racily_clean_entry` in read-cache.c) and gives
only those size 0 that really differ: `git diff-index` and `git read-tree -u`, which refresh nothing, take any entry of
size 0 for modified. Loaded only where there are such entries.
"""

from __future__ import annotations

import hashlib
import os
import stat

from gitblob.git import index
from gitblob.git.index import Entry
from gitblob.model import pointer as pointers
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer

LARGEST = 1 << 20  # bytes of one file that are read to know that it is the one git wrote
BUDGET = 32 << 20  # bytes of all of them
OPENING = 4 << 10  # bytes that could be read in the time it takes to open a file


class Judge:
    """Tells which racy entries have to be looked at by the next command. `written`: what Git wrote in this one."""

    def __init__(self, top: bytes, written: set[bytes], sha256: bool) -> None:
        self._top = top
        self._written = written
        self._sha256 = sha256
        self._left = BUDGET

    def is_doubtful(self, entry: Entry, seen: tuple[int, ...]) -> bool:
        """Do the stat fields that Git has `seen` say unmodified, and is it unknown whether that is true?"""
        try:
            info = os.lstat(self._top + b"/" + entry.path)
        except OSError:
            return False
        if not index.is_of(seen, info):
            return False  # Git sees that it is modified
        return entry.path not in self._written and not self._has_the_content(entry, info)

    def _has_the_content(self, entry: Entry, info: os.stat_result) -> bool:
        """Is the file what Git has under this name: as it is, or as the content of a pointer?"""
        self._left -= info.st_size + OPENING
        if info.st_size > LARGEST or self._left < 0:
            return False
        path = self._top + b"/" + entry.path
        try:
            if stat.S_ISLNK(info.st_mode):
                return self._name(os.readlink(path)) == entry.name
            if not stat.S_ISREG(info.st_mode):
                return True  # a submodule is never racy
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
        except OSError:
            return False
        if self._name(data) == entry.name:
            return True
        oid = Oid(hashlib.sha256(data).hexdigest())
        return any(self._name(pointers.encode(Pointer(oid, len(data), lfs))) == entry.name for lfs in (False, True))

    def _name(self, data: bytes) -> bytes:
        return index.blob_name(data, self._sha256)
