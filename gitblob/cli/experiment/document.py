"""Runs as JSON documents."""

from __future__ import annotations

from gitblob.cli import cells
from gitblob.ml.experiments import document
from gitblob.ml.experiments.document import Experiment
from gitblob.ml.experiments.history import Run
from gitblob.ml.experiments.listing import Listed
from gitblob.ml.readers import Value


def listed(one: Listed, record: Value) -> dict[str, object]:
    """A run of a list: where it is, and its record (as JSON has it) or why it has none."""
    found = {**_commit(one.run), "experiment": record, "refs": one.refs, "current": one.current}
    return {**found, "problem": one.problem} if one.problem else found


def of_run(run: Run, experiment: Experiment | None) -> dict[str, object]:
    """A commit and its record."""
    return {**_commit(run), "experiment": _jsonable(document.values(experiment)) if experiment else None}


def _commit(run: Run) -> dict[str, object]:
    return {"commit": run.commit, "author": run.author, "date": run.date, "subject": run.subject}


def _jsonable(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    return [_jsonable(item) for item in value] if isinstance(value, list) else cells.jsonable(value)
