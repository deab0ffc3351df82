"""Files as they stand in the work tree, and the content of pointers that stand in for it."""

from __future__ import annotations

import builtins
import os
import posixpath
from typing import BinaryIO

from gitblob.api import content as contents
from gitblob.api import paths
from gitblob.api.repositories import Opened
from gitblob.api.tree import FILE, FOLDER, LINK, Found
from gitblob.errors import PointerError
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer

GIT = ".git"


def content(repository: Opened, path: str) -> BinaryIO:
    """The content of a file. Raises NoSuchFile, UsageError for a folder, PointerError, and what `of_blob` does."""
    full = paths.in_worktree(repository.top, path)
    if os.path.isdir(full):
        raise paths.IsAFolder(f"{path or '.'} is a folder", "gitblob.list(PATH) shows what is in it")
    pointer, wrong = standing(full)
    if wrong:
        raise PointerError(f"{path}: {wrong}", f"`git checkout -- {path}` brings it as it is in the index")
    if pointer:
        return contents.of_blob(repository, pointer, path)
    return builtins.open(full, "rb")


def entries(repository: Opened, path: str, recursive: bool) -> list[Found]:
    """What lies in a folder, in no order; a file itself. recursive: all that is no folder. Raises NoSuchFile."""
    full = paths.in_worktree(repository.top, path)
    if not os.path.isdir(full):
        return [_found(path, full)]
    found = []
    with os.scandir(full) as scan:
        for entry in scan:
            below = posixpath.join(path, entry.name)
            if entry.name == GIT:
                continue
            if recursive and entry.is_dir(follow_symlinks=False):
                found += entries(repository, below, recursive=True)
            else:
                found.append(_found(below, entry.path))
    return found


def standing(path: str) -> tuple[Pointer | None, str | None]:
    """The pointer that a file in the file system is, and what is wrong with one that claims to be. Raises OSError."""
    with builtins.open(path, "rb", buffering=0) as file:
        head = file.read(pointers.MAX_BYTES + 1)
    try:
        return pointers.decode(head), None
    except PointerError as error:
        return None, error.message


def _found(path: str, full: str) -> Found:
    if os.path.islink(full):
        return Found(path, LINK, "")
    if os.path.isdir(full):
        return Found(path, FOLDER, "")
    size = os.stat(full).st_size
    pointer, wrong = standing(full) if size <= pointers.MAX_BYTES else (None, None)
    return Found(path, FILE, "", pointer.size if pointer else size, pointer, wrong)
