"""`gitblob fsck`: is everything that pointers promise there, and right?"""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.errors import UsageError
from gitblob.ops import wrong_files
from gitblob.ops.fsck import check
from gitblob.ops.fsck.finding import Finding

EPILOG = """\
Exit code 0: nothing found, or all of it mended. 1: findings are left.

  gitblob fsck                               index and cache
  gitblob fsck --pointers origin/main..HEAD  what these commits bring: raw files where the commit's own rules want
                                             pointers, malformed pointers; for servers, works in a bare repository
  gitblob fsck --pointers --all              the same for the whole history"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at."""
    parser.add_argument("revisions", nargs="*", metavar="REV", help="with --pointers: what these commits bring")
    parser.add_argument("--pointers", action="store_true", help="only the pointers in the index; reads no blob")
    parser.add_argument("--all", action="store_true", help="with --pointers: the commits of all refs")
    parser.add_argument(
        "--store",
        metavar="NAME",
        help="this store (`gitblob store list`) too: presence and bytes of all that refs point to",
    )
    parser.add_argument("--repair", action="store_true", help="mend what can be mended")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    parser.epilog = EPILOG


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the findings."""
    findings = _of_commits(args) if args.revisions or args.all else _of_here(args, console)
    if args.json:
        console.json([found._asdict() for found in findings])
    else:
        for found in findings:
            _show(found, console)
        for remedy in dict.fromkeys(found.remedy for found in findings if found.remedy):
            console.talk(f"  hint: {remedy}")
        if not findings:
            console.talk("nothing found")
        elif not args.repair and not all(found.commit for found in findings):
            console.talk("`gitblob fsck --repair` mends what it can")
    return 0 if all(found.repaired for found in findings) else 1


def _of_here(args: argparse.Namespace, console: Console) -> list[Finding]:
    return check.run(workspace.open(ask=console.ask), args.store, args.pointers, args.repair, console.progress())


def _of_commits(args: argparse.Namespace) -> list[Finding]:
    if not args.pointers or args.repair or args.store:
        raise UsageError(
            "commits are examined with --pointers, without --store and --repair",
            f"type `gitblob fsck --pointers {' '.join(args.revisions) or '--all'}`",
        )
    return check.commits_of(workspace.open(), [*args.revisions, *(["--all"] if args.all else [])])


def _show(found: Finding, console: Console) -> None:
    state = "mended" if found.repaired else found.kind
    commit = f"{found.commit[: wrong_files.SHORT]}: " if found.commit else ""
    console.result(f"{state}: {commit}{console.quoted(found.where)}: {found.text}")
