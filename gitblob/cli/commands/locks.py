"""`gitblob locks`: who has locked which file."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.ops import locks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which locks, how shown."""
    parser.add_argument("--mine", action="store_true", help="only your own")
    parser.add_argument("--json", action="store_true", help="one JSON document; mine: null where nobody knows")


def run(args: argparse.Namespace, console: Console) -> int:
    """List them by path."""
    found = locks.listed(workspace.open(ask=console.ask), args.mine)
    if args.json:
        console.json([entry._asdict() for entry in found])
    else:
        rows = [
            (console.quoted(entry.path), entry.owner + (" (you)" if entry.mine else ""), entry.since) for entry in found
        ]
        console.table(("path", "owner", "since"), rows)
    return 0
