"""`gitblob version show`: all data versions and components."""

from __future__ import annotations

import argparse
from difflib import get_close_matches

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.errors import UsageError
from gitblob.ml import tree, versions
from gitblob.ml.declarations import Data, Declarations, Model
from gitblob.ml.versions import DataState, ModelState, Versions
from gitblob.model.size import human
from gitblob.settings import FILE
from gitblob.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which commit."""
    parser.add_argument("rev", nargs="?", metavar="REV", help="default: the work tree, HEAD in a bare repository")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON document")


def run(args: argparse.Namespace, console: Console) -> int:
    """List them."""
    here = workspaces.open(ask=console.ask)
    commit, found = _found(here, args.rev)
    if args.json:
        console.json({"rev": args.rev, "commit": commit, **document(found)})
        return 0
    console.table(("version", "files", "size", "needs"), [_row(state, found.declared) for state in _all(found)])
    for one in _absent(found):
        console.talk(f"{one.name}: there is nothing at {', '.join(one.paths)} yet")
    if not found.declared.data and not found.declared.models:
        console.talk(f"{FILE} declares no data and no models; `gitblob help data-version` shows how")
    return 0


def document(found: Versions) -> dict[str, object]:
    """For JSON; see `gitblob help data-version`."""
    data = {
        name: {
            "shown": one.shown,
            "id": one.id,
            "files": one.files,
            "size": one.size,
            "seed": one.seed,
            "dirty": one.dirty,
        }
        for name, one in found.data.items()
    }
    models = {
        name: {
            "shown": one.shown,
            "version": one.version,
            "fingerprint": one.fingerprint,
            "files": one.files,
            "size": one.size,
            "needs": dict(found.declared.models[name].needs),
            "dirty": one.dirty,
        }
        for name, one in found.models.items()
    }
    return {"data": data, "models": models, "dirty": any(one.dirty for one in _all(found))}


def _found(here: Workspace, rev: str | None) -> tuple[str | None, Versions]:
    if rev is None and here.repository.worktree:
        return None, versions.here(here, without=(versions.Absent,))
    try:
        there = tree.at(here, rev or "HEAD")
    except UsageError as error:
        from gitblob.cli.commands.version import ACTIONS

        if near := get_close_matches(rev or "", ACTIONS, 1):
            raise UsageError(error.message, f"did you mean `gitblob version {near[0]}`?") from None
        raise
    return there.commit, versions.at(here, there, without=(versions.Absent,))


def _absent(found: Versions) -> list[Data | Model]:
    """What is declared and not made yet."""
    declared: list[Data | Model] = [*found.declared.data.values(), *found.declared.models.values()]
    return [one for one in declared if one.name not in (found.data if isinstance(one, Data) else found.models)]


def _all(found: Versions) -> list[DataState | ModelState]:
    return [*found.data.values(), *found.models.values()]


def _row(state: DataState | ModelState, declared: Declarations) -> tuple[str, int, str, str]:
    needs = declared.models[state.name].needs if isinstance(state, ModelState) else {}
    return state.shown, state.files, human(state.size), ", ".join(f"{name} {span}" for name, span in needs.items())
