"""Record a run: what the work tree holds becomes `experiment.yaml`, staged for the commit that is then the run."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone

from gitblob import filesystem
from gitblob.errors import MlError
from gitblob.git import command
from gitblob.ml import declarations, lock, versions
from gitblob.ml.declarations import Declarations
from gitblob.ml.experiments import commandline, document, environment, merging, source
from gitblob.ml.experiments.document import FAILED, FILE, FINISHED, Component, Experiment
from gitblob.ml.readers import Value
from gitblob.ml.reference import Reference
from gitblob.ml.versions import Versions
from gitblob.ml.worktree import WorkTree
from gitblob.ops import place
from gitblob.workspace import Workspace


def record(
    workspace: Workspace,
    message: str | None = None,
    *,
    status: str = FINISHED,
    error: str | None = None,
    command: Sequence[str] | None = None,
    environment: Mapping[str, Value] | None = None,
    run: str | None = None,
    stage: bool = True,
) -> Experiment:
    """Write the record of the work tree as it stands, and stage it with what belongs to it.

    error: why a failed run did. command: the program and its arguments. environment: see `environment`; by default
    that of this process. run: an id that `new_run` has given out. Raises MlError, SettingsError for declarations that
    do not hold; NotARepository in a bare repository.
    """
    experiment = made(
        workspace, message, status=status, error=error, argv=command, surroundings=environment, run=run,
        lenient=status == FAILED,
    )  # fmt: skip
    write(workspace, experiment)
    if stage:
        stage_record(workspace, experiment)
    return experiment


def check(
    workspace: Workspace, lenient: bool = False, *, begins: bool = False, work: WorkTree | None = None
) -> Versions:
    """The versions that a run would start from. Raises what would keep it from being recorded.

    lenient: see `made`. begins: what the run is to make need not be there yet. work: what has been opened to look at
    the work tree.
    """
    _require_regular(os.path.join(place.worktree(workspace.repository), FILE))
    work = work or WorkTree(workspace)
    declared = declarations.load(work)
    work.expect([*versions.paths_of(declared), *(one.path for one in declared.metrics)])
    found = versions.at(workspace, work, (MlError,) if lenient else (versions.Absent,) if begins else ())
    if not (declared.params or declared.metrics or declared.data or declared.models):
        raise MlError(
            f"{declared.path} declares no params, metrics, data or models, so there is nothing to record",
            "`gitblob help experiment` shows what to write there",
        )
    _values(work, declared, declared.params, lenient)
    return found


def made(
    workspace: Workspace,
    message: str | None = None,
    *,
    status: str = FINISHED,
    error: str | None = None,
    argv: Sequence[str] | None = None,
    surroundings: Mapping[str, Value] | None = None,
    run: str | None = None,
    lenient: bool = False,
    work: WorkTree | None = None,
) -> Experiment:
    """The record, which is not written. Metrics whose file is not there are left out.

    lenient: leave out whatever is not there or broken, as after a run that failed. work: see `check`.
    """
    tree = work or WorkTree(workspace)
    found = check(workspace, lenient, work=tree)
    declared = found.declared
    now = datetime.now(timezone.utc).replace(microsecond=0)
    return Experiment(
        run=run or new_run(now),
        recorded=now.isoformat(),
        status=status,
        message=message or None,
        error=error or None,
        data_version={name: state.id for name, state in found.data.items()},
        model_version={name: Component(state.version, state.fingerprint) for name, state in found.models.items()},
        seed={name: state.seed for name, state in found.data.items() if state.seed is not None},
        training_config=_values(tree, declared, declared.params, lenient),
        metrics=_metrics(tree, declared, lenient),
        code=source.now(workspace, declared, tree.head.commit if tree.head else None, tree),
        environment=environment.of_process() if surroundings is None else surroundings,
        command=commandline.shown(argv or ()),
    )


def new_run(now: datetime | None = None) -> str:
    """An id for a run: the time (UTC) and 6 random hex digits."""
    return f"{now or datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def write(workspace: Workspace, experiment: Experiment) -> None:
    """Put the record into the work tree, whole or not at all."""
    path = os.path.join(place.worktree(workspace.repository), FILE)
    _require_regular(path)
    filesystem.write_new(path, document.encode(experiment))


def otherwise_locked(workspace: Workspace, experiment: Experiment) -> list[str]:
    """The components, as they are shown, whose version means other content in the lock file."""
    meanings = _meanings(WorkTree(workspace), experiment)
    return [
        f"{name}@{one.version}"
        for name, one in experiment.model_version.items()
        if one.version and one.fingerprint not in meanings.get((name, one.version), [one.fingerprint])
    ]


def _unlocked(tree: WorkTree, experiment: Experiment) -> list[tuple[str, str, str]]:
    """The lines of component versions that the lock file does not know. What a failed run has left fixes nothing."""
    meanings = _meanings(tree, experiment)
    return [
        (name, one.version, one.fingerprint)
        for name, one in experiment.model_version.items()
        if one.version and experiment.status == FINISHED and (name, one.version) not in meanings
    ]


def _meanings(tree: WorkTree, experiment: Experiment) -> dict[tuple[str, str], list[str]]:
    """What versions of components mean in the lock file: their fingerprints. A run without components asks for none."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lock.read(tree)[0] if experiment.model_version else ():
        found.setdefault((line.name, line.version), []).append(line.fingerprint)
    return found


def unstaged(top: str) -> list[str]:
    """What is neither staged nor ignored, and so would be missing in the run's commit."""
    fields = iter(command.lines("status", "--porcelain=v1", "--untracked-files=all", "--no-renames", "-z", cwd=top))
    return [os.fsdecode(field[3:]) for field in fields if field[1:2] != b" "]


def stage_all(top: str) -> None:
    """Stage all that is not ignored, as `git add --all` does."""
    command.run("add", "--all", "--", ".", cwd=top)


def stage_record(workspace: Workspace, experiment: Experiment) -> None:
    """Stage the record, what a merge needs for it, and the component versions that are new to the lock file."""
    top = place.worktree(workspace.repository)
    others = [*merging.ensure(workspace), *lock.append(top, _unlocked(WorkTree(workspace), experiment))]
    command.run("add", "--force", "--", FILE, *dict.fromkeys(others), cwd=top)


def _require_regular(path: str) -> None:
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise MlError(f"{FILE} is no regular file", "a record is never written through a link; remove it first")


def _values(
    tree: WorkTree, declared: Declarations, references: Iterable[Reference], lenient: bool = False
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for reference in references:
        with suppress(*([MlError] if lenient else [])):
            found[str(reference)] = versions.value(tree, declared, reference)
    return found


def _metrics(tree: WorkTree, declared: Declarations, lenient: bool) -> dict[str, Value]:
    there = {file.path for file in tree.files([one.path for one in declared.metrics])}
    return _values(tree, declared, (one for one in declared.metrics if one.path in there), lenient)
