"""`gitblob experiment diff`: two runs side by side."""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli import cells, sheet
from gitblob.cli.console import Console
from gitblob.cli.experiment import document
from gitblob.ml.experiments import diff, find
from gitblob.ml.experiments.diff import Difference

OID = 12 + len("sha256:")  # characters of a file's oid in a table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which runs, how to show them."""
    parser.add_argument("old", metavar="A", help="a revision or a run")
    parser.add_argument("new", metavar="B", nargs="?", default="HEAD", help="default: HEAD")
    parser.add_argument("--all", action="store_true", help="also what is the same")
    sheet.add_arguments(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Show what differs."""
    work = workspaces.open(ask=console.ask)
    old, new = find.find(work, args.old), find.find(work, args.new)
    found = [one for one in diff.diff(work, old, new) if args.all or one.status != "same"]
    if args.form == "json":
        sides = {"from": document.of_run(old.run, None), "to": document.of_run(new.run, None)}
        for side, run in (("from", old), ("to", new)):
            sides[side] = {"commit": run.run.commit, "run": run.experiment.run}
        console.json({**sides, "changes": [_change(one) for one in found]})
        return 0
    rows = [_row(one, args.form) for one in found]
    sheet.write(args.form, ["part", "name", old.experiment.run, new.experiment.run, "delta"], rows, console)
    if not rows and args.form is None:
        console.talk(f"no difference between {args.old} and {args.new}")
    return 0


def _row(one: Difference, form: str | None) -> list[str]:
    old = _cell(one, "old", "added", form)
    new = _cell(one, "new", "removed", form)
    return [one.part, one.name, old, new, cells.signed(one.delta)]


def _cell(one: Difference, side: str, lacking: str, form: str | None) -> str:
    if one.status == lacking:
        return "" if form == "csv" else cells.NONE
    value = one.old if side == "old" else one.new
    if form == "csv":
        return cells.whole(value)
    return str(value)[:OID] if one.part == "code" else cells.shown(value)


def _change(one: Difference) -> dict[str, object]:
    found: dict[str, object] = {"part": one.part, "name": one.name, "status": one.status}
    if one.status != "added":
        found["old"] = cells.jsonable(one.old)
    if one.status != "removed":
        found["new"] = cells.jsonable(one.new)
    return found if one.delta is None else {**found, "delta": one.delta}
