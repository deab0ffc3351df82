"""What differs between two sets of values, and by how much."""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple, TypeAlias

from gitblob.ml.readers import Value
from gitblob.ml.values import Files

Status: TypeAlias = Literal["same", "changed", "added", "removed"]

NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]+)?")


class Change(NamedTuple):
    """One value on both sides; None on the side that has none. delta: new minus old, None where one is no number."""

    path: str
    key: str
    status: Status
    old: Value
    new: Value
    delta: float | None


def changes(old: Files, new: Files) -> list[Change]:
    """Every value of either side, in the order of the new one; what only the old one has follows, file by file."""
    found = []
    for path in dict.fromkeys([*new, *old]):
        before, after = old.get(path, {}), new.get(path, {})
        for key in dict.fromkeys([*after, *before]):
            if key not in before:
                found.append(Change(path, key, "added", None, after[key], None))
            elif key not in after:
                found.append(Change(path, key, "removed", before[key], None, None))
            else:
                found.append(_compared(path, key, before[key], after[key]))
    return found


def is_same(old: Value, new: Value) -> bool:
    """Are two single values the same? `1` and `1.0` are, as in a fingerprint; `1` and `true` are not; NaN is itself."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, float) and isinstance(new, float) and math.isnan(old):
        return math.isnan(new)
    return old == new


def difference(old: Value, new: Value) -> float | None:
    """New minus old in decimal digits as they are written (0.3 - 0.1 is 0.2), None where one is no finite number."""
    if isinstance(old, bool) or isinstance(new, bool):
        return None
    if isinstance(old, int) and isinstance(new, int):
        return new - old
    if not isinstance(old, (int, float)) or not isinstance(new, (int, float)):
        return None
    if any(isinstance(one, float) and not math.isfinite(one) for one in (old, new)):
        return None
    from decimal import Decimal

    result = float(Decimal(repr(new)) - Decimal(repr(old)))
    return result if math.isfinite(result) else None


def _compared(path: str, key: str, old: Value, new: Value) -> Change:
    if is_same(old, new):
        return Change(path, key, "same", old, new, None)
    if not key and isinstance(old, str) and isinstance(new, str):  # the only line of a file: `0.91` is text there
        return Change(path, key, "changed", old, new, difference(_number(old), _number(new)))
    return Change(path, key, "changed", old, new, difference(old, new))


def _number(line: str) -> float | None:
    return float(line) if NUMBER.fullmatch(line) else None
