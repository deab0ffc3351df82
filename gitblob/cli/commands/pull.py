"""`gitblob pull`: content where pointers stand, fetched if need be."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli import pathspecs, placed
from gitblob.cli.console import Console
from gitblob.ops import sync


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The paths."""
    pathspecs.add_arguments(parser)
    parser.add_argument(
        "--json", action="store_true", help="the result as JSON, and events on stderr (`gitblob help transfers`)"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Fetch and materialise."""
    opened = workspace.open(ask=console.ask)
    outcome = sync.pull(opened, pathspecs.of(args, opened.repository), console.progress(events=args.json))
    return placed.report(outcome, console, as_json=args.json)
