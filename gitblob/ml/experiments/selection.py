"""Which runs, in which order: filters, the data version or component that a log shows, sorting."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from gitblob.errors import UsageError
from gitblob.ml.experiments import cells, condition
from gitblob.ml.experiments.cells import Cells
from gitblob.ml.experiments.condition import Condition
from gitblob.ml.experiments.document import Component, Experiment
from gitblob.ml.experiments.listing import Listed
from gitblob.ml.readers import Value
from gitblob.ml.versions import DIRTY

SHOWN = re.compile(r"(?:(?P<name>[^@]+)@)?(?P<version>[^@]+)")
HEX = re.compile(r"[0-9a-f]{4,64}")


class Row(NamedTuple):
    """A run and its values by name."""

    listed: Listed
    cells: Cells


def rows(
    listed: Sequence[Listed],
    conditions: Sequence[Condition] = (),
    data: str | None = None,
    component: str | None = None,
) -> list[Row]:
    """The runs for which all conditions hold, that were made from a data version and with a component.

    data, component: as a log shows them, `processed@0123456789ab`, `image@v2.1`, with `+dirty` or without. Raises
    UsageError for what is no such word, and for a condition on a value that no run has.
    """
    wanted_data = _shown(data, "processed@0123456789ab") if data else None
    wanted_model = _shown(component, "image@v2.1") if component else None
    found = [Row(one, cells.of_run(one)) for one in listed]
    tests = condition.resolved(conditions, [row.cells for row in found]) if found else []
    return [
        row
        for row in found
        if all(condition.holds(test, row.cells) for test in tests)
        and (not wanted_data or _has_data(row.listed.experiment, *wanted_data))
        and (not wanted_model or _has_component(row.listed.experiment, *wanted_model))
    ]


def ordered(found: Sequence[Row], key: str) -> list[Row]:
    """The runs by a value, with `-` before its name the largest first; those without it are last."""
    name = cells.name_of(key.removeprefix("-"), [row.cells for row in found])
    with_it = [row for row in found if name in row.cells]
    without = [row for row in found if name not in row.cells]
    return [*sorted(with_it, key=lambda row: _rank(row.cells[name], key), reverse=key.startswith("-")), *without]


def _rank(value: Value, key: str) -> tuple[int, float, str]:
    """Numbers come before text; what is no number (NaN) is never the best."""
    if isinstance(value, (int, float)):
        if math.isnan(value):
            return (0, -math.inf if key.startswith("-") else math.inf, "")
        try:
            return (0, float(value), "")
        except OverflowError:
            return (0, math.inf if value > 0 else -math.inf, "")
    return (1, 0.0, str(value))


def _shown(word: str, example: str) -> tuple[str | None, str]:
    """Name and version."""
    match = SHOWN.fullmatch(word.strip().removesuffix(DIRTY))
    if not match:
        raise UsageError(f"{word!r} is no version", f"such as {example}")
    return match["name"], match["version"]


def _has_data(experiment: Experiment | None, name: str | None, version: str) -> bool:
    found = experiment.data_version if experiment else {}
    if not HEX.fullmatch(version):
        raise UsageError(f"{version!r} is no data version", "4 of its hex digits at least")
    return any(id_.startswith(version) for one, id_ in found.items() if name in (None, one))


def _has_component(experiment: Experiment | None, name: str | None, version: str) -> bool:
    found = experiment.model_version if experiment else {}
    return any(_is_version(one, version) for other, one in found.items() if name in (None, other))


def _is_version(one: Component, version: str) -> bool:
    digits = version.removeprefix("sha256:")
    by_fingerprint = bool(HEX.fullmatch(digits)) and one.fingerprint.startswith(f"sha256:{digits}")
    return by_fingerprint or (one.version is not None and one.version.removeprefix("v") == version.removeprefix("v"))
