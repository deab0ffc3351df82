"""`gitblob version find`: which commits have a version?"""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.git import partial
from gitblob.ml import finding

SHOWN = 20  # commits that are listed
SHORT = 12  # digits of a commit in the table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which version."""
    parser.epilog = f"ID: what a training log shows, {finding.FORMS}"
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--all", action="store_true", help=f"list every commit, not the newest {SHOWN}")
    parser.add_argument("--json", action="store_true", help="one JSON document, with every commit")


def run(args: argparse.Namespace, console: Console) -> int:
    """List the commits of all branches and tags that have it; 1 for none."""
    wanted = finding.parse(args.id)
    here = workspaces.open(ask=console.ask)
    found = finding.find(here, wanted)
    matches = found.matches
    if args.json:
        documents = [{**m.commit._asdict(), "commit": m.commit.name, "version": m.shown} for m in matches]
        for document in documents:
            del document["name"], document["tree"]
        console.json({"commits": documents, "unknown": list(found.unknown), "broken": found.broken})
    else:
        shown = matches if args.all else matches[:SHOWN]
        rows = [(m.commit.name[:SHORT], m.commit.date, m.shown, m.commit.author, m.commit.subject) for m in shown]
        console.table(("commit", "date", "version", "author", "subject"), rows)
        if len(matches) > len(shown):
            console.talk(f"and {len(matches) - len(shown)} more, back to {matches[-1].commit.date} (--all lists them)")
    _say_what_was_not_seen(found, here.top, console)
    if not matches:
        console.talk(f"no commit here has {args.id}")
    return 0 if matches else 1


def _say_what_was_not_seen(found: finding.Answer, top: str, console: Console) -> None:
    if partial.is_cut(top):
        console.warn("this clone is shallow: older commits cannot be seen (`git fetch --unshallow` brings them)")
    if found.broken:
        console.warn(f"passed over {found.broken} commit(s) whose .gitblob.yaml is not valid")
    for message in found.unknown[:3]:
        console.warn(f"not computed: {message}")
    if len(found.unknown) > 3:
        console.warn(f"and {len(found.unknown) - 3} more could not be computed")
