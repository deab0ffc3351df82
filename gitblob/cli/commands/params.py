"""`gitblob params`: what a training is given, at any commit, and what differs."""

from __future__ import annotations

import argparse

from gitblob.cli import comparison
from gitblob.cli.console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """show, diff."""
    comparison.add_arguments(parser, "params")


def run(args: argparse.Namespace, console: Console) -> int:
    """Show or compare them."""
    return comparison.run(args, "params", console)
