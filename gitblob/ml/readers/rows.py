"""Series: a row for each step of a training, as JSON Lines or as CSV with a header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from gitblob.ml.readers import json_values
from gitblob.ml.readers.value import Row, Value, fail

WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,3999})")  # `007` is a name
FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?inf|nan", re.IGNORECASE)
LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
RUN = "run"
WORDS = {"true": True, "false": False}


def last(rows: Iterable[Row]) -> Value:
    """The last value of each column, wherever it is: one row may hold what is known of training, another of tests.

    Where a column `run` tells several runs apart, only the rows of the last one count.
    """
    found: dict[str, Value] = {}
    for row in rows:
        if RUN in row and row[RUN] != found.get(RUN):
            found = {}
        found.update(row)
    return found


def json_lines(text: str, path: str) -> Iterator[Row]:
    """The object in each line that is not blank. Raises MlError with the line."""
    for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
        if line.strip():
            row = json_values.read(line, path, number)
            if not isinstance(row, dict):
                fail(path, number, 'here belongs an object: {"name": value}')
            yield row


def separated(text: str, path: str, separator: str) -> Iterator[Row]:
    """The cells of each row by the names in the header; an empty cell says nothing. Raises MlError with the line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: list[str] = []
    try:
        for cells in reader:
            if not cells:
                continue
            if not names:
                names = _header(cells, path, reader.line_num)
            elif len(cells) != len(names):
                fail(path, reader.line_num, f"{len(cells)} cells; the header has {len(names)}")
            else:
                yield {name: _cell(cell) for name, cell in zip(names, cells, strict=True) if cell.strip()}
    except csv.Error as error:
        fail(path, reader.line_num, f"no row of cells: {error}")


def _header(cells: list[str], path: str, line: int) -> list[str]:
    names = [cell.strip() or f"column {number}" for number, cell in enumerate(cells, 1)]
    seen: set[str] = set()
    for name in names:
        if name in seen:
            fail(path, line, f"{name!r} stands here twice")
        seen.add(name)
    return names


def _cell(cell: str) -> Value:
    word = cell.strip()
    if word.lower() in WORDS:
        return WORDS[word.lower()]
    if WHOLE.fullmatch(word):
        return int(word)
    return float(word) if FLOAT.fullmatch(word) and not LEADING_ZERO.match(word) else word
