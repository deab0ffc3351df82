"""`gitblob version tag`: tag a commit with the versions of its components."""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.ml import bumping


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which components, which commit."""
    parser.epilog = "Tags are annotated, so that `git push --follow-tags` sends them: image/v2.2"
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: every component that has a version")
    parser.add_argument("--rev", default="HEAD", metavar="REV", help="default: HEAD")


def run(args: argparse.Namespace, console: Console) -> int:
    """Make the tags."""
    for one in bumping.tag(workspaces.open(ask=console.ask), args.names, args.rev):
        console.result(f"{one.tag} on {one.commit[:12]}{'' if one.new else ' already'}")
    return 0
