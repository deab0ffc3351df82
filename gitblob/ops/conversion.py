"""Conversion: files that were committed before a rule covered them, and pointers that no rule covers any more."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gitblob.errors import GitblobError
from gitblob.git import command, entries, history, porcelain, tracking
from gitblob.git.repository import Repository
from gitblob.model import gitfile
from gitblob.ops import pending, place


def raw(top: str, paths: set[bytes]) -> set[bytes]:
    """Those of these paths whose blob in the index is content: neither a pointer, nor empty, nor Git's own file."""
    names = {path: name for path, _, name in entries.regular(top) if path in paths and not gitfile.is_one(path)}
    small = history.classify(names.values(), top)
    return {path for path, name in names.items() if name not in small}


def convert(repository: Repository, rules: str, files: Sequence[str]) -> None:
    """Stage files, and the .gitattributes that decides about them, through the filter that is now in force.

    Paths are relative to the top. Only the index changes, history keeps what it has. Raises GitblobError where git
    does not know the filter, or where a file is a pointer whose content would have to be staged.
    """
    top = place.worktree(repository)
    if not configured(top):
        raise GitblobError("git does not know the filter yet, so nothing was converted", "run `gitblob install` first")
    paths = [os.fsencode(path) for path in files]
    standing = {stub.path for stub in pending.stubs(repository)}
    left = [os.fsdecode(path) for path in paths if path in standing]
    if left:
        raise GitblobError(f"{left[0]} is a pointer whose content is not here", "run `gitblob pull` first")
    if os.path.exists(os.path.join(top, rules)):
        porcelain.add(top, [os.fsencode(rules)])
    porcelain.renormalize(top, paths)


def configured(top: str, lfs: bool = False) -> bool:
    """Does git know gitblob's filter here? lfs: as the `lfs` driver."""
    if lfs:
        return tracking.stands_in(top)
    return command.succeeds("config", "--get", "filter.gitblob.process", cwd=top)
