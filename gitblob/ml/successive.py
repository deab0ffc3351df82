"""The files of many commits, one after the other: each list is the one before with what differs between the two."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gitblob.git import history
from gitblob.ml.fingerprint import File, by_path
from gitblob.ml.tree import CommitTree
from gitblob.workspace import Workspace

Last: TypeAlias = "dict[tuple[str, ...], tuple[str, list[File]]]"  # by paths: the commit (hex) last seen, its files


class Successive(CommitTree):
    """A commit among many. last: shared by all of them."""

    def __init__(self, workspace: Workspace, commit: str, name: bytes, last: Last) -> None:
        """See CommitTree."""
        super().__init__(workspace, commit, name)
        self._last = last

    def files(self, paths: Sequence[str]) -> list[File]:
        """See tree.Tree."""
        key = tuple(paths)
        if known := self._last.get(key):
            for path in paths:
                self._at(path)
            found = _with(known[1], *self.since(known[0], paths))
        else:
            found = super().files(paths)
        self._last[key] = str(self.commit), found
        return found


def at(workspace: Workspace, commit: str, last: Last) -> Successive:
    """The tree of a commit (hex)."""
    return Successive(workspace, commit, os.fsencode(history.tree(commit, workspace.top)), last)


def _with(files: Iterable[File], gone: Iterable[File], new: Iterable[File]) -> list[File]:
    found = {file.path: file for file in files}
    for file in gone:
        del found[file.path]
    found.update((file.path, file) for file in new)
    return sorted(found.values(), key=by_path)
