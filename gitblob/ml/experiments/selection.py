"""Which runs, in which order: filters, the data version or component that a log shows, sorting."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from gitblob.errors import UsageError
from gitblob.ml.experiments import cells, condition
from gitblob.ml.experiments.cells import Cells
from gitblob.ml.experiments.condition import Condition
from gitblob.ml.experiments.listing import Listed
from gitblob.ml.fingerprint import SHORT
from gitblob.ml.readers import Value
from gitblob.ml.versions import DIRTY

SHOWN = re.compile(r"(?:(?P<name>[^@]+)@)?(?P<version>[^@]+)")
HEX = re.compile(r"[0-9a-f]{4,64}")


def rows(
    listed: Sequence[Listed],
    conditions: Sequence[Condition] = (),
    data: str | None = None,
    component: str | None = None,
) -> list[Listed]:
    """The runs for which all conditions hold, that were made from a data version and with a component.

    data, component: as a log shows them, `processed@0123456789ab`, `image@v2.1`, with `+dirty` or without. Raises
    UsageError for what is no such word, and for a condition on a value that no run has.
    """
    wanted_data = _data(data) if data else None
    wanted_model = _shown(component, "image@v2.1") if component else None
    tests = condition.resolved(conditions, [one.cells for one in listed]) if listed else []
    return [
        one
        for one in listed
        if all(condition.holds(test, one.cells) for test in tests)
        and (not wanted_data or _has_data(one.cells, *wanted_data))
        and (not wanted_model or _has_component(one.cells, *wanted_model))
    ]


def ordered(found: Sequence[Listed], key: str, among: Sequence[Listed] = ()) -> list[Listed]:
    """The runs by a value, with `-` before its name the largest first; those without it are last.

    among: the runs of which one at least has it; by default these. Raises UsageError where none has.
    """
    name = cells.name_of(key.removeprefix("-"), [row.cells for row in among or found])
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


def _data(word: str) -> tuple[str | None, str]:
    """Name and digits, as many as are shown."""
    name, version = _shown(word, "processed@0123456789ab")
    if not HEX.fullmatch(version):
        raise UsageError(f"{version!r} is no data version", "4 of its hex digits at least")
    return name, version[:SHORT]


def _has_data(found: Cells, name: str | None, version: str) -> bool:
    return any(one.partition("@")[2].startswith(version) for one in _of(found, "data", name))


def _has_component(found: Cells, name: str | None, version: str) -> bool:
    if any(one.partition("@")[2].removeprefix("v") == version.removeprefix("v") for one in _of(found, "model", name)):
        return True
    digits = version.removeprefix("sha256:")
    is_hex = bool(HEX.fullmatch(digits))
    return is_hex and any(one.startswith(digits[:SHORT]) for one in _of(found, "fingerprint", name))


def _of(found: Cells, part: str, name: str | None) -> list[str]:
    """The values of a part: of one name, or of all."""
    if name is not None:
        return [str(found[f"{part}.{name}"])] if f"{part}.{name}" in found else []
    return [str(value) for key, value in found.items() if key.startswith(f"{part}.")]
