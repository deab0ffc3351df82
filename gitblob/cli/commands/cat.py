"""`gitblob cat`: the content of one version of a file, on stdout."""

from __future__ import annotations

import argparse
import sys

from gitblob import filesystem, workspace
from gitblob.cli import dated
from gitblob.cli.console import Console
from gitblob.ops import log

EPILOG = """\
  gitblob cat v1:data/x.csv                a revision, then the path from the top; `v1:./x.csv` from where one stands
  gitblob cat :data/x.csv                  as it is staged
  gitblob cat --at 2026-01-31 x.csv        what HEAD's branch had at the end of that day; from where one stands
  gitblob cat --at yesterday --rev main x.csv"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which version of which file."""
    parser.epilog = EPILOG
    parser.add_argument("name", metavar="REV:PATH", help="as git reads it; with --rev or --at: PATH")
    dated.add_arguments(parser, "the commit", "REV:PATH")


def run(args: argparse.Namespace, console: Console) -> int:  # noqa: ARG001 content is bytes, not text
    """Write the bytes as they are."""
    out = sys.stdout.fileno()
    here, rev = workspace.open(), dated.revision(args)
    name = log.name_at(here.repository, rev, args.name) if rev else args.name
    for piece in log.content(here, name):
        filesystem.write_all(out, piece)
    return 0
