"""The pointers among many small blobs, where nearly all are pointers of gitblob's own spelling.

Measured with 100,000 pointers in one pack: two gits that read half of them each, and one regular expression over what
they print, take half the time of libgit2 and `pointer.decode` in one process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gitblob.git import bulk, command
from gitblob.model import pointer as pointers

Answer = TypeVar("Answer")

AT_ONCE = 25_000  # blobs in one question, whose answer is held
READERS = 2
POINTER = re.compile(
    rb"[0-9a-f]{40,64} blob ([0-9]{2,3})\n("
    + re.escape(pointers.HEAD)
    + rb"([0-9a-f]{64})"
    + re.escape(pointers.SIZE_KEY)
    + rb"(0|[1-9][0-9]{0,17})\n)\n"
)


def of(names: Sequence[bytes], cwd: str | None = None) -> dict[bytes, tuple[str, int]]:
    """Oid (`sha256:<64 hex>`) and size of those of these blobs (hex, at most `pointer.MAX_BYTES` long) that are one.

    What is not in the answer may be a pointer in another spelling, content, or not here.
    """
    return _at_once(names, lambda piece: _read(piece, cwd))


def sizes(names: Iterable[bytes], cwd: str | None = None) -> dict[bytes, int]:
    """The sizes (bytes) of those of these objects (hex) that are here and are blobs, as `bulk.sizes` says them."""
    return _at_once(names, lambda piece: bulk.sizes(piece, cwd).items())


def _at_once(
    names: Iterable[bytes], ask: Callable[[Sequence[bytes]], Iterable[tuple[bytes, Answer]]]
) -> dict[bytes, Answer]:
    """What is answered for each name, by two gits where there are many."""
    unique = list(dict.fromkeys(names))
    pieces = [unique[at : at + AT_ONCE] for at in range(0, len(unique), AT_ONCE)]
    if len(pieces) < 2:
        return dict(pair for piece in pieces for pair in ask(piece))
    with ThreadPoolExecutor(READERS) as readers:
        return dict(pair for found in readers.map(ask, pieces) for pair in found)


def _read(names: Sequence[bytes], cwd: str | None) -> list[tuple[bytes, tuple[str, int]]]:
    """The answers come in the order of the questions; a line of git's own says how long what follows is."""
    output = command.run("cat-file", "--batch", "--buffer", cwd=cwd, data=b"\n".join(names) + b"\n", env=bulk.as_sent())
    found, at = [], 0
    for name in names:
        match = POINTER.match(output, at)
        if match and len(match[2]) == int(match[1]):
            found.append((name, (f"sha256:{match[3].decode()}", int(match[4]))))
            at = match.end()
        else:
            end = output.index(b"\n", at)
            size = output[at:end].rsplit(b" ", 1)[1]
            at = end + 1 + (int(size) + 1 if size.isdigit() else 0)
    return found
