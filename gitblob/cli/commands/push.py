"""`gitblob push`: what the pre-push hook does, by hand."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.git import remotes
from gitblob.model.size import human
from gitblob.ops import sync


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The remote, and how much."""
    parser.add_argument("remote", nargs="?", help="the git remote whose store is meant (default: as git push takes it)")
    parser.add_argument("--all", action="store_true", help="the blobs of all refs, not only of HEAD's history")
    parser.add_argument(
        "--json", action="store_true", help="the result as JSON, and events on stderr (`gitblob help transfers`)"
    )
    parser.epilog = "Nothing is taken for granted: the store is asked about every blob."


def run(args: argparse.Namespace, console: Console) -> int:
    """Upload what the stores lack."""
    opened = workspace.open(ask=console.ask)
    remote = args.remote or remotes.default()
    results = sync.push(opened, remote, args.all, console.progress(events=args.json))
    if args.json:
        console.json({"stores": [done._asdict() for done in results]})
        return 0
    for done in results:
        if done.problem:
            console.warn(sync.left_behind(done))
            continue
        sent = f"sent {done.sent} ({human(done.sent_bytes)})" if done.sent else "it had them all"
        console.result(f"store {done.store} ({done.url}): {done.blobs} blob(s), {sent}")
    if not results:
        console.talk("nothing to push: no commit here points to a blob")
    return 0
