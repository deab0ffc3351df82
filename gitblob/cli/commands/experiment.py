"""`gitblob experiment`: record, check, compare and restore training runs."""

from __future__ import annotations

import argparse
from importlib import import_module

from gitblob.cli.console import Console

ACTIONS = {
    "record": "write what the work tree holds to experiment.yaml, and stage it",
    "run": "start a program, and record how it ended",
    "verify": "does a commit hold what its record says?",
    "list": "the runs of all branches as a table",
    "show": "one run",
    "diff": "two runs side by side",
    "restore": "a work tree at a run's commit, with data and models in place",
}
EPILOG = """\
A commit that brings a new experiment.yaml is a run; REV|RUN names one by commit, branch, tag or id.
`gitblob help experiment` explains."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action and what it needs."""
    parser.epilog = EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in ACTIONS.items():
        one = actions.add_parser(name, help=summary)
        one.formatter_class = parser.formatter_class
        import_module(f"gitblob.cli.experiment.{name}").add_arguments(one)


def run(args: argparse.Namespace, console: Console) -> int:
    """Do what the action says."""
    code: int = import_module(f"gitblob.cli.experiment.{args.action}").run(args, console)
    return code
