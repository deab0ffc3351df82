"""Paths as a program gives them, and as Git has them: from the top of the repository.

As with Git's own `REV:PATH`, a path counts from the top, wherever one stands; with `./` or `../` before it, from the
folder that was given as repo.
"""

from __future__ import annotations

import os
import posixpath

from gitblob.errors import UsageError
from gitblob.workspace import Workspace

Path = str | os.PathLike[str]


class NoSuchFile(UsageError, FileNotFoundError):
    """There is no file (or folder) of this name; for whoever expects it also a FileNotFoundError."""


class IsAFolder(UsageError, IsADirectoryError):
    """There is a folder where a file is asked for; also an IsADirectoryError."""


def from_top(workspace: Workspace, folder: str, path: Path) -> str:
    """The path from the top, "" for the top itself. folder: absolute. Raises UsageError for one outside."""
    given = os.fspath(path)
    if "\0" in given:
        raise UsageError(f"{given!r} is no path: it has a NUL in it")
    if os.path.isabs(given) or given in {".", ".."} or given.startswith(("./", "../")):
        inside = _below(workspace, os.path.join(folder, given))
    else:
        inside = posixpath.normpath(given) if given else "."
    if inside == ".." or inside.startswith("../"):
        raise UsageError(f"{given} is outside the repository {workspace.top}", "paths count from its top")
    return "" if inside == "." else inside


def in_worktree(top: str, path: str) -> str:
    """The absolute path of what lies in a work tree. Raises UsageError where links lead out of it, NoSuchFile."""
    full = os.path.join(top, path)
    real, root = os.path.realpath(full), os.path.realpath(top)
    if real != root and not real.startswith(root.rstrip(os.sep) + os.sep):
        raise UsageError(f"{path} leads out of the work tree, to {real}", "open that place itself")
    if not os.path.exists(real):
        raise NoSuchFile(f"{top} has no {path}", "paths count from the top of the repository; rev= reads a commit")
    return full


def _below(workspace: Workspace, path: str) -> str:
    """A path in the file system, from the top; its last part is not resolved, it may be a link in Git."""
    top = os.path.realpath(workspace.top)
    if workspace.repository.worktree is None:
        top = os.path.abspath(workspace.top)  # `.` in a bare repository is its top
    folder, name = os.path.split(os.path.normpath(path))
    real = os.path.realpath(path) if not name else os.path.join(os.path.realpath(folder), name)
    return os.path.relpath(os.path.realpath(path) if os.path.realpath(path) == top else real, top)
