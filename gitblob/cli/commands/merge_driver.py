"""`gitblob merge-driver`: what git calls to merge two versions of a tracked file."""

from __future__ import annotations

import argparse

from gitblob.cli.console import Console
from gitblob.ops import merge


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files, as git names them (%O %A %B %P): perhaps with a leading dash."""
    parser.prefix_chars = "\0"
    parser.add_argument("base", metavar="BASE")
    parser.add_argument("ours", metavar="OURS", help="takes the result")
    parser.add_argument("theirs", metavar="THEIRS")
    parser.add_argument("path", metavar="PATH", help="what the file is called in the work tree")


def run(args: argparse.Namespace, console: Console) -> int:
    """Take the side that has changed; 1, which git records as a conflict, when both have."""
    if merge.merge(args.base, args.ours, args.theirs):
        return 0
    path = console.quoted(args.path)
    console.warn(f"{path}: both sides have changed it; ours stays in the work tree")
    console.talk(f"  hint: take one with `git checkout --ours -- {path}` or `--theirs`, then `git add -- {path}`")
    return 1
