"""What git tells a pre-push hook on stdin: `LOCAL-REF LOCAL-OID REMOTE-REF REMOTE-OID` a line (githooks(5))."""

from __future__ import annotations

import os

from gitblob.errors import HookError

LENGTHS = {40, 64}  # hex digits of a SHA-1 and of a SHA-256 name
DIGITS = frozenset("0123456789abcdef")


def parse(data: bytes) -> list[tuple[str, str, str, str]]:
    """One tuple for each ref, in git's order; a name of zeros only stands for "none". Raises HookError.

    The local ref is whatever the user typed (`HEAD~1`, `(delete)`, with blanks), so lines are split from the right.
    """
    return [_split(line) for line in os.fsdecode(data).split("\n") if line]


def _split(line: str) -> tuple[str, str, str, str]:
    fields = line.rsplit(" ", 3)
    if len(fields) != 4 or not all(len(name) in LENGTHS and DIGITS.issuperset(name) for name in fields[1::2]):
        raise HookError(f"git told the pre-push hook {line!r}, which names no ref", "`gitblob hook` is called by git")
    local, local_name, remote, remote_name = fields
    return local, local_name, remote, remote_name
