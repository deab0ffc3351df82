"""`gitblob experiment restore`: a work tree in which a run can be run again."""

from __future__ import annotations

import argparse
import shlex

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.ml.experiments import find, restore

SHORT = 12  # digits of a commit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run, where to."""
    parser.epilog = "`git worktree remove DIR` takes the work tree away again."
    parser.add_argument("run", metavar="REV|RUN")
    parser.add_argument("--into", metavar="DIR", help="default: beside the repository, REPOSITORY-RUN")
    parser.add_argument("--branch", metavar="NAME", help="on a new branch (default: HEAD is detached)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Make it, and say how the run was made."""
    found = find.find(workspaces.open(ask=console.ask), args.run)
    work = workspaces.open(ask=console.ask)
    done = restore.restore(work, found, args.into, args.branch, console.progress())
    experiment = found.experiment
    commit = found.run.commit[:SHORT]
    console.result(f"run {experiment.run} (commit {commit}) is in {console.quoted(done.folder)}, {done.files} blob(s)")
    if experiment.command:
        console.result(f"  made by: {shlex.join(experiment.command)}")
    if python := experiment.environment.get("python"):
        console.result(f"  with Python {python}")
    return 0
