"""The options that say which commit is meant: --rev REV, --at DATE, or both for the state of another branch."""

from __future__ import annotations

import argparse

from gitblob.git import dates


def add_arguments(parser: argparse.ArgumentParser, what: str = "look back from here", default: str = "HEAD") -> None:
    """Add `--rev REV` and `--at DATE`; what: what REV is for. default: what it is, in words for the help."""
    parser.add_argument("--rev", metavar="REV", help=f"{what} (default: {default})")
    add_date(parser)


def add_date(parser: argparse.ArgumentParser) -> None:
    """Add `--at DATE` to a command that has a REV already."""
    parser.add_argument(
        "--at", metavar="DATE", help="as that branch (default: HEAD) was by a date (`gitblob help time-travel`)"
    )


def revision(args: argparse.Namespace, cwd: str | None = None) -> str | None:
    """The revision that `--rev` and `--at` mean; None where neither is given. Raises UsageError."""
    rev: str | None = args.rev
    return dates.commit_at(args.at, rev or "HEAD", cwd) if args.at is not None else rev
