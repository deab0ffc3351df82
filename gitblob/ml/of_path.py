"""The data versions that a path belonged to, commit by commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from gitblob.errors import MlError
from gitblob.ml import past, versions
from gitblob.ml.past import State
from gitblob.workspace import Workspace


def data_versions(workspace: Workspace, path: str, commits: Iterable[str]) -> list[list[str]]:
    """For each commit (hex) the data versions, as they are shown, that its own declarations put the path into.

    path: relative to the top. One that cannot be computed there is left out: its config was missing then, say.
    """
    every = past.named(workspace.top, commits)
    found: dict[str, list[str]] = {}
    for state in past.among(workspace, every).states:
        shown = [*_shown(workspace, state, path)]
        found |= {commit.name: shown for commit in state.commits}
    return [found.get(commit.name, []) for commit in every]


def _shown(workspace: Workspace, state: State, path: str) -> Iterator[str]:
    for one in state.declared.data.values():
        if any(_covers(covered, path) for covered in one.paths):
            with suppress(MlError):
                yield versions.of(workspace, state.tree, state.declared, one).shown


def _covers(declared: str, path: str) -> bool:
    return path == declared or path.startswith(f"{declared}/")
