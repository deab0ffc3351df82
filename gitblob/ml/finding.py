"""Which commits have a version? For what a training log shows: `processed@0123456789ab`, `image@v2.1`, `sha256:…`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gitblob.errors import MlError, UsageError
from gitblob.ml import needs, past, versions
from gitblob.ml.declarations import Data, Model
from gitblob.ml.past import Commit, State
from gitblob.ml.versions import DIRTY
from gitblob.workspace import Workspace

HEX = re.compile(r"[0-9a-f]{4,64}")
FORMS = "such as processed@0123456789ab, 0123456789ab, image@v2.1 or sha256:0123456789ab"


class Wanted(NamedTuple):
    """name: of a data set or component, None for any. id: first hex digits, None for none. version: of a component."""

    name: str | None
    id: str | None
    version: str | None


class Match(NamedTuple):
    """A commit that has a version; how that is shown."""

    commit: Commit
    shown: str


class Answer(NamedTuple):
    """matches: newest first. unknown: what could not be computed in some commit, and why. broken: see `past.Past`."""

    matches: tuple[Match, ...]
    unknown: tuple[str, ...]
    broken: int


def parse(text: str) -> Wanted:
    """What is looked for. Raises UsageError."""
    clean = text.removesuffix(DIRTY)  # what a work tree had may have been committed since
    name, at, word = clean.rpartition("@") if "@" in clean else clean.rpartition("/")
    id_ = word.removeprefix("sha256:").lower()
    version = word if at and needs.parse(word) else None
    if not HEX.fullmatch(id_) and version is None:
        raise UsageError(f"{text!r} is no version", f"it needs 4 hex digits at least, {FORMS}")
    if version is not None and clean != text:
        raise UsageError(
            f"{text} was logged in a work tree whose component differed from {clean} of its commit",
            f"look for its fingerprint; `gitblob version find {clean}` finds the commits with that number",
        )
    return Wanted(name or None, id_ if HEX.fullmatch(id_) else None, version)


def find(workspace: Workspace, wanted: Wanted) -> Answer:
    """All commits of all refs that have the version. Raises MlError."""
    known = past.read(workspace)
    found: list[Match] = []
    unknown: dict[str, None] = {}
    for state in known.states:
        for shown in _shown(workspace, state, wanted, unknown):
            found += [Match(commit, shown) for commit in state.commits]
    order = {commit.name: at for at, commit in enumerate(known.commits)}
    found.sort(key=lambda match: order[match.commit.name])
    return Answer(tuple(found), tuple(unknown), len(known.broken))


def _shown(workspace: Workspace, state: State, wanted: Wanted, unknown: dict[str, None]) -> Iterator[str]:
    """How those versions of a state are shown that are looked for."""
    ones: tuple[Data | Model, ...] = (*state.declared.data.values(), *state.declared.models.values())
    for one in ones:
        if wanted.name not in (None, one.name):
            continue
        if isinstance(one, Model) and wanted.version and one.version and _same(one.version, wanted.version):
            yield f"{one.name}@{one.version}"
        elif wanted.id:
            try:
                found = versions.of(workspace, state.tree, state.declared, one)
            except MlError as error:
                unknown[error.message] = None
                continue
            if _digits(found).startswith(wanted.id):
                yield found.shown


def _digits(found: versions.DataState | versions.ModelState) -> str:
    return found.id if isinstance(found, versions.DataState) else found.fingerprint.removeprefix("sha256:")


def _same(one: str, other: str) -> bool:
    return one == other or needs.parse(one) == needs.parse(other)
