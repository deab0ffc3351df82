"""Files of params, metrics and configuration, read to plain values; the format goes by the end of the name.

Each file may come from somebody one does not know: nothing is run, no reference is followed, no surprise let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitblob.ml.readers.key import flat, pick, twice
from gitblob.ml.readers.value import Row, Value, fail

__all__ = ["MAX_BYTES", "Row", "Value", "flat", "pick", "read", "series"]

MAX_BYTES = 16 << 20  # of one file
KNOWN = ".yaml, .json, .toml, .jsonl, .csv, .tsv and .py are known; in other files belongs one line of text"
SERIES = ("jsonl", "ndjson", "csv", "tsv")
CONFLICT = tuple(re.compile(rf"^{mark}{{7}}(?: .*)?\r?$", re.MULTILINE) for mark in "<=>")


def read(data: bytes, path: str) -> Value:
    """The value of a file. path: its name, for the format and for messages; `REV:PATH` does as well.

    A file of rows is a mapping of each column to its last value; one in no known format is its only line, as text.
    Raises MlError naming file and line.
    """
    text = _decoded(data, path)
    value = _read(text, path, _kind(path))
    if name := twice(value):
        fail(path, None, f"{name!r} stands here twice: with a dot in its name, and as a key in a key")
    return value


def series(data: bytes, path: str) -> list[Row]:
    """The rows of a file of rows, from the first. Raises MlError as `read`, and for another kind of file."""
    kind = _kind(path)
    if kind not in SERIES:
        fail(path, None, "no series of rows", f"a series lies in a file whose name ends in .{', .'.join(SERIES)}")
    return list(_rows(_decoded(data, path), path, kind))


def _kind(path: str) -> str:
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    return suffix.lower() if stem else ""


def _read(text: str, path: str, kind: str) -> Value:
    """Only the parser that is needed is loaded."""
    if kind in ("yaml", "yml"):
        from gitblob.ml.readers import yaml_values

        return yaml_values.read(text, path)
    if kind == "json":
        from gitblob.ml.readers import json_values

        return json_values.read(text, path)
    if kind == "toml":
        from gitblob.ml.readers import toml_values

        return toml_values.read(text, path)
    if kind == "py":
        from gitblob.ml.readers import python_constants

        return python_constants.read(text, path)
    if kind in SERIES:
        from gitblob.ml.readers import rows

        return rows.last(_rows(text, path, kind))
    return _line(text, path)


def _rows(text: str, path: str, kind: str) -> Iterator[Row]:
    from gitblob.ml.readers import rows

    if kind in ("csv", "tsv"):
        return rows.separated(text, path, "," if kind == "csv" else "\t")
    return rows.json_lines(text, path)


def _line(text: str, path: str) -> str:
    """The only line of a file."""
    first, *rest = text.strip("\r\n").splitlines() or [""]
    if rest or not first.isprintable():
        fail(path, 2 if rest else 1, "one line of text belongs here", KNOWN)
    if not first:
        fail(path, 1, "the file is empty", "one line of text belongs here")
    return first


def _decoded(data: bytes, path: str) -> str:
    """The text, without a byte order mark. Raises MlError for what is none, or was left by a merge."""
    if len(data) > MAX_BYTES:
        fail(path, None, f"{len(data)} bytes", f"files of values are read up to {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fail(path, line, f"no text in UTF-8 (byte 0x{data[error.start]:02x})", KNOWN)
    if "<<<<<<<" in text:
        _refuse_conflict(text, path)
    return text


def _refuse_conflict(text: str, path: str) -> None:
    at, first = 0, None
    for mark in CONFLICT:
        match = mark.search(text, at)
        if not match:
            return
        at, first = match.end(), match if first is None else first
    if first:
        line = text.count("\n", 0, first.start()) + 1
        fail(path, line, "a merge has left its conflict here", "choose, take the marks out, then `git add` the file")
