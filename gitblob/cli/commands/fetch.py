"""`gitblob fetch`: blobs to the cache, the work tree untouched."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli import dated, pathspecs
from gitblob.cli.console import Console
from gitblob.errors import BlobMissing
from gitblob.ops import sync


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The revision and the paths."""
    dated.add_arguments(parser, "the commit whose blobs are meant")
    pathspecs.add_arguments(parser)
    parser.add_argument(
        "--json", action="store_true", help="the result as JSON, and events on stderr (`gitblob help transfers`)"
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Download what the cache lacks."""
    opened = workspace.open(ask=console.ask)
    rev = dated.revision(args) or "HEAD"
    wanted = pathspecs.of(args, opened.repository, rev)
    left = sync.fetch(opened, rev, wanted, console.progress(events=args.json))
    if args.json:
        console.json({"missing": [blob.oid.text for blob in left]})
    if left:
        raise BlobMissing(
            f"{len(left)} blob(s) are on no store that could be asked, such as {left[0].oid.text}",
            "`gitblob store check` looks at the stores; `gitblob push` in a clone that has the blobs uploads them",
        )
    return 0
