"""`gitblob restore`: old versions in the work tree."""

from __future__ import annotations

import argparse
import os

from gitblob import workspace
from gitblob.cli import dated, pathspecs, placed
from gitblob.cli.console import Console
from gitblob.errors import UsageError
from gitblob.ops import restore

SHORT = 12  # digits of a commit
EPILOG = """\
As `git restore --source`: the index stays as it is, and in a folder that is named the tracked files which were not
there then go. A file whose content Git has never seen is not overwritten.

  gitblob restore --at 2026-01-31 data/         a folder as HEAD's branch had it at the end of that day
  gitblob restore --rev v1.0 --staged data.csv  a file as in a tag, also in the index: `git commit` records it
  git restore data/                             back to what is staged"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which version of which paths."""
    parser.epilog = EPILOG
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files, folders, git pathspecs")
    dated.add_arguments(parser, "the commit to take them from", "HEAD, with --at")
    parser.add_argument("--staged", action="store_true", help="the index too")
    parser.add_argument("--force", action="store_true", help="also overwrite content that Git has never seen")
    parser.add_argument("--json", action="store_true", help="the result as JSON")


def run(args: argparse.Namespace, console: Console) -> int:
    """Bring the files back; what has no content stays a pointer and is an error."""
    rev = dated.revision(args)
    if rev is None:
        raise UsageError("which version? name one with --rev REV or --at DATE", "`gitblob log PATH` lists them")
    here = workspace.open(ask=console.ask)
    specs = pathspecs.given(args.paths, here.repository, rev)
    done = restore.restore(here, rev, specs, staged=args.staged, force=args.force, progress=console.progress())
    paths = {"restored": done.files, "removed": done.removed, "left": [stub.path for stub in done.outcome.left]}
    if args.json:
        found = {word: [os.fsdecode(path) for path in some] for word, some in paths.items()}
        console.json({"commit": done.commit, **found})
    else:
        removed = f", {len(done.removed)} removed that it does not have" if done.removed else ""
        console.result(f"{len(done.files)} file(s) as in {done.commit[:SHORT]}{removed}")
    placed.refuse(done.outcome, console)
    return 0
