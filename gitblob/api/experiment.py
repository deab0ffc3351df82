"""`with gitblob.Experiment() as run:` records what the block has trained, also where it fails."""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple

from gitblob import workspace as workspaces
from gitblob.api import snapshot as snapshots
from gitblob.api.metrics import Metrics
from gitblob.api.paths import Path
from gitblob.api.snapshot import Snapshot
from gitblob.errors import GitblobError, MlError, UsageError
from gitblob.git import command
from gitblob.ml import declarations, tree
from gitblob.ml.experiments import commandline, document, record
from gitblob.ml.experiments.document import FAILED, FILE, FINISHED
from gitblob.ml.readers import Value
from gitblob.ml.worktree import WorkTree
from gitblob.workspace import Workspace

RANKS = ("RANK", "LOCAL_RANK")  # torchrun, DeepSpeed and others; the first that is set counts
KERNEL = "ipykernel_launcher"
LONGEST = 2000  # characters of an error that are kept
SHOWN = 5  # names in a warning
_logging: dict[int, threading.Lock] = {}  # by process: a fork could leave one held; a run can be pickled


class Begun(NamedTuple):
    """What a run has begun with."""

    snapshot: Snapshot
    record: document.Experiment


class Experiment:
    """A run: what it begins with is noted when the block is entered, the rest when it is left.

    Then experiment.yaml is written and staged; `git commit` makes it a run, or commit=True, which stages and commits
    all that is not ignored. A block that raises is recorded as failed and raises on; one that is left by
    sys.exit(0) has finished. Where recording itself fails, a warning says why: no result is lost for that.
    message: what the run is about. rank: of several processes only 0 records; by default $RANK, else $LOCAL_RANK,
    else 0. In a notebook `start` and `finish` do the same in two cells.
    """

    def __init__(
        self, message: str | None = None, repo: Path = ".", *, commit: bool = False, rank: int | None = None
    ) -> None:
        self.message = message
        self.id: str | None = None
        self.recorded = False
        self.records = (_rank() if rank is None else rank) == 0
        self._folder = os.fspath(repo)
        self._commit = commit
        self._top: str | None = None
        self._around: str | None = None  # the run in whose block this one is
        self._process = os.getpid()  # a child that a fork in the block has made leaves it, too
        self._begun: Begun | None = None
        self._metrics: Metrics | None = None

    def __enter__(self) -> Experiment:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.finish(error)

    def start(self) -> Experiment:
        """Note what the run begins with. Raises whatever would keep it from being recorded, before anything is lost."""
        workspace = workspaces.open(os.path.abspath(self._folder))
        self._top = workspace.top
        if self.records:
            if not os.access(self._top, os.W_OK):
                raise UsageError(f"{self._top} cannot be written to, so no run is recorded there")
            self.id, self._metrics, self.recorded = record.new_run(), None, False
            self._begun = self._now(workspace)
            self._around = snapshots.running(self._top, self.id)
        return self

    def refresh(self) -> None:
        """Note again what the run begins with: for a script that has itself written config or data in the block."""
        self._begun = self._now(workspaces.open(self._place()))

    @property
    def snapshot(self) -> Snapshot:
        """What the run began with, for logs; its `run` is the id."""
        return self._known().snapshot

    @property
    def params(self) -> Mapping[str, Value]:
        """The values of the declared params, by how they are declared: {"config/params.yaml": {…}}."""
        return self._known().record.training_config

    @property
    def seeds(self) -> Mapping[str, Value]:
        """The seed of each data set that has one."""
        return self._known().record.seed

    @property
    def seed(self) -> Value:
        """The one seed that is declared. Raises UsageError where there are several that differ, or none."""
        found = list(self.seeds.values())
        if not found or any(seed != found[0] for seed in found):
            raise UsageError(
                f"there are {len(found)} seeds" if found else "no data set declares a seed",
                f"run.seeds has {', '.join(self.seeds)}" if found else "`gitblob help data-version` shows where",
            )
        return found[0]

    def log(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Write metrics to the declared file: with a step a row of the .jsonl, without one the values of the .json.

        Where only one of the two is declared, it gets both. Processes of another rank write nothing. Raises UsageError.
        """
        if self.records:
            with _logging.setdefault(os.getpid(), threading.Lock()):  # the values of a .json file are written back
                self._log().log(metrics, step)

    def finish(self, error: BaseException | str | None = None) -> None:
        """Record the run. error: why it has failed."""
        if not self.records or self._top is None or self._process != os.getpid():
            return
        reason = _reason(error)
        try:
            self._record(self._top, reason)
        except Exception as problem:  # noqa: BLE001 whatever it is, the training is not to blame
            said = f"run {self.id} is not recorded: {problem}; `gitblob experiment record` tries again"
            with suppress(*([Warning] if reason else [])):  # as errors they would take the place of the block's own
                self._warn(said)
        finally:
            snapshots.running(self._top, self._around)

    def _record(self, top: str, reason: str | None) -> None:
        workspace = workspaces.open(top)
        begun = self._known().record
        ended, problem = self._made(workspace, reason)
        outputs = _outputs(workspace, begun, ended)
        mixed = ended._replace(
            data_version={**ended.data_version, **begun.data_version},
            seed={**ended.seed, **begun.seed},
            training_config={**ended.training_config, **begun.training_config},
            code=begun.code._replace(changed={**outputs, **begun.code.changed}),
        )
        record.write(workspace, mixed)
        record.stage_record(workspace, mixed)
        self.recorded = True
        if self._commit and reason is None:
            self._committed(top)
        if problem:
            self._warn(f"the record of run {self.id} lacks something: {problem.message}; {problem.hint}".rstrip("; "))
        if changed := _changed(begun, ended, outputs):
            self._warn(
                f"{', '.join(changed[:SHOWN])} changed while run {self.id} was going; {FILE} has what it began with "
                "(a script that writes these itself calls run.refresh() afterwards)"
            )

    def _made(self, workspace: Workspace, reason: str | None) -> tuple[document.Experiment, MlError | None]:
        """The record of what is there now, and what it lacks."""
        made = functools.partial(
            record.made,
            workspace,
            self.message,
            status=FINISHED if reason is None else FAILED,
            error=reason,
            argv=_command_line(workspace.top),
            run=self.id,
        )
        try:
            return made(lenient=reason is not None), None
        except MlError as problem:
            return made(lenient=True), problem

    def _committed(self, top: str) -> None:
        try:
            record.stage_all(top)
            command.run("commit", "--quiet", "--message", self.message or f"run {self.id}", cwd=top)
        except GitblobError as problem:
            self._warn(f"run {self.id} is recorded, but not committed: {problem}")

    def _now(self, workspace: Workspace) -> Begun:
        work = WorkTree(workspace)
        found = snapshots.of(workspace, work)
        made = record.made(workspace, surroundings={}, run=self.id, lenient=True, work=work)
        return Begun(dataclasses.replace(found, run=self.id), made)

    def _known(self) -> Begun:
        if self._begun is None:
            self._begun = self._now(workspaces.open(self._place()))
        return self._begun

    def _log(self) -> Metrics:
        if self._metrics is None:
            declared = declarations.load(WorkTree(workspaces.open(self._place())))
            self._metrics = Metrics(self._place(), declared.metrics, self.id or "")
        return self._metrics

    def _place(self) -> str:
        if self._top is None:
            raise UsageError("this run has not begun", "`with gitblob.Experiment() as run:`")
        return self._top

    def _warn(self, message: str) -> None:
        warnings.warn(message, stacklevel=4)


def _changed(begun: document.Experiment, ended: document.Experiment, outputs: Mapping[str, str]) -> list[str]:
    """What was edited meanwhile, and so is in the work tree otherwise than in the record."""
    sections: list[tuple[Mapping[str, Value], Mapping[str, Value]]] = [
        (begun.data_version, ended.data_version),
        (begun.training_config, ended.training_config),
    ]
    found = [name for was, now in sections for name in was if now.get(name, was[name]) != was[name]]
    was, now = begun.code.changed, ended.code.changed
    return found + [path for path in {**was, **now} if path not in outputs and was.get(path) != now.get(path)]


def _outputs(workspace: Workspace, begun: document.Experiment, ended: document.Experiment) -> dict[str, str]:
    """The files that have come since, by their oids: what the run wrote beside what is declared."""
    new = {path: oid for path, oid in ended.code.changed.items() if path not in begun.code.changed}
    if not new or not begun.code.commit:
        return new
    before = {file.path for file in tree.at(workspace, begun.code.commit).files(list(new))}
    return {path: oid for path, oid in new.items() if path not in before}


def _reason(error: BaseException | str | None) -> str | None:
    """Why a run has failed, None where it has not."""
    if error is None or isinstance(error, str):
        return error
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return None
    try:
        said = commandline.without_secrets(str(error))[:LONGEST]
    except Exception:  # noqa: BLE001 an error that cannot even say what it is
        said = ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _rank() -> int:
    value = next((os.environ[name] for name in RANKS if os.environ.get(name)), "0")
    return int(value) if value.isdecimal() else 0


def _command_line(top: str) -> list[str]:
    """How this process was started; a notebook's kernel without the file of its connection."""
    words = [os.path.basename(word) or "python" for word in sys.orig_argv[:1]] + sys.orig_argv[1:]
    if KERNEL in words:
        return words[: words.index(KERNEL) + 1]
    return [word.removeprefix(f"{top}/") for word in words]
