"""Paths as a person types them, from where he stands, and as Git has them, from the top."""

from __future__ import annotations

import os

from gitblob.errors import NotARepository, UsageError
from gitblob.git.repository import Repository


def worktree(repository: Repository) -> str:
    """The top of the work tree. Raises NotARepository in a bare one."""
    if repository.worktree is None:
        raise NotARepository(f"{repository.git_dir} has no work tree", "run this in a clone of it")
    return repository.worktree


def from_top(repository: Repository, path: str, cwd: str | None = None) -> bytes:
    """The path, relative to cwd, as Git has it; b"" is the top itself. Raises UsageError outside the work tree."""
    top = os.path.realpath(worktree(repository))
    full = os.path.normpath(os.path.join(os.path.realpath(cwd or os.getcwd()), path))
    if os.path.isabs(path):
        full = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
    inside = os.path.relpath(full, top)
    if inside == ".." or inside.startswith(f"..{os.sep}"):
        raise UsageError(f"{path} is outside the work tree {top}")
    return b"" if inside == "." else os.fsencode(inside)


def folder(repository: Repository, cwd: str | None = None) -> bytes:
    """The folder one stands in, relative to the top, with its final slash; b"" at the top."""
    inside = from_top(repository, ".", cwd)
    return inside + b"/" if inside else b""
