"""`gitblob version check`: is what a commit says of its versions true?"""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.git import partial
from gitblob.ml import checking, lock, tree, worktree
from gitblob.ml.checking import Finding
from gitblob.ml.tree import Tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which commit."""
    parser.epilog = "Each finding is a line FILE:LINE: MESSAGE on stdout; `gitblob help components` lists them."
    parser.add_argument("rev", nargs="?", metavar="REV", help="default: the work tree, HEAD in a bare repository")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace, console: Console) -> int:
    """Say what is wrong; 1 for findings."""
    here = workspaces.open(ask=console.ask)
    top = here.repository.worktree
    there: Tree = worktree.WorkTree(here) if args.rev is None and top else tree.at(here, args.rev or "HEAD")
    found = checking.check(here, there)
    if args.json:
        findings = [{**one._asdict(), "line": one.line or None} for one in found]
        console.json({"rev": args.rev, "commit": there.commit, "findings": findings})
    else:
        for one in found:
            _show(one, console)
    if partial.is_cut(here.top):
        console.warn(f"this clone is shallow: lines that older commits had in {lock.FILE} cannot be seen from here")
    if top and there.commit is None and lock.read(there)[0] and not lock.is_merged(top):
        console.warn(f"{lock.FILE} is not merged by union; `{lock.RULE}` in .gitattributes does that")
    return 1 if found else 0


def _show(one: Finding, console: Console) -> None:
    console.result(f"{one.file}:{one.line or 1}: {one.message}")
    if one.hint:
        console.talk(f"  hint: {one.hint}")
