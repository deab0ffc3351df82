r"""Values as bytes that are the same on every machine and in every language: JSON by RFC 8785 (JCS).

Keys lie in the order of their UTF-16 code units, numbers are written as ECMAScript does, nothing stands between. Two
departures, for what JCS has no word for: whole numbers are exact beyond 2^53, and a byte of a path that is not UTF-8
is the escape that Python gives it (PEP 383), such as `\udcff`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

from gitblob.errors import MlError

SURROGATE = re.compile("[\ud800-\udfff]")
FIXED = range(-6, 21)  # decimal exponents of what ECMAScript writes without one (Number::toString)


def encode(value: object) -> bytes:
    """The one spelling of a value of mappings, lists, text, numbers, booleans and None.

    Raises MlError for NaN, infinity and whatever JSON has no word for.
    """
    try:
        return _text(value).encode()
    except RecursionError:
        raise MlError("a value is nested too deep, or in itself, to be part of a version") from None


def escaped(text: str) -> str:
    """JSON with half characters, which UTF-8 has no bytes for, as their escapes."""
    if text.isascii() or not SURROGATE.search(text):
        return text
    return SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        return _whole(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda item: str(item[0]).encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_quoted(_key(key))}:{_text(item)}" for key, item in members) + "}"
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    raise MlError(f"{value!r} ({type(value).__name__}) can be no part of a version", "write it as text or a number")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise MlError(f"the key {key!r} is no text", "put it in quotes")
    return key


def _quoted(text: str) -> str:
    return escaped(json.dumps(text, ensure_ascii=False))


def _whole(value: int) -> str:
    try:
        return int.__repr__(value)
    except ValueError:  # Python writes no more than 4,300 digits
        raise MlError(f"a whole number of {value.bit_length()} bits can be no part of a version") from None


def _number(value: float) -> str:
    """As ECMA-262 7.1.12.1 writes a double: the shortest digits that read back as it, as Python's repr finds them."""
    if not math.isfinite(value):
        raise MlError(f"{value} is no number that a version can hold", "NaN and infinity have no canonical form")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, power = float.__repr__(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = int(power or 0) + len(whole) - 1
    if whole == "0":
        exponent = int(power or 0) - (len(fraction) - len(fraction.lstrip("0"))) - 1
    digits = digits.rstrip("0")
    if exponent not in FIXED:
        rest = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{rest}e{'+' if exponent > 0 else '-'}{abs(exponent)}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    if len(digits) <= exponent + 1:
        return sign + digits.ljust(exponent + 1, "0")
    return f"{sign}{digits[: exponent + 1]}.{digits[exponent + 1 :]}"
