"""YAML by the core schema of YAML 1.2.2 (section 10.3.2): `1e-3` is a number, `no` is text, and so is a date.

Values are built from the parser's events, in one pass and without recursion; keys are text, as they are written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from gitblob.ml.readers.value import MAX_DEPTH, Value, checked, fail
from gitblob.settings import surprises

if TYPE_CHECKING:
    from yaml import Event, ScalarEvent

WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{f"{sign}{word}": float(f"{sign}inf") for word in (".inf", ".Inf", ".INF") for sign in ("", "+", "-")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
WHOLE = re.compile(r"[-+]?[0-9]+")
BASES = {"0o": (re.compile(r"0o[0-7]+"), 8), "0x": (re.compile(r"0x[0-9a-fA-F]+"), 16)}
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

Container: TypeAlias = "list[Value] | dict[str, Value]"


def read(text: str, path: str) -> Value:
    """The value of a document; an empty one is an empty mapping. Raises MlError with the line."""
    import yaml

    building = _Building(path)
    for event in surprises.events(text, MAX_DEPTH, building.fail):
        if isinstance(event, yaml.ScalarEvent):
            building.scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            building.begin({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            building.begin([], event)
        elif isinstance(event, yaml.CollectionEndEvent):
            building.end()
    return checked(building.result(), path)


def plain(word: str) -> Value:
    """What a word without quotes stands for. Raises ValueError for a number with more digits than Python reads."""
    if word in WORDS:
        return WORDS[word]
    if WHOLE.fullmatch(word):
        return int(word)
    pattern, base = BASES.get(word[:2], (None, 0))
    if pattern and pattern.fullmatch(word):
        return int(word, base)
    return float(word) if FLOAT.fullmatch(word) else word


class _Building:
    """The collections that are open, innermost last, each with the key that waits for its value."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._top: list[Value] = []
        self._open: list[Container] = [self._top]
        self._keys: list[str | None] = [None]

    def fail(self, line: int, message: str, hint: str | None = None) -> NoReturn:
        fail(self._path, line + 1, message, hint)

    def result(self) -> Value:
        return {} if not self._top or self._top[0] is None else self._top[0]

    def scalar(self, event: ScalarEvent) -> None:
        inside = self._open[-1]
        if isinstance(inside, dict) and self._keys[-1] is None:
            if event.value in inside:
                self.fail(_line(event), f"{event.value!r} stands here twice")
            self._keys[-1] = event.value
            return
        try:
            self._put(plain(event.value) if event.implicit[0] else event.value)
        except ValueError:
            self.fail(_line(event), "a whole number of more than 4,300 digits")

    def begin(self, collection: Container, event: Event) -> None:
        if isinstance(self._open[-1], dict) and self._keys[-1] is None:
            self.fail(_line(event), "a key is one plain value")
        self._put(collection)
        self._open.append(collection)
        self._keys.append(None)

    def end(self) -> None:
        self._open.pop()
        self._keys.pop()

    def _put(self, value: Value) -> None:
        inside = self._open[-1]
        if isinstance(inside, list):
            inside.append(value)
            return
        inside[str(self._keys[-1])] = value
        self._keys[-1] = None


def _line(event: Event) -> int:
    return event.start_mark.line if event.start_mark else 0
