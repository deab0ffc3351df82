"""`gitblob experiment show`: one run."""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli import cells
from gitblob.cli.console import Console
from gitblob.cli.experiment import document
from gitblob.ml.experiments import cells as values
from gitblob.ml.experiments import find


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run."""
    parser.add_argument("run", nargs="?", default="HEAD", metavar="REV|RUN", help="default: HEAD")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace, console: Console) -> int:
    """Show its commit and its record."""
    found = find.find(workspaces.open(ask=console.ask), args.run)
    if args.json:
        console.json(document.of_run(found.run, found.experiment))
        return 0
    commit = found.run
    code = found.experiment.code
    rows = [("commit", commit.commit), ("author", commit.author), ("date", commit.date), ("subject", commit.subject)]
    rows += [(name, cells.whole(value)) for name, value in values.of_experiment(found.experiment).items()]
    rows += [(f"package {name}", cells.whole(version)) for name, version in values.packages(found.experiment).items()]
    rows += [("code.commit", code.commit or "none")]
    rows += [(f"code.changed.{path}", oid) for path, oid in code.changed.items()]
    console.table(("name", "value"), rows)
    return 0
