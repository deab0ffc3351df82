"""`gitblob status`: what is tracked, pending, modified, not yet on the store."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.model.size import human
from gitblob.ops import status, whereabouts, wrong_files
from gitblob.ops.status import File, Status, StoreState
from gitblob.ops.whereabouts import Holding, Whereabouts
from gitblob.store.base import Blob

SHOWN = 20  # paths under one heading; of raw files no more are looked for in the history


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to show it."""
    parser.add_argument("--stores", action="store_true", help="ask every store what it has of the files in the index")
    parser.add_argument("--json", action="store_true", help="one JSON document, with every path")


def run(args: argparse.Namespace, console: Console) -> int:
    """Show the state of the work tree; always 0 when it could be read."""
    here = workspace.open(ask=console.ask if args.stores else None)
    if args.stores:
        return _whereabouts(whereabouts.look(here), args.json, console)
    found = status.status(here)
    since = wrong_files.brought(found.raw[:SHOWN], here.top)
    if args.json:
        console.json(_document(found, since))
        return 0
    if not found.rules:
        console.result("nothing is tracked; `gitblob track '*.csv'` is how to start")
    for rule in found.rules:
        console.result(f"rule {console.quoted(rule.pattern)} ({console.quoted(rule.file)}:{rule.line})")
    console.result(f"tracked: {found.tracked} {_files(found.tracked)} ({human(found.size)})")
    _section("pending", found.pending, "`gitblob pull` gets the content of these pointers", console)
    _lines("modified", [file.path for file in found.modified], console)
    _section("staged", found.staged, "`git commit` records it", console)
    if found.raw:
        console.result(f"not a pointer in Git though a rule covers it: {len(found.raw)} {_files(len(found.raw))}")
        _names([f"{console.quoted(path)}{_since(since, path)}" for path in found.raw[:SHOWN]], len(found.raw), console)
        console.result(f"  {wrong_files.FIX}")
    _lines("malformed pointer", [f"{path}: {reason}" for path, reason in found.malformed], console)
    for state in found.stores:
        console.result(_store(state))
    if not found.stores:
        reason = f"nowhere to push: {found.no_store}" if found.no_store else "no store"
        console.result(f"{reason}; blobs stay in this clone; `gitblob store add NAME URL` names a store")
    return 0


def _whereabouts(found: Whereabouts, as_json: bool, console: Console) -> int:
    if as_json:
        console.json({"stores": [_holding(store) for store in found.stores], "nowhere": found.nowhere})
        return 0
    for store in found.stores:
        name = f"store {store.name} ({console.quoted(store.url)})"
        if store.problem:
            console.result(_unasked(store.name, name, store.problem))
        else:
            console.result(f"{name}: has {_blobs(store.there)}, lacks {_blobs(store.missing)}")
    asked_all = not any(store.problem for store in found.stores)
    _lines("on no store" if asked_all else "on no store that could be asked", found.nowhere, console)
    if not found.stores:
        console.result("there is no store")
    return 0


def _holding(store: Holding) -> dict[str, object]:
    return {
        "name": store.name,
        "url": store.url,
        "problem": store.problem,
        "there": _listed(store.there),
        "missing": _listed(store.missing),
    }


def _listed(blobs: Sequence[Blob]) -> list[dict[str, object]]:
    return [{"oid": blob.oid.text, "size": blob.size} for blob in blobs]


def _blobs(blobs: Sequence[Blob]) -> str:
    count = len(blobs)
    return f"{count} blob{'' if count == 1 else 's'} ({human(sum(blob.size for blob in blobs))})"


def _section(title: str, files: Sequence[File], what: str, console: Console) -> None:
    if files:
        console.result(f"{title}: {_sum(files)}; {what}")
        _paths([file.path for file in files], console)


def _lines(title: str, paths: list[str], console: Console) -> None:
    if paths:
        console.result(f"{title}: {len(paths)} {_files(len(paths))}")
        _paths(paths, console)


def _paths(paths: list[str], console: Console) -> None:
    _names([console.quoted(path) for path in paths[:SHOWN]], len(paths), console)


def _names(shown: list[str], count: int, console: Console) -> None:
    for name in shown:
        console.result(f"  {name}")
    if count > len(shown):
        console.result(f"  and {count - len(shown)} more")


def _since(since: dict[str, str], path: str) -> str:
    return f" (since commit {since[path][: wrong_files.SHORT]})" if path in since else ""


def _unasked(name: str, shown: str, problem: str) -> str:
    """Most problems begin with the store that has them, and none is said twice."""
    return f"could not be asked: {problem}" if problem.startswith(f"store {name}") else f"{shown}: {problem}"


def _store(state: StoreState) -> str:
    name = f"store {state.name} ({state.url}{', private to this clone' if state.private else ''})"
    if state.problem:
        return _unasked(state.name, name, state.problem)
    if not state.missing:
        return f"{name}: nothing to upload"
    return f"{name}: {_blobs(state.missing)} not there yet; `git push` uploads what is committed"


def _sum(files: Sequence[File]) -> str:
    return f"{len(files)} {_files(len(files))} ({human(sum(file.size for file in files))})"


def _files(count: int) -> str:
    return "file" if count == 1 else "files"


def _document(found: Status, since: dict[str, str]) -> dict[str, object]:
    return {
        "rules": [rule._asdict() for rule in found.rules],
        "tracked": {"files": found.tracked, "bytes": found.size},
        "pending": [file._asdict() for file in found.pending],
        "modified": [file._asdict() for file in found.modified],
        "staged": [file._asdict() for file in found.staged],
        "raw": found.raw,
        "raw_since": since,
        "malformed": [{"path": path, "reason": reason} for path, reason in found.malformed],
        "stores": [
            {
                "name": state.name,
                "url": state.url,
                "problem": state.problem,
                "private": state.private,
                "missing": _listed(state.missing),
            }
            for state in found.stores
        ],
    }
