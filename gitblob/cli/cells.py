"""Values of params and metrics as words: short and on one line for a person, whole for a program."""

from __future__ import annotations

import math

from gitblob.ml.readers import Value

NONE = "-"  # where there is no value
WIDEST = 48  # characters of a cell in a table
WORDS = {None: "null", True: "true", False: "false"}


def shown(value: Value, key: str | None = None) -> str:
    """A value in a table, cut where it is long. Text that would be taken for another kind of value is in quotes.

    key: "" for the only line of a file, which is text in any case.
    """
    text = whole(value)
    if key != "" and isinstance(value, str) and _misleads(value):
        import json

        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def whole(value: Value) -> str:
    """A single value as text, nothing left out."""
    if value is None or isinstance(value, bool):
        return WORDS[value]
    return value if isinstance(value, str) else str(value)


def signed(delta: float | None) -> str:
    """A difference with its direction: `+0.02`."""
    return "" if delta is None else f"{delta:+}"


def jsonable(value: Value) -> Value:
    """A value that JSON has a word for: NaN and infinity are text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _misleads(text: str) -> bool:
    from gitblob.ml.readers import yaml_values

    try:
        return text in {NONE, "[]", "{}"} or text != text.strip() or yaml_values.plain(text) != text
    except ValueError:
        return True
