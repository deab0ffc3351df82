"""Reads what `emit` has written, fifty times as fast as a reader of all of YAML: lists of thousands of runs need it.

Whatever it is not sure of is left to that reader; what it does read, that one reads alike.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from gitblob.ml.readers import Value
from gitblob.ml.readers.value import MAX_DEPTH
from gitblob.ml.readers.yaml_values import plain

UNSURE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
SURROGATES = ("\\ud", "\\uD")  # two of them are one character in JSON, and an error in YAML
LINE = re.compile(r'( *)("[^"\\]{0,500}"|[A-Za-z/_.][A-Za-z0-9/_.@+-]{0,500}):(?: (.+))?')
QUOTED = re.compile(r'"[^"\\]*"')
PLAIN = re.compile(r"[A-Za-z/_.0-9][A-Za-z0-9/_.@+-]*|-[0-9.][0-9.einf+-]*")


class _Unsure(Exception):
    """Another reader has to look."""


class _Open(NamedTuple):
    indent: int
    values: dict[str, Value]


def read(text: str) -> dict[str, Value] | None:
    """The mapping that the text holds; None where another reader has to look."""
    if UNSURE.search(text) or any(word in text for word in SURROGATES):
        return None
    try:
        return _read(text)
    except (_Unsure, ValueError, RecursionError):
        return None


def _read(text: str) -> dict[str, Value]:
    top: dict[str, Value] = {}
    stack = [_Open(0, top)]
    waiting: dict[str, Value] | None = None  # a mapping that the line before has begun
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("#") and waiting is None and not top:
            continue
        match = LINE.fullmatch(line)
        if not match:
            raise _Unsure
        indent, key, value = len(match[1]), match[2], match[3]
        if waiting is not None:
            if indent != stack[-1].indent + 2 or len(stack) > MAX_DEPTH - 2:
                raise _Unsure
            stack.append(_Open(indent, waiting))
        while indent < stack[-1].indent:
            stack.pop()
        if indent != stack[-1].indent:
            raise _Unsure
        values, name = stack[-1].values, key[1:-1] if key[0] == '"' else key
        if name in values:
            raise _Unsure
        waiting = {} if value is None else None
        if value is not None and value.count("[") + value.count("{") + len(stack) > MAX_DEPTH - 2:
            raise _Unsure
        values[name] = waiting if value is None else _value(value)
    if waiting is not None:
        raise _Unsure
    return top


def _value(word: str) -> Value:
    if QUOTED.fullmatch(word):
        return word[1:-1]
    if word[0] in '"[{':
        found: Value = JSON.decode(word)
        return found
    if not PLAIN.fullmatch(word):
        raise _Unsure
    return plain(word)


def _unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unsure
    return found


def _refuse(_: str) -> Value:
    raise _Unsure  # NaN is a number in Python's JSON and text in YAML


JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)
