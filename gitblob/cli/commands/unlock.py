"""`gitblob unlock PATH`: let others push a file again."""

from __future__ import annotations

import argparse
import os

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.ops import locks, place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files, and how bluntly."""
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument(
        "--force", action="store_true", help="also with changes that are not committed, and someone else's lock"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Unlock each."""
    work = workspace.open(ask=console.ask)
    for path in args.paths:
        done = locks.give_back(work, os.fsdecode(place.from_top(work.repository, path)), args.force)
        console.result(f"unlocked {console.quoted(done.path)}")
    return 0
