"""What every format is read to, and what no file may hold in whichever format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn, TypeAlias

from gitblob.errors import MlError

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Row: TypeAlias = "dict[str, Value]"  # of a series: columns and values

MAX_DEPTH = 64  # levels of nesting
MAX_VALUES = 1_000_000  # single values of one file
MAX_BITS = 14_000  # of a whole number, some 4,200 digits: Python reads and writes no more than 4,300
SURROGATE = re.compile("[\ud800-\udfff]")


def fail(path: str, line: int | None, message: str, hint: str | None = None) -> NoReturn:
    """Raise MlError at a line of a file (from 1; None: none in particular)."""
    raise MlError(f"{path}: {message}" if line is None else f"{path}:{line}: {message}", hint)


def checked(found: object, path: str) -> Value:
    """The value that a parser has made. Raises MlError for what nobody could show, compare or name afterwards.

    Dates, which JSON has no word for, become text (RFC 3339). Nothing recurses here: TOML's dotted keys nest without.
    """
    holder: list[object] = [found]
    left = MAX_VALUES + 1  # the holder counts
    level: list[list[object] | dict[str, object]] = [holder]
    for _ in range(MAX_DEPTH + 1):
        inner: list[list[object] | dict[str, object]] = []
        for container in level:
            left -= len(container)
            if left < 0:
                fail(path, None, f"more than {MAX_VALUES} values")
            for key, item in _items(container, path):
                if isinstance(item, (list, dict)):
                    inner.append(item)
                else:
                    container[key] = _plain(item, path)  # type: ignore[index] # of a list a number, of a dict text
        if not inner:
            return holder[0]  # type: ignore[return-value] # every item has been looked at
        level = inner
    fail(path, None, f"nested deeper than {MAX_DEPTH} levels")


def _items(container: list[object] | dict[str, object], path: str) -> Iterator[tuple[int | str, object]]:
    if isinstance(container, list):
        yield from enumerate(container)
        return
    for key, item in container.items():
        _plain(key, path)
        yield key, item


def _plain(item: object, path: str) -> bool | int | float | str | None:
    if isinstance(item, str) and not item.isascii() and SURROGATE.search(item):
        fail(path, None, f"{item[:40]!a} has half a character (a lone surrogate)")
    if isinstance(item, int) and item.bit_length() > MAX_BITS:
        fail(path, None, f"a whole number of {item.bit_length()} bits; {MAX_BITS} are the limit")
    if item is None or isinstance(item, (bool, int, float, str)):
        return item
    return str(item.isoformat())  # type: ignore[attr-defined] # date, time or both
