"""`gitblob version explain`: what differs between two versions."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from gitblob import workspace as workspaces
from gitblob.cli import text
from gitblob.cli.console import Console
from gitblob.ml import difference, tree, worktree
from gitblob.ml.difference import Changed, Difference, Setting
from gitblob.ml.fingerprint import File
from gitblob.ml.tree import Tree
from gitblob.model.size import human

SHOWN = 10  # files and values that are listed of each version


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two commits, and which versions."""
    parser.epilog = "Ids are shown where that is cheap; `gitblob version REV` computes them in any case."
    parser.add_argument("old", nargs="?", default="HEAD", metavar="A", help="default: HEAD")
    parser.add_argument("new", nargs="?", metavar="B", help="default: the work tree")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this one (again for more)")
    parser.add_argument("--all", action="store_true", help=f"list every file, not the first {SHOWN}")
    parser.add_argument("--json", action="store_true", help="one JSON document, with every file")


def run(args: argparse.Namespace, console: Console) -> int:
    """Show what differs."""
    here = workspaces.open(ask=console.ask)
    old = tree.at(here, args.old)
    new: Tree = tree.at(here, args.new) if args.new else worktree.WorkTree(here)
    found = difference.between(here, old, new, args.only)
    if args.json:
        sides = {"from": {"rev": args.old, "commit": old.commit}, "to": {"rev": args.new, "commit": new.commit}}
        console.json({**sides, "versions": [_document(one) for one in found]})
        return 0
    for one in found:
        for line in _lines(one, None if args.all else SHOWN):
            console.result(line)
    if not found:
        console.talk("neither side declares any data or models")
    return 0


def _lines(one: Difference, limit: int | None) -> Iterator[str]:
    yield f"{one.name}: {_change(one)}"
    if one.version:
        yield f"  version: {one.version[0] or 'none'} -> {one.version[1] or 'none'}"
    if one.seed:
        yield f"  seed: {_value(one.seed[0])} -> {_value(one.seed[1])}"
    yield from _some([_setting(setting) for setting in one.config], "config", limit)
    yield from _some([_file(changed) for changed in one.files], "files", limit)


def _change(one: Difference) -> str:
    if one.status in ("added", "removed"):
        return f"{one.status}{f' ({one.new or one.old})' if one.new or one.old else ''}"
    if one.status == "changed" and one.old and one.new and one.old != one.new:
        return f"changed, {one.old} -> {one.new}"
    if one.status == "changed" and (one.old is None) != (one.new is None):
        return f"changed, was {one.old}" if one.old else f"changed, now {one.new}"
    return f"{one.status}{f', {one.old}' if one.old else ''}"


def _some(lines: list[str], title: str, limit: int | None) -> Iterator[str]:
    if lines:
        yield f"  {title}: {len(lines)}"
        yield from (f"    {line}" for line in lines[:limit])
        if limit is not None and len(lines) > limit:
            yield f"    and {len(lines) - limit} more (--all lists them)"


def _setting(setting: Setting) -> str:
    old, new = (_value(side[0]) if side else None for side in (setting.old, setting.new))
    if old is None:
        return f"added {setting.key}: {new}"
    return f"removed {setting.key}: {old}" if new is None else f"{setting.key}: {old} -> {new}"


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _file(changed: Changed) -> str:
    old, new = changed
    if old and new and old.path != new.path:
        return f"renamed {text.quoted(old.path)} -> {text.quoted(new.path)}"
    if old and new:
        return f"changed {text.quoted(new.path)} ({human(old.size)} -> {human(new.size)})"
    only = new or old
    assert only
    return f"{'added' if new else 'removed'} {text.quoted(only.path)} ({human(only.size)})"


def _document(one: Difference) -> dict[str, object]:
    """A side that has no value has no word in the document, since null is a value."""
    found: dict[str, object] = {
        "kind": one.kind,
        "name": one.name,
        "status": one.status,
        "from": one.old,
        "to": one.new,
    }
    config = [
        {"key": setting.key, **{word: side[0] for word, side in (("old", setting.old), ("new", setting.new)) if side}}
        for setting in one.config
    ]
    found |= {"files": [_file_document(changed) for changed in one.files], "config": config}
    found["seed"] = {"old": one.seed[0], "new": one.seed[1]} if one.seed else None
    if one.kind == "model":
        found["version"] = {"old": one.version[0], "new": one.version[1]} if one.version else None
    return found


def _file_document(changed: Changed) -> dict[str, object]:
    old, new = changed
    if old is None or new is None:
        status = "removed" if new is None else "added"
    else:
        status = "renamed" if old.path != new.path else "changed"
    return {"status": status, **_side("old", old), **_side("new", new)}


def _side(word: str, file: File | None) -> dict[str, object]:
    return {word: {"path": file.path, "oid": file.oid, "size": file.size}} if file else {}
