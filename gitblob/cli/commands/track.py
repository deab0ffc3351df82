"""`gitblob track`: which files become blobs."""

from __future__ import annotations

import argparse
import shlex

from gitblob.cli import pathspecs
from gitblob.cli.console import Console
from gitblob.errors import UsageError
from gitblob.git import command, hooks
from gitblob.ops import conversion, place, track

SHOWN = 10  # files that are named
EPILOG = """\
Patterns are those of .gitattributes and are relative to the folder one stands in; quote them, so that the shell does
not expand them. Without a pattern the rules in force are listed.

  gitblob track '*.csv' 'models/**'      two rules
  gitblob track --exact 'odd [name].bin' a path, in which no character has a special meaning
  gitblob track --convert '*.csv'        also stage files anew that are committed with their content
  gitblob track --union 'log/*.csv'      a merge unites lines that both sides have appended
  gitblob track --append-only '*.jsonl'  the same, and no commit may change or remove the rows that are there
  gitblob track --fix [PATH…]            stage pointers for all files under the rules that are raw in Git
  gitblob track --above 50MiB            the size from which a commit tracks a file that no rule covers"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Patterns and what to do with them."""
    parser.epilog = EPILOG
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument("--exact", action="store_true", help="take each PATTERN as a path")
    parser.add_argument("--convert", action="store_true", help="stage matching files that are committed raw as blobs")
    parser.add_argument("--union", action="store_true", help="unite lines that both sides of a merge have appended")
    parser.add_argument("--append-only", action="store_true", help="the same, and refuse commits that rewrite old rows")
    parser.add_argument("--lfs", action="store_true", help="rules that git-lfs understands too (`gitblob help lfs`)")
    parser.add_argument("--fix", action="store_true", help="stage pointers for raw files under the rules (in PATHs)")
    parser.add_argument("--above", metavar="SIZE", help="set track.above in .gitblob.yaml, such as 50MiB")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write rules, or list them."""
    if args.fix:
        return _fix(args, console)
    repository = command.find()
    if args.above:
        _set_above(place.worktree(repository), args.above, console)
    elif not args.patterns:
        rows = [(f"{rule.file}:{rule.line}", rule.pattern) for rule in track.listed(repository)]
        console.table(("rule", "pattern"), rows)
        if not rows:
            console.talk("nothing is tracked here; `gitblob track '*.csv'` is how to start")
    if not args.patterns:
        return 0
    kinds = {"union": args.union, "append_only": args.append_only, "lfs": args.lfs}
    change = track.track(repository, args.patterns, exact=args.exact, **kinds)
    _report(change, console)
    if change.written and (problem := hooks.ensure(repository)):
        console.warn(problem)
    if change.raw:
        name_files(change.raw, "committed with their content, not as pointers", console)
        options = [*(["--exact"] if args.exact else []), *(["--lfs"] if args.lfs else [])]
        if args.convert or console.ask("Convert them now? They are staged, history stays as it is."):
            conversion.convert(repository, change.file, change.raw)
            console.result(f"converted {len(change.raw)} file(s); `git commit` records it")
        else:
            words = ["gitblob", "track", *options, "--convert", "--", *args.patterns]
            console.talk(f"to stage them as pointers: {shlex.join(words)}")
    if not conversion.configured(place.worktree(repository), args.lfs):
        command_line = "gitblob install --lfs" if args.lfs else "gitblob install"
        console.warn(f"git does not know the filter yet, so `git add` keeps the content in Git; run `{command_line}`")
    return 0


def _fix(args: argparse.Namespace, console: Console) -> int:
    from gitblob import workspace
    from gitblob.ops import fix

    if args.exact or args.convert or args.union or args.append_only or args.above or args.lfs:
        raise UsageError("--fix takes paths and no other option", "it acts on files under rules that are there already")
    here = workspace.open()
    fixed = fix.fix(here, pathspecs.given(args.patterns, here.repository))
    if fixed.staged:
        name_files(fixed.staged, "staged as pointers", console)
        console.result(f"staged {len(fixed.staged)} file(s) as pointers; `git commit` records it")
    else:
        console.result("nothing to fix: no file under a staged rule is raw in Git")
    if fixed.unruled:
        name_files(fixed.unruled, "left as they are, since their rule is not staged", console)
        console.talk("  hint: `git add` the .gitattributes, then run this again")
    return 0


def name_files(paths: list[str], what: str, console: Console) -> None:
    """Say on stderr which files are meant."""
    console.talk(f"{len(paths)} file(s) {what}:")
    for path in paths[:SHOWN]:
        console.talk(f"  {console.quoted(path)}")
    if len(paths) > SHOWN:
        console.talk(f"  and {len(paths) - SHOWN} more")


def _report(change: track.Changed, console: Console) -> None:
    for pattern in change.written:
        console.result(f"tracking {console.quoted(pattern)} ({console.quoted(change.file)})")
    for pattern in change.kept:
        console.result(f"{console.quoted(pattern)} is tracked already ({console.quoted(change.file)})")
    if change.unset:
        console.talk(f"took back {', '.join(change.unset)} for these files: it would change the bytes of pointers")
    if change.overridden:
        name_files(change.overridden, "match, but a stronger rule keeps them from being tracked", console)


def _set_above(top: str, size: str, console: Console) -> None:
    from gitblob import settings
    from gitblob.settings import edit

    settings.size(size)  # a word that is no size is an error of its own, not one of the file's
    edit.track_above(top, size)
    console.result(f"files above {size} that no rule covers become blobs when they are committed (.gitblob.yaml)")
