"""`gitblob version lock`: write declared versions into the lock file."""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.cli.version import bump
from gitblob.ml import bumping


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to show what was done."""
    parser.epilog = "Lines that are there stay; a version that stands there for other content is refused."
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write and stage the lines."""
    done = bumping.lock_all(workspaces.open(ask=console.ask))
    if args.json:
        console.json([bump.document(one) for one in done])
        return 0
    for one in done:
        console.result(f"{one.name} {one.new} {one.fingerprint}")
        bump.name_unstaged(one, console)
    if not done:
        console.talk("every declared version is in the lock file already")
    return 0
