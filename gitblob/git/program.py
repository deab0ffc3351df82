"""The path of this program, as it is written into Git's configuration and hooks."""

from __future__ import annotations

import os
import shutil
import sys

from gitblob.errors import HookError

NAME = "gitblob"


def find(worktree: str | None) -> str:
    """The real path of the running `gitblob`, else of the one on the PATH.

    Raises HookError when there is none, or when it lies in the work tree: Git would run what a commit can change.
    """
    candidate = _running() or shutil.which(NAME)
    if candidate is None:
        raise HookError("gitblob is not on the PATH", "install it with `./install.sh`")
    path = os.path.realpath(candidate)
    if worktree and any(_inside(name, worktree) for name in (path, os.path.abspath(candidate))):
        raise HookError(
            f"{candidate} lies in the work tree {worktree}, where a checkout can replace it",
            "install gitblob for your user with `./install.sh` and run that one",
        )
    return path


def quoted(path: str) -> str:
    """One word for sh, whatever is in it."""
    return "'" + path.replace("'", "'\\''") + "'"


def _running() -> str | None:
    """sys.argv[0] where it is a file of our name, or the one beside `git-blob`."""
    directory, name = os.path.split(os.path.abspath(sys.argv[0]))
    path = os.path.join(directory, NAME)
    return path if name in {NAME, "git-blob"} and os.path.isfile(path) else None


def _inside(path: str, directory: str) -> bool:
    return any(path.startswith(os.path.join(top, "")) for top in (directory, os.path.realpath(directory)))
