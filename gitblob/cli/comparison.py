"""What `gitblob params` and `gitblob metrics` share: the values of revisions side by side, and what differs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from gitblob import workspace as workspaces
from gitblob.cli import cells, sheet
from gitblob.cli.console import Console
from gitblob.errors import MlError, UsageError
from gitblob.git import dates
from gitblob.ml import delta, reference, values
from gitblob.ml.delta import Change
from gitblob.ml.readers import Value
from gitblob.ml.reference import Reference
from gitblob.ml.tree import SHORT
from gitblob.ml.values import Section, Side, Sides
from gitblob.ops import place
from gitblob.settings import FILE
from gitblob.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser, section: Section) -> None:
    """The actions; show is also what is done without a word."""
    parser.epilog = f"Without an action: show. The files are those of `{section}:` in {FILE}; `gitblob help params`."
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    parser.set_defaults(action="show", revs=[], only=[], form=None, at=None)
    shown = actions.add_parser("show", help=f"the {section} of the work tree, or of revisions side by side")
    shown.add_argument("revs", nargs="*", metavar="REV", help="default: the work tree")
    compared = actions.add_parser("diff", help="what differs between A (default: HEAD) and B (default: the work tree)")
    compared.add_argument("revs", nargs="*", metavar="REV", help="A and B")
    compared.add_argument("--all", action="store_true", help="also what is the same")
    compared.add_argument("--exit-code", action="store_true", help="exit with 1 if anything differs")
    shown.add_argument("--at", metavar="DATE", help="as these branches (default: HEAD) were by a date")
    compared.add_argument("--at", metavar="DATE", help="A as that branch (default: HEAD) was by a date")
    for one in (shown, compared):
        one.add_argument(
            "--file",
            action="append",
            default=[],
            dest="only",
            metavar="FILE[:KEY]",
            help=f"only this one, in {FILE} or not (again for more)",
        )
        sheet.add_arguments(one)


def run(args: argparse.Namespace, section: Section, console: Console) -> int:
    """Show or compare; 1 for a difference where --exit-code asks for that."""
    here = workspaces.open(ask=console.ask)
    only = [_reference(here, text) for text in args.only]
    names = args.revs or [None] if args.action == "show" else _two(args.revs, section)
    if args.at is not None:
        dated = names if args.action == "show" else names[:1]
        names = [*(dates.commit_at(args.at, name or "HEAD") for name in dated), *names[len(dated) :]]
    found = values.sides(here, section, names, only)
    for message in found.absent:
        console.warn(message)
    for error in (error for errors in found.broken.values() for error in errors):
        console.error(error.message, error.hint)
    if not only and not found.absent and not found.broken and not any(side.files for side in found.sides):
        console.talk(f"no {section} are declared; `{section}: [FILE]` in {FILE} does that, or name one with --file")
    code = _diff(found, args, section, console) if args.action == "diff" else _show(found.sides, args.form, console)
    return MlError.exit_code if found.broken else code


def _two(revs: Sequence[str], section: Section) -> list[str | None]:
    """A and B; `A..B` is the same, as it is for `git diff`."""
    if len(revs) == 1 and ".." in revs[0] and "..." not in revs[0]:
        return [rev or "HEAD" for rev in revs[0].split("..", 1)]
    if len(revs) > 2:
        raise UsageError(f"{len(revs)} revisions; two can be compared", f"`gitblob {section} show` takes more")
    return [*revs, *["HEAD", None][len(revs) :]]


def _show(sides: Sequence[Side], form: str | None, console: Console) -> int:
    if form == "json":
        console.json([_document(side) for side in sides])
        return 0
    rows = []
    for path in dict.fromkeys(path for side in sides for path in side.files):
        for key in dict.fromkeys(key for side in sides for key in side.files.get(path, {})):
            files = (side.files.get(path, {}) for side in sides)
            rows.append([path, key, *(_cell(one[key], key, form) if key in one else _nothing(form) for one in files)])
    sheet.write(form, ["file", "key", *(_title(side, form) for side in sides)], rows, console)
    return 0


def _diff(found: Sides, args: argparse.Namespace, section: Section, console: Console) -> int:
    """What is broken on one side is not compared: it is not known what differs."""
    old, new = found.sides
    every = [change for change in delta.changes(old.files, new.files) if change.path not in found.broken]
    differing = [change for change in every if change.status != "same"]
    shown = every if args.all else differing
    what = f"other {section}" if found.broken else section
    if args.form == "json":
        sides = {"from": _named(old), "to": _named(new)}
        console.json({**sides, "changes": [_change(change) for change in shown]})
    elif args.form == "md" and not shown:
        console.result(f"No {what} differ.")
    else:
        rows = [_row(change, args.form) for change in shown]
        sheet.write(args.form, ["file", "key", _title(old, args.form), _title(new, args.form), "delta"], rows, console)
    if every and not differing and not args.form:
        console.talk(f"no {what} differ between {_spoken(old)} and {_spoken(new)}")
    return int(args.exit_code and bool(differing))


def _row(change: Change, form: str | None) -> list[str]:
    old = _nothing(form) if change.status == "added" else _cell(change.old, change.key, form)
    new = _nothing(form) if change.status == "removed" else _cell(change.new, change.key, form)
    word = cells.signed(change.delta) or ("" if change.status == "same" else change.status)
    return [change.path, change.key, old, new, word]


def _cell(value: Value, key: str, form: str | None) -> str:
    return cells.whole(value) if form == "csv" else cells.shown(value, key)


def _nothing(form: str | None) -> str:
    return "" if form == "csv" else cells.NONE


def _title(side: Side, form: str | None) -> str:
    """Above a column: the revision as it was asked for."""
    name = side.name if form == "csv" or side.name != side.commit else side.name[:SHORT]
    if form != "md" or side.commit is None:
        return name
    from gitblob.cli import markdown

    return markdown.code(name)


def _spoken(side: Side) -> str:
    return side.name if side.commit else f"the {side.name}"


def _named(side: Side) -> dict[str, object]:
    return {"rev": side.name if side.commit else None, "commit": side.commit}


def _document(side: Side) -> dict[str, object]:
    files = {path: {key: cells.jsonable(value) for key, value in found.items()} for path, found in side.files.items()}
    return {**_named(side), "files": files}


def _change(change: Change) -> dict[str, object]:
    """A side that has no value has no word in the document, since null is a value."""
    document: dict[str, object] = {"file": change.path, "key": change.key, "status": change.status}
    if change.status != "added":
        document["old"] = cells.jsonable(change.old)
    if change.status != "removed":
        document["new"] = cells.jsonable(change.new)
    return document if change.delta is None else {**document, "delta": change.delta}


def _reference(here: Workspace, text: str) -> Reference:
    """A file, relative to where one stands, and a key in it."""
    path, colon, key = text.partition(":")
    if here.repository.worktree:
        path = place.from_top(here.repository, path).decode("utf-8", "surrogateescape")
    return reference.parse(f"{path}{colon}{key}")
