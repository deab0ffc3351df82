"""`metrics.acc>0.9`: one condition on a value of a run. Nothing is evaluated but this."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gitblob.errors import UsageError
from gitblob.ml import delta
from gitblob.ml.experiments import cells
from gitblob.ml.experiments.cells import Cells
from gitblob.ml.readers import Value
from gitblob.ml.readers.yaml_values import plain
from gitblob.ml.versions import DIRTY

FORM = re.compile(r"\s*(?P<key>[^<>=!~]+?)\s*(?P<operator><=|>=|==|!=|=|<|>|~)\s*(?P<value>(?:[^<>=!~].*?)?)\s*")
NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)  # as tables show them; YAML has a dot in front
VERSIONS = ("data.", "model.")  # of whose values each is NAME@VERSION
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Condition(NamedTuple):
    """key: as `cells` names it. value: a number, a truth value or null where it reads as one in YAML, else text."""

    key: str
    operator: str
    value: Value
    text: str


def parse(text: str) -> Condition:
    """The condition that a person has written. Raises UsageError."""
    match = FORM.fullmatch(text)
    if not match:
        raise UsageError(f"{text!r} is no condition", "KEY OPERATOR VALUE, such as 'metrics.acc>0.9' or status=failed")
    word = match["value"]
    if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"":
        return Condition(match["key"], match["operator"], word[1:-1], word[1:-1])
    if not word and match["operator"] in ORDER:
        raise UsageError(f"{text!r}: a value belongs behind the {match['operator']}")
    if NOT_FINITE.fullmatch(word):
        return Condition(match["key"], match["operator"], float(word), word)
    try:
        return Condition(match["key"], match["operator"], plain(word), word)
    except ValueError:
        raise UsageError(f"{text!r}: a number of more than 4,300 digits") from None


def holds(condition: Condition, row: Cells) -> bool:
    """Does it hold for a run? Not where the run has no such value. Order is that of numbers, or of text (dates)."""
    if condition.key not in row:
        return False
    value, wanted = row[condition.key], condition.value
    if condition.operator == "~":
        return condition.text.lower() in _word(value).lower()
    if condition.operator in ORDER:
        if _is_number(value) and _is_number(wanted):
            return ORDER[condition.operator](value, wanted)
        return isinstance(value, str) and ORDER[condition.operator](value, condition.text)
    same = delta.is_same(value, wanted) or (isinstance(value, str) and _is_called(value, condition))
    return same == (condition.operator != "!=")


def resolved(conditions: Sequence[Condition], rows: Sequence[Cells]) -> list[Condition]:
    """The conditions with the names that the rows have.

    Raises UsageError for a key that no run has, and for the order of numbers and a word that is none.
    """
    found = [one._replace(key=cells.name_of(one.key, rows)) for one in conditions]
    for one in found:
        if (
            one.operator in ORDER
            and not _is_number(one.value)
            and not any(isinstance(row.get(one.key), str) for row in rows)
        ):
            raise UsageError(
                f"{one.key} is nowhere text, and {one.text!r} is no number", "numbers have a decimal point"
            )
    return found


def _is_called(value: str, condition: Condition) -> bool:
    """Is it this text? A version is also what stands behind its @, `+dirty` or not."""
    if not condition.key.startswith(VERSIONS):
        return value == condition.text
    return condition.text.removesuffix(DIRTY) in {value, value.partition("@")[2]}


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _word(value: Value) -> str:
    return value if isinstance(value, str) else str(value)
