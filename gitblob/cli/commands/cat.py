"""`gitblob cat`: the content of one version of a file, on stdout."""

from __future__ import annotations

import argparse
import sys

from gitblob import filesystem, workspace
from gitblob.cli.console import Console
from gitblob.ops import log


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which version of which file."""
    parser.epilog = "PATH is relative to the top, `./PATH` to the folder one stands in; without REV it is the index."
    parser.add_argument("name", metavar="REV:PATH")


def run(args: argparse.Namespace, console: Console) -> int:  # noqa: ARG001 content is bytes, not text
    """Write the bytes as they are."""
    out = sys.stdout.fileno()
    for piece in log.content(workspace.open(), args.name):
        filesystem.write_all(out, piece)
    return 0
