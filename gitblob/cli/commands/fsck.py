"""`gitblob fsck`: is everything that pointers promise there, and right?"""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.ops.fsck import check
from gitblob.ops.fsck.finding import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at."""
    parser.add_argument("--pointers", action="store_true", help="only the pointers in the index; reads no blob")
    parser.add_argument(
        "--store",
        metavar="NAME",
        help="this store (`gitblob store list`) too: presence and bytes of all that refs point to",
    )
    parser.add_argument("--repair", action="store_true", help="mend what can be mended")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    parser.epilog = "Exit code 0: nothing found, or all of it mended. 1: findings are left."


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the findings."""
    findings = check.run(workspace.open(), args.store, args.pointers, args.repair, console.progress())
    if args.json:
        console.json([found._asdict() for found in findings])
    else:
        for found in findings:
            _show(found, console)
        if not findings:
            console.talk("nothing found")
        elif not args.repair:
            console.talk("`gitblob fsck --repair` mends what it can")
    return 0 if all(found.repaired for found in findings) else 1


def _show(found: Finding, console: Console) -> None:
    state = "mended" if found.repaired else found.kind
    console.result(f"{state}: {console.quoted(found.where)}: {found.text}")
