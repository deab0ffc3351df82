"""`gitblob experiment list`: the runs of all branches as a table."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gitblob import workspace as workspaces
from gitblob.cli import cells, sheet
from gitblob.cli.console import Console
from gitblob.cli.experiment import document
from gitblob.cli.parser import Parser
from gitblob.errors import UsageError
from gitblob.ml.experiments import cells as values
from gitblob.ml.experiments import condition, listing, selection
from gitblob.ml.experiments import history as walks
from gitblob.ml.experiments.document import FINISHED
from gitblob.ml.experiments.listing import Listed
from gitblob.ml.readers import Value

SHORT = 12  # digits of a commit
MOST = 8  # params and metrics in a table that nobody has asked for
NAMED = 5  # broken records that are named
CURRENT = "current"
EPILOG = """\
  gitblob experiment list --sort -acc -n 10
  gitblob experiment list --filter 'metrics.acc>0.9' --filter params.train.lr=0.01 --columns acc,train.lr
  gitblob experiment list --data processed@0123456789ab --component image@v2.1

Without --columns: the params and metrics that are not the same in all runs shown."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which runs, which columns, how to show them."""
    parser.epilog = EPILOG
    parser.add_argument("revisions", nargs="*", metavar="REV", help="only runs up to these (default: all branches)")
    parser.add_argument("--columns", metavar="KEY,KEY", help="these values, such as acc,params.train.lr,seed.NAME")
    parser.add_argument("--sort", metavar="[-]KEY", help="by a value; with - the largest first (default: newest first)")
    parser.add_argument(
        "--filter", action="append", default=[], metavar="CONDITION", help="KEY OP VALUE; OP: = != < <= > >= ~"
    )
    parser.add_argument("--data", metavar="NAME@ID", help="made from this data version, as a log shows it")
    parser.add_argument("--component", metavar="NAME@VERSION", help="made with this component, as a log shows it")
    parser.add_argument("-n", "--number", type=int, metavar="N", help="the first N only")
    sheet.add_arguments(parser)
    if isinstance(parser, Parser):
        parser.dashed = frozenset({"--sort"})


def run(args: argparse.Namespace, console: Console) -> int:
    """Show them. Ten thousand runs are no garbage: to look for some among them takes a fifth of the time."""
    gc.disable()
    try:
        return _run(args, console)
    finally:
        gc.enable()


def _run(args: argparse.Namespace, console: Console) -> int:
    work = workspaces.open(ask=console.ask)
    conditions = [condition.parse(text) for text in args.filter]
    walk = walks.runs(work, args.revisions)
    if walk.cut:
        console.warn("this clone is shallow: runs before its first commits are not seen; `git fetch --unshallow`")
    every = listing.listed(work, walk)
    found = selection.rows(every, conditions, args.data, args.component)
    if args.sort and every:
        found = selection.ordered(found, args.sort, every)
    if args.number is not None and args.number < 0:
        raise UsageError(f"-n {args.number}: a number of runs belongs there")
    found = found[: args.number]
    if args.form == "json":
        whole = listing.documents(work, [one.run for one in found])
        console.json_lines(document.listed(one, whole[one.run.blob]) for one in found)
        return 0
    _warn(found, console)
    words = args.columns.split(",") if args.columns and every else []
    _table(found, [values.name_of(word.strip(), [one.cells for one in every]) for word in words], args.form, console)
    if not found and not args.form:
        console.talk("no run of these" if walk.runs else "no run yet; `gitblob help experiment` shows how to make one")
    return 0


def _warn(found: Sequence[Listed], console: Console) -> None:
    broken = [one for one in found if one.problem]
    for one in broken[:NAMED]:
        console.warn(f"{one.run.commit[:SHORT]}: {one.problem}")
    if len(broken) > NAMED:
        console.warn(f"{len(broken) - NAMED} more runs have no valid record")


def _table(found: Sequence[Listed], chosen: list[str], form: str | None, console: Console) -> None:
    rows = [row.cells for row in found]
    if not chosen:
        chosen = values.varying([one.cells for one in found if not one.problem])
        if form is None and len(chosen) > MOST:
            console.talk(f"{len(chosen) - MOST} more params and metrics differ; --columns KEY,KEY shows others")
            chosen = chosen[:MOST]
    general = _general(found, values.names(rows))
    chosen = [name for name in chosen if name not in general]
    lines = [
        [*general_cells, *(_cell(one.cells.get(name), form) for name in chosen)]
        for one, general_cells in zip(found, _general_cells(found, general, form), strict=True)
    ]
    titles = [*general, *(name if form == "csv" else _short(name, chosen) for name in chosen)]
    sheet.write(form, titles, lines, console)


def _general(found: Sequence[Listed], known: Iterable[str]) -> dict[str, list[str]]:
    """The columns that do not depend on what is declared, without those that would be empty, and their values."""
    parts = {part: [name for name in known if name.startswith(f"{part}.")] for part in ("data", "model")}
    columns: dict[str, list[str]] = {name: [name] for name in (CURRENT, "commit", "date", "run", "author")}
    columns["refs"] = ["refs"] if any(one.refs for one in found) else []
    columns["status"] = ["status"] if any(one.cells["status"] != FINISHED for one in found) else []
    return {name: names for name, names in {**columns, **parts}.items() if names}


def _general_cells(
    found: Sequence[Listed], general: Mapping[str, Sequence[str]], form: str | None
) -> Iterator[list[str]]:
    for one in found:
        row = {
            name: " ".join(str(one.cells[key]) for key in keys if key in one.cells) for name, keys in general.items()
        }
        row[CURRENT] = "*" if one.current else ""
        if form != "csv":
            row["commit"], row["date"] = row["commit"][:SHORT], row["date"][:16].replace("T", " ")
        yield [*row.values()]


def _cell(value: Value, form: str | None) -> str:
    if value is None:
        return "" if form == "csv" else cells.NONE
    return cells.whole(value) if form == "csv" else cells.shown(value)


def _short(name: str, others: Sequence[str]) -> str:
    """Without `metrics.` or `params.` where that is clear."""
    part, _, key = name.partition(".")
    if part not in values.PARTS or any(one != name and one.partition(".")[2] == key for one in others):
        return name
    return key
