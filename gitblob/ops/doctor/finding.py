"""One result of the doctor."""

from __future__ import annotations

from typing import NamedTuple

OK, WARNING, PROBLEM = "ok", "warning", "problem"


class Finding(NamedTuple):
    """check: which examination; level: OK, WARNING or PROBLEM; text: what was seen; remedy: what to type, or None."""

    check: str
    level: str
    text: str
    remedy: str | None = None


def count(number: int, thing: str, one: str, many: str) -> str:
    """`1 file lies`, `2 files lie`: a number of things and the verb that goes with it."""
    return f"1 {thing} {one}" if number == 1 else f"{number} {thing}s {many}"
