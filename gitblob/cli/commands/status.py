"""`gitblob status`: what is tracked, pending, modified, not yet on the store."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.model.size import human
from gitblob.ops import status, wrong_files
from gitblob.ops.status import File, Status, StoreState

SHOWN = 20  # paths under one heading; of raw files no more are looked for in the history


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to show it."""
    parser.add_argument("--json", action="store_true", help="one JSON document, with every path")


def run(args: argparse.Namespace, console: Console) -> int:
    """Show the state of the work tree; always 0 when it could be read."""
    here = workspace.open()
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


def _store(state: StoreState) -> str:
    name = f"store {state.name} ({state.url}{', private to this clone' if state.private else ''})"
    if state.problem:
        return f"{name}: could not be asked: {state.problem}"
    if not state.missing:
        return f"{name}: nothing to upload"
    size = human(sum(blob.size for blob in state.missing))
    count = len(state.missing)
    return (
        f"{name}: {count} blob{'s' if count > 1 else ''} ({size}) not there yet; `git push` uploads what is committed"
    )


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
                "missing": [{"oid": blob.oid.text, "size": blob.size} for blob in state.missing],
            }
            for state in found.stores
        ],
    }
