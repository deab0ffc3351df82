"""`gitblob lock PATH`: keep others from pushing a file."""

from __future__ import annotations

import argparse
import os

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.ops import locks, place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files."""
    parser.epilog = "Only Git LFS servers have locks; `gitblob help lfs` explains them."
    parser.add_argument("paths", nargs="+", metavar="PATH")


def run(args: argparse.Namespace, console: Console) -> int:
    """Lock each."""
    work = workspace.open(ask=console.ask)
    for path in args.paths:
        done = locks.take(work, os.fsdecode(place.from_top(work.repository, path)))
        console.result(f"locked {console.quoted(done.path)}")
    return 0
