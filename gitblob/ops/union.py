r"""Unite two files that have only grown: what both have, then ours, then what theirs has appended.

Files are read piece by piece. A line ends at its "\n", or where the file does; in a file whose records may be quoted
(CSV) a newline between quotes ends nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from gitblob.model.oid import Oid

PIECE = 1 << 20  # bytes
NEWLINE, CRLF, QUOTE = b"\n", b"\r\n", b'"'


def starts_with(file: BinaryIO, oid: Oid, size: int) -> bool:
    """Are the first `size` bytes the blob called oid, and does a line end there?"""
    file.seek(0)
    digest, left, last = hashlib.sha256(), size, NEWLINE
    while left:
        data = file.read(min(PIECE, left))
        if not data:
            return False
        digest.update(data)
        left, last = left - len(data), data[-1:]
    return digest.hexdigest() == oid and (
        last == NEWLINE or file.read(2)[:2] in {b"", CRLF} or _at(file, size, NEWLINE)
    )


def shared(ours: BinaryIO, theirs: BinaryIO, start: int, quotes: bool) -> int:
    """How far both have the same whole lines, given that they are alike up to `start`, where a line ends.

    quotes: lines may lie between quotes.
    """
    ours.seek(start)
    theirs.seek(start)
    end = same = start
    parity = 0
    while True:
        mine, other = ours.read(PIECE), theirs.read(PIECE)
        length = alike(mine, other)
        both = mine[:length]
        at = _last_line_end(both, parity if quotes else None)
        end = same + at if at else end
        parity ^= both.count(QUOTE) & 1
        same += length
        if length < len(mine) or length < len(other) or not mine:
            break
    whole = not (quotes and parity) and _ends(ours, same) and _ends(theirs, same)
    return same if whole else end


def alike_from_start(one: BinaryIO, other: BinaryIO) -> int:
    """How many bytes both files have at their beginning."""
    one.seek(0)
    other.seek(0)
    same = 0
    while True:
        mine, theirs = one.read(PIECE), other.read(PIECE)
        length = alike(mine, theirs)
        same += length
        if not length or length < max(len(mine), len(theirs)):
            return same


def joined(ours: BinaryIO, theirs: BinaryIO, start: int) -> Iterator[bytes]:
    """All of ours, then theirs from `start` on, with a line end between them."""
    ours.seek(0)
    last = b""
    while data := ours.read(PIECE):
        yield data
        last = (last + data)[-2:]
    between = _line_end(theirs, start) if start and not _at(theirs, start - 1, NEWLINE) else b""
    theirs.seek(start + len(between))  # what both have may lack its line end, then theirs goes on with it
    data = theirs.read(PIECE)
    if (data or between) and last and not last.endswith(NEWLINE):
        yield between or (CRLF if _at(ours, start - 2, CRLF) or CRLF in data else NEWLINE)
    while data:
        yield data
        data = theirs.read(PIECE)


def _line_end(file: BinaryIO, at: int) -> bytes:
    """The line end at this position, b"" where there is none."""
    return next((end for end in (CRLF, NEWLINE) if _at(file, at, end)), b"")


def _ends(file: BinaryIO, at: int) -> bool:
    """Does a line end before this byte, or right there?"""
    return at == 0 or at == _size(file) or _at(file, at - 1, NEWLINE) or _at(file, at, NEWLINE) or _at(file, at, CRLF)


def _at(file: BinaryIO, position: int, wanted: bytes) -> bool:
    """Are these the bytes at a position?"""
    if position < 0:
        return False
    file.seek(position)
    return file.read(len(wanted)) == wanted


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def alike(one: bytes, other: bytes) -> int:
    """The length of what both begin with (bytes)."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _last_line_end(data: bytes, parity: int | None) -> int:
    """Behind the last newline that ends a line, or 0. parity: of the quotes before; None: quotes mean nothing."""
    at = data.rfind(NEWLINE)
    while at >= 0 and parity is not None and (parity + data.count(QUOTE, 0, at)) & 1:
        at = data.rfind(NEWLINE, 0, at)
    return at + 1
