"""Nested mappings as YAML that YAML 1.1, YAML 1.2 and JSON tools read alike, one value on each line.

Text that any of them could take for something else is in quotes, escaped as in JSON; lists are JSON on one line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping

from gitblob.errors import MlError
from gitblob.ml.readers import Value

PLAIN = re.compile(r"[A-Za-z/_.][A-Za-z0-9/_.@+-]*")
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf", ".nan", ".inf"}  # of YAML 1.1
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
LONGEST_KEY = 500  # characters; YAML 1.2.2, 7.4.2: a key has 1,024 at most, escapes included


def document(values: Mapping[str, Value]) -> str:
    """The lines of a mapping. Raises MlError for a key that is too long for YAML."""
    return "".join(f"{line}\n" for line in _lines(values, ""))


def text(word: str) -> str:
    r"""What stands in a document for a word; bytes of a path that are not UTF-8 (PEP 383) become `\udcXX`."""
    return word if word.isascii() else word.encode("utf-8", "backslashreplace").decode()


def _lines(values: Mapping[str, Value], indent: str) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{_key(key)}:"
            yield from _lines(value, f"{indent}  ")
        else:
            yield f"{indent}{_key(key)}: {_word(value) if isinstance(value, str) else _flow(value)}"


def _key(key: str) -> str:
    if len(key) > LONGEST_KEY:
        raise MlError(f"the key {key[:40]!r}… has {len(key)} characters", f"{LONGEST_KEY} are the limit in a record")
    return _word(key)


def _word(word: str) -> str:
    return word if PLAIN.fullmatch(word) and word.lower() not in WORDS and word.strip(".") else _quoted(word)


def _quoted(word: str) -> str:
    quoted = json.dumps(text(word), ensure_ascii=False)
    return quoted if quoted.isascii() and "\x7f" not in quoted else UNPRINTABLE.sub(_escaped, quoted)


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _flow(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_quoted(key)}: {_flow(item)}' for key, item in value.items())}}}"
    return str(value)


def _number(value: float) -> str:
    """With a point in it, without which YAML 1.1 takes 1e-05 for text."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"
    digits, exponent, power = repr(value).partition("e")
    return f"{digits if '.' in digits else f'{digits}.0'}{exponent}{power}"
