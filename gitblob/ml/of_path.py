"""The data versions that a path belonged to, commit by commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitblob.errors import MlError, SettingsError
from gitblob.ml import declarations, successive, versions
from gitblob.ml.successive import Last
from gitblob.workspace import Workspace


def data_versions(workspace: Workspace, path: str, commits: Iterable[str]) -> Iterator[list[str]]:
    """For each commit (hex) the data versions, as they are shown, that its own declarations put the path into.

    path: relative to the top. One that cannot be computed there is left out: its config was missing then, say.
    """
    last: Last = {}
    for commit in commits:
        found: list[str] = []
        at = successive.at(workspace, commit, last)
        try:
            declared = declarations.load(at)
            ours = (one for one in declared.data.values() if any(_covers(covered, path) for covered in one.paths))
            found.extend(versions.of(workspace, at, declared, one).shown for one in ours)
        except (MlError, SettingsError):
            pass
        yield found


def _covers(declared: str, path: str) -> bool:
    return path == declared or path.startswith(declared.rstrip("/") + "/") or declared == "."
