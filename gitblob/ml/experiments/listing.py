"""All runs with their values: read once, then remembered with the walk that found them, in one piece.

Ten thousand runs are one value of some ten megabytes, which is read in a tenth of the time that single ones take.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from gitblob.errors import MlError
from gitblob.git import bulk, command, history
from gitblob.ml import memory
from gitblob.ml.experiments import cells, document
from gitblob.ml.experiments import history as walks
from gitblob.ml.experiments.cells import Cells
from gitblob.ml.experiments.document import FILE, Experiment
from gitblob.ml.experiments.history import Run
from gitblob.workspace import Workspace

KIND = "values of runs 1"
EVERYTHING = "all"


class Listed(NamedTuple):
    """A run. cells: its values, see `cells`. problem: why its record is not valid. current: on the current branch.

    refs: branches and tags that lead to its commit.
    """

    run: Run
    cells: Cells
    problem: str | None = None
    current: bool = False
    refs: tuple[str, ...] = ()


Record: TypeAlias = "tuple[Cells, str | None]"


def listed(workspace: Workspace, walk: walks.Walk) -> list[Listed]:
    """The runs of a walk with their values, in its order."""
    top, runs = workspace.top, walk.runs
    read = _records(workspace, runs)
    head = [history.commit("HEAD", top)] if history.has_head(top) else []
    current = {run.commit for run in walks.at_tips(workspace, head, "head").runs} if runs else set()
    names = walks.tips(top)
    found = []
    for run in runs:
        values, problem = read[run.blob]
        refs = tuple(names.get(run.commit, ()))
        found.append(Listed(run, cells.of_run(run, refs, values), problem, run.commit in current, refs))
    return found


def every(workspace: Workspace, revisions: Sequence[str] = ()) -> list[Listed]:
    """The runs that revisions (default: all branches and tags) lead to, newest commit first."""
    return listed(workspace, walks.runs(workspace, revisions))


def experiments(workspace: Workspace, runs: Iterable[Run]) -> dict[str, Experiment | None]:
    """The whole records by their blobs; None for one that is not valid."""
    return {run.blob: found for run, found, _ in _decoded(workspace.top, runs)}


def _records(workspace: Workspace, runs: Sequence[Run]) -> dict[str, Record]:
    """The values in each record, or what is wrong with it, by its blob."""
    kept = memory.open(workspace.cache.home)
    known: dict[str, Record] = json.loads(kept.get(KIND, EVERYTHING) or b"{}")
    fresh = [run for run in runs if run.blob not in known]
    if fresh:
        for run, found, problem in _decoded(workspace.top, fresh):
            known[run.blob] = (cells.of_experiment(found) if found else {}, problem)
        kept.put(KIND, EVERYTHING, json.dumps(known).encode())
    return known


def _decoded(top: str, runs: Iterable[Run]) -> Iterator[tuple[Run, Experiment | None, str | None]]:
    wanted = {run.blob.encode(): run for run in runs}
    sizes = bulk.sizes(wanted, top)
    small = [name for name in wanted if sizes.get(name, document.MAX_BYTES + 1) <= document.MAX_BYTES]
    for name, run in wanted.items():
        if name not in sizes:
            yield run, None, f"{FILE} is not here: a partial clone left it out"
        elif sizes[name] > document.MAX_BYTES:
            yield run, None, f"{FILE} has {sizes[name]} bytes; a record has {document.MAX_BYTES} at most"
    with command.objects(top, bulk.as_sent()) as objects:
        for name, data in objects.read(small):
            yield (wanted[name], *_read(data or b"", wanted[name]))


def _read(data: bytes, run: Run) -> tuple[Experiment | None, str | None]:
    if run.link:
        return None, f"{FILE} is a symbolic link"
    try:
        return document.decode(data, FILE), None
    except MlError as error:
        return None, error.message
