"""All runs with their values: read once, then remembered with the walk that found them, in one piece.

Ten thousand runs are one value of some ten megabytes, which is read in a tenth of the time that single ones take.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from gitblob.errors import MlError
from gitblob.git import bulk, command, history, partial
from gitblob.git.command import GitFailed
from gitblob.ml import memory
from gitblob.ml.experiments import cells, document
from gitblob.ml.experiments import history as walks
from gitblob.ml.experiments.cells import Cells
from gitblob.ml.experiments.document import FILE, Experiment
from gitblob.ml.experiments.history import Run
from gitblob.ml.readers import Value
from gitblob.workspace import Workspace

KIND, RECORD = "values of runs 1", "record of a run 1"
EVERYTHING = "all"
ABSENT = f"{FILE} is not here: a partial clone left it out, and it cannot be fetched"


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


def documents(workspace: Workspace, runs: Sequence[Run]) -> dict[str, Value]:
    """The whole records by their blobs, as JSON has them: NaN and infinity are text. None for one that is not valid."""
    kept = memory.open(workspace.cache.home)
    texts = kept.get_many(RECORD, [run.blob for run in runs])
    found: dict[str, Value] = {}
    for blob, text in texts.items():
        with suppress(ValueError, zlib.error):
            found[blob] = json.loads(zlib.decompress(text), parse_constant=str)
    fresh = {}
    for run, experiment, _ in _decoded(workspace.top, [run for run in runs if run.blob not in found]):
        text = json.dumps(document.values(experiment) if experiment else None).encode()
        found[run.blob] = json.loads(text, parse_constant=str)
        if experiment:
            fresh[run.blob] = zlib.compress(text, 1)  # a larger value takes a page of 4 KiB of its own
    kept.put_many(RECORD, fresh)
    return found


def _records(workspace: Workspace, runs: Sequence[Run]) -> dict[str, Record]:
    """The values in each record, or what is wrong with it, by its blob."""
    kept = memory.open(workspace.cache.home)
    known = _remembered(kept.get(KIND, EVERYTHING))
    fresh = [run for run in runs if run.blob not in known]
    if fresh:
        for run, found, problem in _decoded(workspace.top, fresh):
            known[run.blob] = (cells.of_experiment(found) if found else {}, problem)
        lasting = {blob: record for blob, record in known.items() if record[1] != ABSENT}
        kept.put(KIND, EVERYTHING, json.dumps(lasting).encode())
    return known


def _remembered(answer: bytes | None) -> dict[str, Record]:
    try:
        return {blob: (values, problem) for blob, (values, problem) in json.loads(answer or b"{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}  # not as this version writes it


def _decoded(top: str, runs: Iterable[Run]) -> Iterator[tuple[Run, Experiment | None, str | None]]:
    wanted = {run.blob.encode(): run for run in runs}
    sizes = _sizes(wanted, top)
    small = [name for name in wanted if sizes.get(name, document.MAX_BYTES + 1) <= document.MAX_BYTES]
    for name, run in wanted.items():
        if name not in sizes:
            yield run, None, ABSENT
        elif sizes[name] > document.MAX_BYTES:
            yield run, None, f"{FILE} has {sizes[name]} bytes; a record has {document.MAX_BYTES} at most"
    with command.objects(top, bulk.as_sent()) as objects:
        for name, data in objects.read(small):
            yield (wanted[name], *_read(data or b"", wanted[name]))


def _sizes(names: Collection[bytes], top: str) -> dict[bytes, int]:
    """The sizes (bytes) of these objects (hex); a partial clone fetches what it has left out, all at once."""
    sizes = bulk.sizes(names, top)
    absent = [name for name in names if name not in sizes]
    if absent and partial.is_partial(top):
        with suppress(GitFailed):
            partial.fetch(absent, top)
            return bulk.sizes(names, top)
    return sizes


def _read(data: bytes, run: Run) -> tuple[Experiment | None, str | None]:
    if run.link:
        return None, f"{FILE} is a symbolic link"
    try:
        return document.decode(data, FILE), None
    except MlError as error:
        return None, error.message
