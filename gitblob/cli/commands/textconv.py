"""`gitblob textconv`: what git diff compares for a tracked file."""

from __future__ import annotations

import argparse
import sys

from gitblob import filesystem
from gitblob.cli.console import Console
from gitblob.ops import log


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, as git names it: perhaps with a leading dash."""
    parser.prefix_chars = "\0"
    parser.add_argument("file", metavar="FILE")


def run(args: argparse.Namespace, console: Console) -> int:  # noqa: ARG001 a malformed pointer is shown as bytes
    """Write oid and size."""
    filesystem.write_all(sys.stdout.fileno(), log.summary(args.file))
    return 0
