"""`gitblob log`: the versions of one file."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli import dated
from gitblob.cli.console import Console
from gitblob.git.versions import Version
from gitblob.ops import log

SHORT = 12  # digits of a name in the table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, from where, how to show it."""
    parser.epilog = "`gitblob cat COMMIT:PATH` shows the content of a version."
    parser.add_argument("path", metavar="PATH")
    dated.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document, with whole names")


def run(args: argparse.Namespace, console: Console) -> int:
    """List the commits that changed the file, newest first."""
    found = log.log(workspace.open(), args.path, dated.revision(args) or "HEAD")
    if args.json:
        console.json([_document(version) for version in found])
    else:
        rows = [(v.commit[:SHORT], v.date, v.author, _size(v), _oid(v), v.subject) for v in found]
        console.table(("commit", "date", "author", "size", "oid", "subject"), rows)
    return 0


def _size(version: Version) -> str | int:
    if version.size is None:
        return "removed" if version.removed else "?"
    return version.size


def _oid(version: Version) -> str:
    if version.pointer:
        return version.pointer.oid[:SHORT]
    return "-" if version.size is None else "raw"


def _document(version: Version) -> dict[str, object]:
    words = ("commit", "author", "date", "subject", "size")
    values = {word: getattr(version, word) for word in words}
    return {**values, "oid": version.pointer.oid.text if version.pointer else None, "removed": version.removed}
