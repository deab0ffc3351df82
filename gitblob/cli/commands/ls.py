"""`gitblob ls`: the pointers of a commit."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli import dated
from gitblob.cli.console import Console
from gitblob.errors import UsageError
from gitblob.git import dates, history
from gitblob.ops import listing

SHORT = 12  # digits of an oid in the table
YES_NO = {True: "yes", False: "no", None: "?"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which commit, which paths, how to show them."""
    parser.epilog = "Without REV: HEAD, or the index before the first commit. In store: `?` where none could be asked."
    parser.add_argument("rev", nargs="?", metavar="REV")
    parser.add_argument("paths", nargs="*", metavar="PATH")
    dated.add_date(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document, with whole oids")


def run(args: argparse.Namespace, console: Console) -> int:
    """List pointers; 1 when one of them is malformed."""
    rev, paths = _meant(args.rev, args.paths)
    rev = dates.commit_at(args.at, rev or "HEAD") if args.at is not None else rev
    found = listing.listing(workspace.open(), rev, paths)
    for path, reason in found.malformed:
        console.warn(f"{console.quoted(path)}: {reason}")
    for name, reason in found.problems:
        console.warn(f"store {name} could not be asked: {reason}")
    if args.json:
        console.json([{**entry._asdict(), "oid": entry.oid.text} for entry in found.entries])
    else:
        rows = [(e.oid[:SHORT], e.size, YES_NO[e.cached], YES_NO[e.stored], e.path) for e in found.entries]
        console.table(("oid", "size", "in cache", "in store", "path"), rows)
    return 1 if found.malformed else 0


def _meant(rev: str | None, paths: list[str]) -> tuple[str | None, list[str]]:
    """The revision and the paths: the first word is a path where it names no revision, as with git itself."""
    if rev is None:
        return _head(), paths
    try:
        history.tree(rev)
    except UsageError:
        if paths:
            raise
        import os

        if not os.path.lexists(rev):
            raise
        return _head(), [rev]
    return rev, paths


def _head() -> str | None:
    return "HEAD" if history.has_head() else None
