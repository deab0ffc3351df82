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


def run(args: argparse.Namespace, console: Console) -> int:
    """Fetch and materialise."""
    opened = workspace.open(ask=console.ask)
    return placed.report(sync.pull(opened, pathspecs.of(args, opened.repository), console.progress()), console)
