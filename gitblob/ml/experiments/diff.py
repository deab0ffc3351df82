"""Two runs side by side: what they were made with, and what came of them."""

from __future__ import annotations

from typing import NamedTuple

from gitblob.ml import declarations, delta
from gitblob.ml import tree as trees
from gitblob.ml.experiments import cells, source
from gitblob.ml.experiments.document import REMOVED, Experiment
from gitblob.ml.experiments.find import Found
from gitblob.ml.readers import Value
from gitblob.workspace import Workspace

PARTS = (
    "status",
    "error",
    "data",
    "model",
    "fingerprint",
    "seed",
    "params",
    "metrics",
    "command",
    "environment",
    "packages",
)


class Difference(NamedTuple):
    """One value of both runs. part: a section of the record, `code` for a file; delta: new minus old, or None."""

    part: str
    name: str
    status: delta.Status
    old: Value
    new: Value
    delta: float | None = None


def diff(workspace: Workspace, one: Found, other: Found) -> list[Difference]:
    """Every value of either run, what is the same included, in the order of the record; then the files of code."""
    old, new = (_by_part(found.experiment) for found in (one, other))
    found = [
        Difference(change.path, change.key, change.status, change.old, change.new, change.delta)
        for change in delta.changes(old, new)
    ]
    found.sort(key=lambda difference: PARTS.index(difference.part))
    return [*found, *_code(workspace, one, other)]


def _by_part(experiment: Experiment) -> dict[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {}
    for name, value in cells.of_experiment(experiment).items():
        part, _, key = name.partition(".")
        if part in PARTS:
            found.setdefault(part, {})[key] = value
    return {**found, "packages": cells.packages(experiment)}


def _code(workspace: Workspace, one: Found, other: Found) -> list[Difference]:
    """The files of code that the two commits have otherwise."""
    before, after = (trees.at(workspace, found.run.commit) for found in (one, other))
    changed = source.then(workspace, declarations.load(after), after, before.commit)
    known = source.oids(changed, before)
    return [_file(path, known[path], oid) for path, oid in changed.items()]


def _file(path: str, old: str, new: str) -> Difference:
    status: delta.Status = "added" if old == REMOVED else "removed" if new == REMOVED else "changed"
    return Difference("code", path, status, None if old == REMOVED else old, None if new == REMOVED else new)
