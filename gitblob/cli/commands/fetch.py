"""`gitblob fetch`: blobs to the cache, the work tree untouched."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli import pathspecs
from gitblob.cli.console import Console
from gitblob.errors import BlobMissing
from gitblob.ops import sync


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The revision and the paths."""
    parser.add_argument("--rev", default="HEAD", metavar="REV", help="the commit whose blobs are meant (default: HEAD)")
    pathspecs.add_arguments(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Download what the cache lacks."""
    opened = workspace.open(ask=console.ask)
    left = sync.fetch(opened, args.rev, pathspecs.of(args, opened.repository, args.rev), console.progress())
    if left:
        raise BlobMissing(
            f"{len(left)} blob(s) are on no store that could be asked, such as {left[0].oid.text}",
            "`gitblob store check` looks at the stores; `gitblob push` in a clone that has the blobs uploads them",
        )
    return 0
