"""A run by what people call it: its id, or a revision (commit, tag, branch) whose record is that run's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from gitblob.errors import UsageError
from gitblob.git import history, partial
from gitblob.ml import tree as trees
from gitblob.ml.experiments import document, listing
from gitblob.ml.experiments import history as walks
from gitblob.ml.experiments.document import FILE, Experiment
from gitblob.ml.experiments.history import Run
from gitblob.settings.document import nearest
from gitblob.workspace import Workspace

PART = re.compile(r"[0-9TZ]{0,16}-?[0-9a-f]{0,6}")
SHORTEST = 4  # characters of a part of an id


class Found(NamedTuple):
    """A run with its record. asked: the commit (hex) that was asked for, where that is a later one."""

    run: Run
    experiment: Experiment
    asked: str | None = None


def find(workspace: Workspace, name: str) -> Found:
    """The run. Raises UsageError where there is none of that name; MlError for a record that is not valid."""
    if not document.RUN.fullmatch(name):
        try:
            commit = history.commit(name, workspace.top)
        except UsageError:
            if not PART.fullmatch(name) or len(name) < SHORTEST:
                raise _unknown(workspace, name) from None
        else:
            return at(workspace, commit, name)
    return _by_id(workspace, name)


def at(workspace: Workspace, commit: str, name: str) -> Found:
    """The run whose record a commit (hex) has. name: for messages. Raises as find."""
    record = trees.at(workspace, commit).read(FILE, document.MAX_BYTES)
    if record is None:
        raise UsageError(f"{name} has no {FILE}: nothing was recorded there", "`gitblob experiment list` shows runs")
    experiment = document.decode(record, f"{commit[:12]}:{FILE}")
    run = walks.nearest(workspace, commit)
    if run is None:
        raise UsageError(f"no commit before {name} that brought its {FILE} is here", _remedy(workspace))
    return Found(run, experiment, None if run.commit == commit else commit)


def _by_id(workspace: Workspace, name: str) -> Found:
    known = [(one.run, str(one.cells["run"])) for one in listing.every(workspace) if "run" in one.cells]
    found = {run: id_ for run, id_ in known if _is_called(id_, name)}
    if not found:
        raise _unknown(workspace, name, [id_ for _, id_ in known])
    if len(set(found.values())) > 1:
        raise UsageError(f"{name} can be several runs: {', '.join([*found.values()][:5])}", "write more of it")
    run = [*found][-1]  # the first commit that had it
    experiment = listing.experiments(workspace, [run])[run.blob]
    assert experiment
    return Found(run, experiment)


def _is_called(run: str, name: str) -> bool:
    return run == name or (len(name) >= SHORTEST and (run.startswith(name) or run.endswith(name)))


def _unknown(workspace: Workspace, name: str, known: Sequence[str] = ()) -> UsageError:
    near = nearest(name, known) if known else None
    hint = near if near and near.startswith("did you") else _remedy(workspace)
    return UsageError(f"{name} is neither a run nor a commit here", hint)


def _remedy(workspace: Workspace) -> str:
    if partial.is_cut(workspace.top):
        return "this clone is shallow; `git fetch --unshallow` brings the rest"
    return "`gitblob experiment list` shows the runs"
