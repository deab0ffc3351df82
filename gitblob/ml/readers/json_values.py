"""JSON (RFC 8259), with NaN and Infinity as Python and JavaScript programs write them."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from gitblob.ml.readers.value import MAX_DEPTH, Value, checked, fail

MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]')


class _Twice(Exception):
    """A key stands twice in one object."""


def read(text: str, path: str, line: int = 1) -> Value:
    """The value of a document. line: of the file, where the text begins. Raises MlError with the line."""
    try:
        return checked(json.loads(text, object_pairs_hook=_once), path)
    except json.JSONDecodeError as error:
        what = "the file is empty" if not text.strip() else f"not JSON: {error.msg}"
        fail(path, line + error.lineno - 1, what, "an empty object is {}" if not text.strip() else None)
    except _Twice:
        _explain(text, path, line)
    except RecursionError:
        fail(path, None, f"nested deeper than {MAX_DEPTH} levels")
    except ValueError:
        fail(path, None, "a whole number of more than 4,300 digits")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _explain(text: str, path: str, line: int) -> NoReturn:
    """Say where a key stands for the second time. The parser has read all objects up to there."""
    seen: list[set[str]] = []
    last = ""
    for match in MARK.finditer(text):
        mark = match[0]
        if mark in "{[":
            seen.append(set())
        elif mark in "}]":
            seen.pop()
        elif mark == ":":
            key = json.loads(last)
            if key in seen[-1]:
                fail(path, line + text.count("\n", 0, match.start()), f"{key!r} stands here twice")
            seen[-1].add(key)
        last = mark
    raise AssertionError(f"{path}: nothing stands twice")
