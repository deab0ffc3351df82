"""`gitblob fsck`: is everything that pointers promise there, and right?"""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.errors import UsageError
from gitblob.ops import wrong_files
from gitblob.ops.fsck import check
from gitblob.ops.fsck.finding import Finding, Way

EPILOG = """\
Exit code 0: nothing found, or all of it mended. 1: findings are left.

  gitblob fsck                               index and cache
  gitblob fsck --store NAME                  and a store: presence and bytes of all that refs point to
  gitblob fsck --store NAME origin/main..HEAD
                                             is all that these commits bring, and all files of the last one, on the
                                             store? Read from pointers alone: for CI, see `gitblob help ci`
  gitblob fsck origin/main..HEAD             the same for each store that a push has to fill
  gitblob fsck --pointers origin/main..HEAD  what these commits bring: raw files where the commit's own rules want
                                             pointers, malformed pointers; for servers, works in a bare repository
  gitblob fsck --pointers --all              the same for the whole history
  gitblob fsck --append-only origin/main..HEAD
                                             commits that rewrite files declared to only grow; fetches what they need"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at."""
    parser.add_argument("revisions", nargs="*", metavar="REV", help="commits, as git rev-list takes them: A..B, ^A")
    parser.add_argument("--pointers", action="store_true", help="only the pointers; reads no blob, asks no store")
    parser.add_argument("--append-only", action="store_true", help="only the rows of files that only grow")
    parser.add_argument("--all", action="store_true", help="the commits of all refs")
    parser.add_argument("--store", metavar="NAME", help="this store (`gitblob store list`, or a remote's) too")
    parser.add_argument("--download", action="store_true", help="read the blobs whose digest the store cannot tell")
    parser.add_argument("--repair", action="store_true", help="mend what can be mended")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    parser.epilog = EPILOG


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the findings."""
    findings = _of_commits(args, console) if args.revisions or args.all else _of_here(args, console)
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
    if args.append_only:
        raise UsageError("--append-only looks at commits", "type `gitblob fsck --append-only origin/main..HEAD`")
    if args.download and (args.pointers or not args.store):
        raise UsageError("--download reads the blobs of a store", "type `gitblob fsck --store NAME --download`")
    way = Way(console.talk, args.repair, args.download, console.progress())
    return check.run(workspace.open(ask=console.ask), way, args.store, args.pointers)


def _of_commits(args: argparse.Namespace, console: Console) -> list[Finding]:
    if args.repair or args.download:
        raise UsageError("commits are examined without --repair and --download, which are for a whole store")
    if args.append_only and (args.pointers or args.store):
        raise UsageError("--append-only is a look of its own", "run it apart from --pointers and --store")
    revisions = [*args.revisions, *(["--all"] if args.all else [])]
    here = workspace.open(ask=console.ask)
    if args.append_only:
        return check.rows_of(here, revisions)
    found = check.commits_of(here, revisions) if args.pointers else []
    if args.store or not args.pointers:
        found += check.content_of(here, revisions, console.talk, args.store)
    return found


def _show(found: Finding, console: Console) -> None:
    state = "mended" if found.repaired else found.kind
    commit = f"{found.commit[: wrong_files.SHORT]}: " if found.commit else ""
    console.result(f"{state}: {commit}{console.quoted(found.where)}: {found.text}")
