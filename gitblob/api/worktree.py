"""Files as they stand in the work tree, and the content of pointers that stand in for it."""

from __future__ import annotations

import builtins
import os
import posixpath
import stat
from typing import BinaryIO

from gitblob.api import content as contents
from gitblob.api import paths
from gitblob.api.repositories import Opened
from gitblob.api.tree import FILE, FOLDER, LINK, Found, check
from gitblob.errors import PointerError, UsageError
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer

GIT = ".git"


def content(repository: Opened, path: str) -> BinaryIO:
    """The content of a file. Raises NoSuchFile, UsageError for a folder, PointerError, and what `of_blob` does."""
    full = paths.in_worktree(repository.top, path)
    if os.path.isdir(full):
        raise paths.IsAFolder(f"{path or '.'} is a folder", "gitblob.list(PATH) shows what is in it")
    if not os.path.isfile(full):
        raise UsageError(f"{path} is neither a file nor a folder", "open that place itself")
    pointer, wrong = standing(full)
    if wrong:
        raise PointerError(f"{path}: {wrong}", f"`git checkout -- {path}` brings it as it is in the index")
    if pointer:
        check(pointer, path)
        return contents.of_blob(repository, pointer, path)
    return builtins.open(full, "rb")


def entries(repository: Opened, path: str, recursive: bool) -> list[Found]:
    """What lies in a folder, in no order; a file itself. recursive: all that is no folder. Raises NoSuchFile.

    Sockets, pipes and devices, of which Git knows nothing, are left out: to open one may wait for ever.
    """
    full = paths.in_worktree(repository.top, path)
    if not os.path.isdir(full):
        return _found(path, full)
    found = []
    with os.scandir(full) as scan:
        for entry in scan:
            below = posixpath.join(path, entry.name)
            if entry.name == GIT:
                continue
            if recursive and entry.is_dir(follow_symlinks=False):
                found += entries(repository, below, recursive=True)
            else:
                found += _found(below, entry.path)
    return found


def standing(path: str) -> tuple[Pointer | None, str | None]:
    """The pointer that a file in the file system is, and what is wrong with one that claims to be. Raises OSError."""
    with builtins.open(path, "rb", buffering=0) as file:
        head = file.read(pointers.MAX_BYTES + 1)
    try:
        return pointers.decode(head), None
    except PointerError as error:
        return None, error.message


def _found(path: str, full: str) -> list[Found]:
    try:
        info = os.lstat(full)
        if stat.S_ISLNK(info.st_mode):
            return [Found(path, LINK, "")]
        if stat.S_ISDIR(info.st_mode):
            return [Found(path, FOLDER, "")]
        if not stat.S_ISREG(info.st_mode):
            return []
        pointer, wrong = standing(full) if info.st_size <= pointers.MAX_BYTES else (None, None)
    except FileNotFoundError:
        return []  # it went away meanwhile
    return [Found(path, FILE, "", pointer.size if pointer else info.st_size, pointer, wrong)]
