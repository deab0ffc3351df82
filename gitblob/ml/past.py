"""The versions of every commit on any branch: each state that history has had is looked at once.

Git lists the commits, and their trees are followed to what is declared; nothing is read twice, and what was computed
is remembered. So a commit that changes none of it costs next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gitblob.errors import MlError, SettingsError
from gitblob.git import at_paths, bulk, command
from gitblob.git.at_paths import Found
from gitblob.ml import declarations, versions
from gitblob.ml.declarations import Declarations
from gitblob.ml.successive import Last, Successive
from gitblob.ml.tree import CommitTree
from gitblob.model import pointer as pointers
from gitblob.settings import FILE
from gitblob.workspace import Workspace

FORM = "--format=%H%x00%T%x00%cI%x00%an%x00%s"
ALL = ("--exclude=refs/stash", "--all")
SMALL = 1 << 20  # bytes up to which files of values are read many at a time


class Commit(NamedTuple):
    """A commit and its tree (hex), when it was made (ISO 8601), by whom, its subject."""

    name: str
    tree: bytes
    date: str
    author: str
    subject: str


class State(NamedTuple):
    """What some commits, newest first, have alike: all that is declared, and all that it leads to."""

    commits: tuple[Commit, ...]
    tree: CommitTree
    declared: Declarations


class Past(NamedTuple):
    """commits: all, newest first. states: by their newest commit. broken: commits with bad declarations, and why."""

    commits: tuple[Commit, ...]
    states: tuple[State, ...]
    broken: Mapping[str, str]


def commits(top: str) -> list[Commit]:
    """All commits of all refs and of HEAD, newest first."""
    return _logged(top, "--date-order", *ALL)


def named(top: str, names: Iterable[str]) -> list[Commit]:
    """These commits (hex), in this order."""
    data = "".join(f"{name}\n" for name in names)
    return _logged(top, "--no-walk=unsorted", "--stdin", data=data.encode()) if data else []


def _logged(top: str, *which: str, data: bytes = b"") -> list[Commit]:
    output = command.run("log", "-z", "--no-show-signature", "--encoding=UTF-8", FORM, *which, cwd=top, data=data)
    words = [os.fsdecode(word) for word in output.split(b"\0")]
    lists = (words[at : at + 5] for at in range(0, len(words) - 4, 5))
    return [Commit(name, tree.encode(), date, author, subject) for name, tree, date, author, subject in lists]


def read(workspace: Workspace) -> Past:
    """All states. Raises GitblobError where a partial clone lacks a folder."""
    return among(workspace, commits(workspace.top))


def among(workspace: Workspace, every: Sequence[Commit]) -> Past:
    """The states of these commits. Raises as above."""
    trees = dict.fromkeys(commit.tree for commit in every)
    files = at_paths.find(trees, [FILE.encode()], workspace.top)
    names = {tree: found[FILE.encode()].name for tree, found in files.items() if FILE.encode() in found}
    parsed, wrong = _parsed(workspace, names)
    places = _places(workspace, names, parsed)
    contents = _contents(workspace, parsed, names, places)
    groups: dict[tuple[bytes, str], list[Commit]] = {}
    for commit in every:
        if names.get(commit.tree) in parsed:
            groups.setdefault((names[commit.tree], repr(sorted(places[commit.tree].items()))), []).append(commit)
    states: list[State] = []
    last: Last = {}
    for (name, _), group in groups.items():
        declared, first = parsed[name], group[0]
        tree = Successive(workspace, first.name, first.tree, last)
        tree.know(versions.paths_of(declared), places[first.tree], contents)
        states.append(State(tuple(group), tree, declared))
    broken = {commit.name: wrong[names[commit.tree]] for commit in every if names.get(commit.tree) in wrong}
    return Past(tuple(every), tuple(states), broken)


def _parsed(workspace: Workspace, names: Mapping[bytes, bytes]) -> tuple[dict[bytes, Declarations], dict[bytes, str]]:
    """The declarations in these blobs, and what is wrong with the others."""
    first = {name: tree for tree, name in reversed([*names.items()])}
    found, wrong = {}, {}
    for name, tree in first.items():
        try:
            found[name] = declarations.load(CommitTree(workspace, tree.decode(), tree))
        except (MlError, SettingsError) as error:
            wrong[name] = error.message
    return found, wrong


def _places(
    workspace: Workspace, names: Mapping[bytes, bytes], parsed: Mapping[bytes, Declarations]
) -> dict[bytes, Found]:
    """What each tree has at the paths that it declares."""
    found: dict[bytes, Found] = {}
    for name, declared in parsed.items():
        trees = [tree for tree, own in names.items() if own == name]
        found |= at_paths.find(trees, map(os.fsencode, versions.paths_of(declared)), workspace.top)
    return found


def _contents(
    workspace: Workspace,
    parsed: Mapping[bytes, Declarations],
    names: Mapping[bytes, bytes],
    places: Mapping[bytes, Found],
) -> dict[bytes, bytes]:
    """Of the files of values those that are small and no pointers, read at once."""
    wanted: dict[bytes, None] = {}
    for tree, found in places.items():
        for path in _values(parsed[names[tree]]):
            if at := found.get(os.fsencode(path)):
                wanted[at.name] = None
    sizes = bulk.sizes(wanted, workspace.top)
    small = [name for name, size in sizes.items() if size <= SMALL]
    return {name: data for name, data in bulk.stream(small, workspace.top) if data is not None and not _pointer(data)}


def _values(declared: Declarations) -> Iterator[str]:
    paths = {path for one in declared.data.values() for path in one.paths}
    paths |= {path for model in declared.models.values() for path in model.paths}
    yield from (path for path in versions.paths_of(declared) if path not in paths)


def _pointer(data: bytes) -> bool:
    return pointers.claims(data[: pointers.MAX_BYTES + 1])
