"""What needs what: versions by PEP 440, ranges, and whether anything needs itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gitblob.ml.declarations import Model
from gitblob.ml.versions import DataState

if TYPE_CHECKING:
    from packaging.version import Version

ANY = "*"
DATA = "data/"  # before the name of a data set
ID = re.compile(r"[0-9a-f]{4,64}")


class Need(NamedTuple):
    """A component needs another one, or a data set (`data/NAME`), within a range."""

    name: str
    needs: str
    range: str


def of(models: Mapping[str, Model]) -> list[Need]:
    """All needs, in the order of the declarations."""
    return [Need(model.name, other, span) for model in models.values() for other, span in model.needs.items()]


def parse(version: str | None) -> Version | None:
    """A version by PEP 440, such as `v2.1`; None for what is none."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) if version is not None else None
    except InvalidVersion:
        return None


def unmet(need: Need, models: Mapping[str, Model], data: Mapping[str, DataState]) -> str | None:
    """Why a need does not hold, None where it does. Of a name that is not declared: see `unknown`.

    data: the data versions that could be computed; what a data set is that could not is not known.
    """
    if need.needs.startswith(DATA):
        return _unmet_data(need, data.get(need.needs.removeprefix(DATA)))
    return _unmet_model(need, models[need.needs].version)


def unknown(need: Need, models: Mapping[str, Model], data: Mapping[str, object]) -> bool:
    """Does it name nothing that is declared?"""
    return need.needs.removeprefix(DATA) not in data if need.needs.startswith(DATA) else need.needs not in models


def cycle(models: Mapping[str, Model]) -> list[str]:
    """Components that need each other in a ring, from the one declared first back to it; [] for none."""
    from graphlib import CycleError, TopologicalSorter

    try:
        TopologicalSorter({name: [*model.needs] for name, model in models.items()}).prepare()
    except CycleError as error:
        ring = list(reversed(error.args[1][1:]))
        first = ring.index(min(ring, key=list(models).index))
        return [*ring[first:], *ring[:first], ring[first]]
    return []


def _unmet_data(need: Need, state: DataState | None) -> str | None:
    wanted = need.range.rpartition("@")[2]
    if wanted == ANY:
        return None
    if not ID.fullmatch(wanted):
        return f"{need.range!r} is neither {ANY!r} nor an id of a data version (4 to 64 hex digits)"
    if state and not state.id.startswith(wanted):
        return f"{need.name} needs {need.needs}@{wanted}, and it is {state.shown}"
    return None


def _unmet_model(need: Need, version: str | None) -> str | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if need.range == ANY:
        return None
    try:
        span = SpecifierSet(need.range)
    except InvalidSpecifier:
        return f"{need.range!r} is no range of versions by PEP 440, such as '>=2.1,<3' or '~=1.3'"
    if version is None:
        return f"{need.name} needs {need.needs} {need.range}, and {need.needs} has no version"
    found = parse(version)
    if found and not span.contains(found, prereleases=True):
        return f"{need.name} needs {need.needs} {need.range}, and it is at {version}"
    return None
