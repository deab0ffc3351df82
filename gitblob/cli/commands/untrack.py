"""`gitblob untrack`: take a pattern back."""

from __future__ import annotations

import argparse
import shlex

from gitblob.cli.commands.track import name_files
from gitblob.cli.console import Console
from gitblob.git import command
from gitblob.ops import conversion, track


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Patterns and what to do with them."""
    parser.epilog = "Patterns are those that `gitblob track` lists, from the folder whose .gitattributes holds them."
    parser.add_argument("patterns", nargs="+", metavar="PATTERN")
    parser.add_argument("--exact", action="store_true", help="take each PATTERN as a path")
    parser.add_argument("--convert", action="store_true", help="stage the files with their content, no longer as blobs")


def run(args: argparse.Namespace, console: Console) -> int:
    """Remove rules."""
    repository = command.find()
    change = track.untrack(repository, args.patterns, exact=args.exact)
    for pattern in change.written:
        console.result(f"no longer tracking {console.quoted(pattern)} ({console.quoted(change.file)})")
    for pattern in change.kept:
        console.warn(
            f"no rule for {console.quoted(pattern)} in {console.quoted(change.file)}; `gitblob track` lists them"
        )
    if not change.raw:
        return 0 if change.written else 1
    name_files(change.raw, "still pointers in Git", console)
    if args.convert or console.ask("Stage them with their content? History stays as it is."):
        conversion.convert(repository, change.file, change.raw)
        console.result(f"staged the content of {len(change.raw)} file(s); `git commit` records it")
    else:
        words = ["gitblob", "untrack", *(["--exact"] if args.exact else []), "--convert", "--", *args.patterns]
        console.talk(f"to stage their content: {shlex.join(words)}")
    return 0
