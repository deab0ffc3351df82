"""`gitblob cache-key`: one word for the content that a commit points to."""

from __future__ import annotations

import argparse

from gitblob.cli import dated, pathspecs
from gitblob.cli.console import Console
from gitblob.git import command
from gitblob.ops import cache_key

EPILOG = """\
Read from the commit alone: no content, no store and no settings are needed. Two commits have the same key exactly when
they point to the same content. `gitblob help ci` shows how a CI system keeps `.git/gitblob` under it.

  gitblob cache-key                  HEAD
  gitblob cache-key HEAD data/train  only what these files and folders (git pathspecs) need"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[REV [PATH…]]`."""
    parser.add_argument("rev", nargs="?", default="HEAD", metavar="REV", help="a commit (default: HEAD)")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="git pathspecs (default: everything)")
    dated.add_date(parser)
    parser.epilog = EPILOG


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the key."""
    repository = command.find()
    top = repository.worktree or repository.git_dir
    rev = dated.revision(args) or "HEAD"
    specs = pathspecs.given(args.paths, repository, rev) if args.paths else ()
    console.result(cache_key.cache_key(rev, specs, top))
    return 0
