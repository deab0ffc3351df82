"""`gitblob prune`: free the cache."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.model.size import human
from gitblob.ops import prune


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How careful."""
    parser.add_argument("-n", "--dry-run", action="store_true", help="only say what would go")
    parser.add_argument("--force", action="store_true", help="also where the cache is shared (gitblob.cacheDir)")
    parser.epilog = "Kept: what HEAD, the index or a stash of any work tree needs, and every blob that is on no store."


def run(args: argparse.Namespace, console: Console) -> int:
    """Free, and say what was kept and why."""
    done = prune.prune(workspace.open(ask=console.ask), args.dry_run, args.force)
    verb = "would free" if args.dry_run else "freed"
    console.result(f"{verb} {len(done.freed)} blob(s), {human(sum(blob.size for blob in done.freed))}")
    if done.only_here:
        size = human(sum(blob.size for blob in done.only_here))
        console.result(f"kept {len(done.only_here)} blob(s), {size}, that no store has")
    if done.leftovers:
        console.result(f"removed {done.leftovers} half-written file(s)")
    return 0
