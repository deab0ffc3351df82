"""The code of a run: the files in which what ran differs from a commit.

Data, models, params and metrics are left to their own sections; what gitblob and Git write themselves is no code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gitblob.git import command
from gitblob.ml import lock
from gitblob.ml import tree as trees
from gitblob.ml.declarations import Declarations
from gitblob.ml.experiments import emit
from gitblob.ml.experiments.document import FILE, REMOVED, Code
from gitblob.ml.tree import Tree
from gitblob.ml.worktree import WorkTree
from gitblob.model import gitfile
from gitblob.ops.status import WITHOUT_FILTERS
from gitblob.workspace import Workspace

MANY = 1_000  # new files that are listed in one record
NOTHING: Mapping[str, str] = {}


class Names(NamedTuple):
    """Paths that may differ: those that Git knows, and new ones."""

    known: list[str]
    new: list[str]


def now(workspace: Workspace, declared: Declarations, commit: str | None, work: WorkTree | None = None) -> Code:
    """The work tree's code, against a commit that is here (None: there is no commit yet).

    work: what has been opened to look at it.
    """
    names = _in_work_tree(workspace.top, commit)
    outside = _outside(declared)
    known, new = filter(outside, names.known), [*filter(outside, names.new)]
    left_out = max(len(new) - MANY, 0)
    changed = differing(workspace, [*known, *new[:MANY]], work or WorkTree(workspace), commit)
    return Code(commit, changed, left_out)


def then(workspace: Workspace, declared: Declarations, tree: Tree, commit: str | None) -> dict[str, str]:
    """The same of a commit's tree: path to oid of what it has otherwise than the commit that its run began with."""
    assert tree.commit
    query: tuple[str, ...] = ("ls-tree", "-r", "--full-tree", "--name-only", "-z", tree.commit)
    if commit:
        query = ("diff-tree", "-r", "--no-renames", "--name-only", "-z", commit, tree.commit)
    names = map(os.fsdecode, command.lines(*query, cwd=workspace.top))
    return differing(workspace, filter(_outside(declared), names), tree, commit)


def differing(workspace: Workspace, paths: Iterable[str], tree: Tree, commit: str | None) -> dict[str, str]:
    """Those of these paths that the tree has otherwise than a commit, with their oids; `removed` where it has none."""
    listed = list(dict.fromkeys(paths))
    there = {file.path: file.oid for file in tree.files(listed)} if listed else {}
    before = _oids(workspace, listed, commit)
    changed = {path: oid for path, oid in there.items() if before.get(path) != oid}
    removed = {path: REMOVED for path in before if path not in there}
    return {emit.text(path): oid for path, oid in sorted({**changed, **removed}.items())}


def oids(paths: Iterable[str], tree: Tree) -> dict[str, str]:
    """The oids of these paths; `removed` for one that the tree has not."""
    listed = list(paths)
    found = {emit.text(file.path): file.oid for file in tree.files(listed)} if listed else {}
    return {path: found.get(path, REMOVED) for path in listed}


def _oids(workspace: Workspace, paths: list[str], commit: str | None) -> Mapping[str, str]:
    if not commit or not paths:
        return NOTHING
    return {file.path: file.oid for file in trees.at(workspace, commit).files(paths)}


def _in_work_tree(top: str, commit: str | None) -> Names:
    query: tuple[str, ...] = ("ls-files", "-z")
    if commit:
        query = (*WITHOUT_FILTERS, "diff-index", "--no-renames", "--name-only", "-z", commit)
    known = command.lines(*query, cwd=top)
    new = command.lines("ls-files", "--others", "--exclude-standard", "-z", cwd=top)
    return Names([os.fsdecode(path) for path in known], [os.fsdecode(path) for path in new])


def _outside(declared: Declarations) -> _Outside:
    folders = [path for data in declared.data.values() for path in data.paths]
    folders += [path for model in declared.models.values() for path in model.paths]
    files = [reference.path for reference in (*declared.params, *declared.metrics)]
    return _Outside(frozenset([*folders, *files, FILE, lock.FILE]))


class _Outside:
    """Is a path neither one of these files nor in one of these folders?"""

    def __init__(self, places: frozenset[str]) -> None:
        self._places = places

    def __call__(self, path: str) -> bool:
        if gitfile.is_one(os.fsencode(path)):
            return False
        parts = path.split("/")
        return not any("/".join(parts[:end]) in self._places for end in range(1, len(parts) + 1))
