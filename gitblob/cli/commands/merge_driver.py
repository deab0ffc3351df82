"""`gitblob merge-driver`: what git calls to merge two versions of a tracked file."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil

from gitblob.cli.console import Console
from gitblob.errors import GitblobError
from gitblob.model.size import human
from gitblob.ops import merge
from gitblob.ops.merge import Side

SHORT = len("sha256:") + 12  # of an oid
EXPERIMENT = "experiment"
MERGED = "GITHEAD_"  # what variables begin with in which `git merge` names its heads; nothing else sets them
MARKER = 7  # the length of a conflict marker; longer while git merges the bases of a merge (gitattributes(5))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files, as git names them (%O %A %B %P): perhaps with a leading dash."""
    parser.prefix_chars = "\0"
    parser.add_argument("base", metavar="BASE")
    parser.add_argument("ours", metavar="OURS", help="takes the result")
    parser.add_argument("theirs", metavar="THEIRS")
    parser.add_argument("path", metavar="PATH", help="what the file is called in the work tree")
    parser.add_argument(
        "marker",
        metavar="union MARKER-SIZE | experiment",
        nargs="*",
        help="unite what both sides have appended; keep one of two records of runs",
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Take the side that has changed, or unite both; 1, which git records as a conflict, where that cannot be."""
    if args.marker == [EXPERIMENT]:
        return _experiment(args, console)
    base, ours, theirs = (merge.side(file) for file in (args.base, args.ours, args.theirs))
    if merge.merge(base, ours, theirs):
        return 0
    reason = "both sides have changed it"
    if args.marker:
        try:
            return _unite(base, ours, theirs, args.path, console)
        except (GitblobError, OSError) as error:
            reason = f"{reason}, and it cannot be united: {error}"
        if int(args.marker[-1]) > MARKER:  # in a merge of bases neither side may be taken for the base
            shutil.copyfile(base.file, ours.file)
            return 1
    path = console.quoted(args.path)
    console.warn(f"{path}: {reason}; ours stays in the work tree")
    console.talk(f"  ours    {_shown(ours)}")
    console.talk(f"  theirs  {_shown(theirs)}")
    name = shlex.quote(args.path) if args.path.isprintable() else path
    console.talk(f"  hint: take one with `git checkout --ours -- {name}` or `--theirs`, then `git add -- {name}`")
    return 1


def _experiment(args: argparse.Namespace, console: Console) -> int:
    from gitblob.ml.experiments import merging

    if merging.choose(args.ours, args.theirs, is_merge=any(name.startswith(MERGED) for name in os.environ)):
        path = console.quoted(args.path)
        console.talk(f"{path}: each side has recorded a run; ours stays. The merge is no run until it is recorded.")
    return 0


def _unite(base: Side, ours: Side, theirs: Side, path: str, console: Console) -> int:
    from gitblob import workspace

    merge.unite(workspace.open(), base, ours, theirs, path, progress=console.progress())
    return 0


def _shown(side: Side) -> str:
    return f"{side.oid.text[:SHORT]}  {human(side.size)}"
