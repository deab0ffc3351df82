"""All runs with their records: read once, then remembered by Git's name of the record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gitblob.errors import MlError
from gitblob.git import bulk, command, history
from gitblob.ml import memory
from gitblob.ml.experiments import document
from gitblob.ml.experiments import history as walks
from gitblob.ml.experiments.document import FILE, Experiment
from gitblob.ml.experiments.history import Run
from gitblob.workspace import Workspace

KIND = "experiment 1"


class Listed(NamedTuple):
    """A run. experiment: None where its record is not valid, with the problem. current: on the current branch.

    refs: branches and tags that lead to its commit.
    """

    run: Run
    experiment: Experiment | None
    problem: str | None = None
    current: bool = False
    refs: tuple[str, ...] = ()


def listed(workspace: Workspace, walk: walks.Walk) -> list[Listed]:
    """The runs of a walk with their records, in its order."""
    top, runs = workspace.top, walk.runs
    read = _records(workspace, runs)
    head = [history.commit("HEAD", top)] if history.has_head(top) else []
    current = {run.commit for run in walks.at_tips(workspace, head).runs} if runs else set()
    names = walks.tips(top)
    return [Listed(run, *read[run.blob], run.commit in current, tuple(names.get(run.commit, ()))) for run in runs]


def every(workspace: Workspace, revisions: Sequence[str] = ()) -> list[Listed]:
    """The runs that revisions (default: all branches and tags) lead to, newest commit first."""
    return listed(workspace, walks.runs(workspace, revisions))


def _records(workspace: Workspace, runs: Sequence[Run]) -> dict[str, tuple[Experiment | None, str | None]]:
    """What each record says, or what is wrong with it, by its blob."""
    kept = memory.open(workspace.cache.home)
    known = kept.get_many(KIND, (run.blob for run in runs))
    fresh = {run.blob: run for run in runs if run.blob not in known}
    read = dict(_fresh(workspace.top, fresh.values()))
    kept.put_many(KIND, {blob: _packed(*found) for blob, found in read.items()})
    return {**{blob: _unpacked(data) for blob, data in known.items()}, **read}


def _fresh(top: str, runs: Iterable[Run]) -> Iterator[tuple[str, tuple[Experiment | None, str | None]]]:
    wanted = {run.blob.encode(): run for run in runs}
    sizes = bulk.sizes(wanted, top)
    small = [name for name in wanted if sizes.get(name, document.MAX_BYTES + 1) <= document.MAX_BYTES]
    for name, run in wanted.items():
        if name not in sizes:
            yield run.blob, (None, "is not here: a partial clone left it out")
        elif sizes[name] > document.MAX_BYTES:
            yield run.blob, (None, f"{sizes[name]} bytes; a record has {document.MAX_BYTES} at most")
    with command.objects(top, bulk.as_sent()) as objects:
        for name, data in objects.read(small):
            run = wanted[name]
            yield run.blob, _decoded(data or b"", run)


def _decoded(data: bytes, run: Run) -> tuple[Experiment | None, str | None]:
    if run.link:
        return None, "is a symbolic link"
    try:
        return document.decode(data, FILE), None
    except MlError as error:
        return None, error.message


def _packed(experiment: Experiment | None, problem: str | None) -> bytes:
    return json.dumps(problem if experiment is None else document.values(experiment)).encode()


def _unpacked(data: bytes) -> tuple[Experiment | None, str | None]:
    found = json.loads(data)
    if isinstance(found, str):
        return None, found
    return document.of_values(found), None
