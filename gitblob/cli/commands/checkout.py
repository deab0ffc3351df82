"""`gitblob checkout`: content from the cache where pointers stand."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli import pathspecs, placed
from gitblob.cli.console import Console
from gitblob.ops import checkout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The paths."""
    pathspecs.add_arguments(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Materialise what the cache has; nothing is downloaded."""
    opened = workspace.open()
    return placed.report(checkout.checkout(opened, pathspecs.of(args, opened.repository), console.progress()), console)
