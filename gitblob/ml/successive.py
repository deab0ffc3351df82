"""The files of many commits, one after the other: each list is the one before with what differs between the two."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TypeAlias

from gitblob.ml.fingerprint import File, by_path
from gitblob.ml.tree import CommitTree, differing, identified
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
            old, new = differing("diff-tree", "-r", known[0], str(self.commit), paths=paths, top=self._top)
            gone = {entry.path.decode("utf-8", "surrogateescape") for entry in old}
            found = _with(known[1], gone, identified(self._workspace, new, self.label))
        else:
            found = super().files(paths)
        self._last[key] = str(self.commit), found
        return found


def _with(files: Iterable[File], gone: Container[str], new: Iterable[File]) -> list[File]:
    """The files without some paths and with others."""
    return sorted([*(file for file in files if file.path not in gone), *new], key=by_path)
