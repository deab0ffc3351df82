"""The record that a program has made of itself, as with `gitblob.Experiment`, while `gitblob experiment run` waited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from gitblob.errors import MlError
from gitblob.ml.experiments import commandline, document, record
from gitblob.ml.experiments.document import FAILED, FILE, Experiment
from gitblob.ml.worktree import WorkTree
from gitblob.workspace import Workspace


class Watch:
    """Begins before the program. Was a run recorded since?"""

    def __init__(self, workspace: Workspace) -> None:
        found = _current(WorkTree(workspace))
        self._before = found.run if found else None
        self._began = datetime.now(timezone.utc).replace(microsecond=0).isoformat()  # as records have it: this sorts

    def made(self, workspace: Workspace) -> Experiment | None:
        """That record. An older one, which the program has checked out, is none."""
        found = _current(WorkTree(workspace))
        if found is None or found.run == self._before or found.recorded < self._began:
            return None
        return found


def is_committed(workspace: Workspace) -> bool:
    """Does HEAD hold the record of the work tree?"""
    work = WorkTree(workspace)
    return work.head is not None and work.head.read(FILE, document.MAX_BYTES) == work.read(FILE, document.MAX_BYTES)


def completed(
    workspace: Workspace, own: Experiment, message: str | None, command: Sequence[str], error: str | None
) -> Experiment:
    """The same with how the program was started, written and staged. error: how it ended after all."""
    done = own._replace(message=message or own.message, command=commandline.shown(command))
    if error is not None and own.status != FAILED:
        done = done._replace(status=FAILED, error=error)
    record.write(workspace, done)
    record.stage_record(workspace, done)
    return done


def _current(work: WorkTree) -> Experiment | None:
    try:
        data = work.read(FILE, document.MAX_BYTES)
        return document.decode(data, FILE) if data is not None else None
    except MlError:
        return None
