"""`gitblob experiment record`: what the work tree holds becomes a record."""

from __future__ import annotations

import argparse
import os
import shutil

from gitblob import workspace as workspaces
from gitblob.cli import cells
from gitblob.cli.console import Console
from gitblob.git import hooks
from gitblob.ml import lock
from gitblob.ml.experiments import cells as values
from gitblob.ml.experiments import environment, own, record
from gitblob.ml.experiments.document import FAILED, FILE, FINISHED, Experiment
from gitblob.ml.readers import Value
from gitblob.ml.worktree import WorkTree
from gitblob.workspace import Workspace

SHOWN = 5  # paths and values that are named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What else to record."""
    parser.epilog = "`git commit` then makes it a run. `gitblob experiment run` starts the program itself."
    parser.add_argument("-m", "--message", help="what this run is about")
    parser.add_argument("-a", "--all", action="store_true", help="first stage all that is not ignored")
    parser.add_argument("--failed", metavar="REASON", help="the run has failed, and why")
    parser.add_argument("command", nargs="*", metavar="-- COMMAND", help="the command line that has made it")


def run(args: argparse.Namespace, console: Console) -> int:
    """Record, and say what the commit would still lack."""
    work = workspaces.open(ask=console.ask)
    taken(work, args, args.failed, console)
    return 0


def taken(work: Workspace, args: argparse.Namespace, error: str | None, console: Console) -> None:
    """Record a run that was started as `args.command`. error: why it failed, None where it did not."""
    if args.all:
        record.check(work)
        record.stage_all(work.top)
    done = record.record(
        work,
        args.message,
        status=FINISHED if error is None else FAILED,
        error=error,
        command=args.command,
        environment=_environment(work, args.command),
    )
    _reported(work, done, console)


def completed(work: Workspace, args: argparse.Namespace, made: Experiment, error: str | None, console: Console) -> None:
    """Keep what the program has recorded itself, with its command line; what it has also committed stays as it is."""
    if own.is_committed(work):
        console.result(f"run {made.run} was recorded and committed by the program itself")
        return
    if args.all:
        record.stage_all(work.top)
    _reported(work, own.completed(work, made, args.message, args.command, error), console)


def _reported(work: Workspace, done: Experiment, console: Console) -> None:
    """Say what is recorded, and what the commit would lack."""
    _told(done, console)
    for shown in record.otherwise_locked(work, done):
        name = shown.partition("@")[0]
        console.warn(f"{shown} means other content in {lock.FILE}")
        console.talk(f"  hint: `gitblob version bump {name}` gives this content a version of its own")
    left = record.unstaged(work.top)
    if left:
        names = ", ".join(console.quoted(path) for path in left[:SHOWN])
        more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
        console.warn(f"neither staged nor ignored: {names}{more}; without them the commit will not match the record")
        console.talk("  hint: `git add` them, or record with --all")
    console.talk("`git commit` makes it a run")
    if problem := hooks.ensure(work.repository):
        console.warn(problem)


def _told(done: Experiment, console: Console) -> None:
    console.result(f"recorded {'failed ' if done.status == FAILED else ''}run {done.run} in {FILE}, which is staged")
    versions = [f"{name}@{id_[:12]}" for name, id_ in done.data_version.items()]
    versions += [f"{name}@{one.shown}" for name, one in done.model_version.items()]
    metrics = [
        f"{name.removeprefix('metrics.')} {cells.shown(value)}"
        for name, value in values.values("metrics", done.metrics).items()
    ]
    for what, words in (("versions", versions), ("metrics", metrics)):
        if words:
            more = f", {len(words) - SHOWN} more" if len(words) > SHOWN else ""
            console.result(f"  {what}: {', '.join(words[:SHOWN])}{more}")


def _environment(work: Workspace, command: list[str]) -> dict[str, Value]:
    """That of the interpreter that trains, as far as it can be known from here."""
    python = _python(command)
    return environment.of_program(python, WorkTree(work), work.top) if python else {}


def _python(command: list[str]) -> str | None:
    """The path of the command's own interpreter, else of the active environment's, else of python3."""
    name = os.path.basename(command[0]) if command else ""
    if name.startswith("python") and (found := shutil.which(command[0])):
        return found
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        inside = os.path.join(os.environ.get(variable) or os.devnull, "bin", "python")
        if os.access(inside, os.X_OK):
            return inside
    return shutil.which("python3") or shutil.which("python")
