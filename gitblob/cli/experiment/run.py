"""`gitblob experiment run`: start a program and record how it ended."""

from __future__ import annotations

import argparse
import os
import signal

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.cli.experiment import record as recording
from gitblob.git import pipe
from gitblob.ml.experiments import own, record

NOT_STARTED, NOT_FOUND = 126, 127  # exit codes of a shell (POSIX XCU 2.8.2)
EPILOG = """\
  gitblob experiment run -m "larger steps" -- python train.py --epochs 3

The exit code is that of the program. A run that failed is recorded as such.
Where the program uses gitblob.Experiment, its own record stays, with this command line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The program, and what else to record."""
    parser.epilog = EPILOG
    parser.add_argument("-m", "--message", help="what this run is about")
    parser.add_argument("-a", "--all", action="store_true", help="afterwards stage all that is not ignored")
    parser.add_argument("command", nargs="+", metavar="-- COMMAND", help="the program and its arguments")


def run(args: argparse.Namespace, console: Console) -> int:
    """Run it, then record; what would keep it from being recorded is said before."""
    work = workspaces.open(ask=console.ask)
    record.check(work, begins=True)
    watch = own.Watch(work)
    try:
        code = pipe.attend(args.command)
    except OSError as error:
        console.error(f"{args.command[0]} cannot be started: {os.strerror(error.errno or 0)}")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_STARTED
    after = workspaces.open(ask=console.ask)
    if made := watch.made(after):
        recording.completed(after, args, made, _reason(code), console)
    else:
        recording.taken(after, args, _reason(code), console)
    return code if code >= 0 else 128 - code


def _reason(code: int) -> str | None:
    if code == 0:
        return None
    return f"exit code {code}" if code > 0 else f"ended by {signal.Signals(-code).name}"
