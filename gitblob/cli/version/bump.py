"""`gitblob version bump`: give a component its next version."""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.ml import bumping, declarations, needs, worktree
from gitblob.ml.bumping import Bumped
from gitblob.workspace import Workspace

SHOWN = 5  # files that are named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which component, and by how much."""
    parser.epilog = (
        "The number goes into .gitblob.yaml, its fingerprint into .gitblob.lock; both are staged. After the commit\n"
        "`gitblob version tag NAME` tags it."
    )
    parser.add_argument("name", metavar="NAME", help="a component, as `models:` declares it")
    how = parser.add_mutually_exclusive_group(required=True)
    for part, example in zip(bumping.PARTS, ("v3.0", "v2.2", "v2.1.1"), strict=True):
        how.add_argument(f"--{part}", dest="part", action="store_const", const=part, help=f"v2.1 becomes {example}")
    how.add_argument("--to", metavar="VERSION", help="this version (PEP 440)")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write and stage it."""
    here = workspaces.open(ask=console.ask)
    done = bumping.bump(here, args.name, args.part, args.to)
    if args.json:
        console.json(document(done))
        return 0
    if not done.files:
        console.result(f"{done.name} is at {done.new} already")
        return 0
    console.result(f"{done.name}: {done.old or 'no version'} -> {done.new}, staged {', '.join(done.files)}")
    if done.same_as:
        console.warn(f"{done.name} {done.same_as} has the very same content")
    for problem in _broken(here, done.name):
        console.warn(problem)
    name_unstaged(done, console)
    return 0


def document(done: Bumped) -> dict[str, object]:
    """For JSON."""
    return done._asdict()


def name_unstaged(done: Bumped, console: Console) -> None:
    """Say which files the next commit would not take as they are."""
    if done.unstaged:
        shown = ", ".join(console.quoted(path) for path in done.unstaged[:SHOWN])
        more = f" and {len(done.unstaged) - SHOWN} more" if len(done.unstaged) > SHOWN else ""
        console.warn(f"{done.name} {done.new} means files that are not staged: {shown}{more}")
        console.talk("  hint: `git add` them, so that the commit has what the version says")


def _broken(here: Workspace, name: str) -> list[str]:
    """Needs of others that do not hold any more."""
    models = declarations.load(worktree.WorkTree(here)).models
    return [why for need in needs.of(models) if need.needs == name and (why := needs.unmet(need, models, {}))]
