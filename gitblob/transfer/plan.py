"""What a transfer has to move: wanted minus present."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from gitblob.store.base import Blob


class Plan(NamedTuple):
    """The blobs to move, each once, by oid (so that one run is like the next), and their bytes in all."""

    blobs: tuple[Blob, ...]
    size: int


def make(wanted: Iterable[Blob], present: Container[Blob] = ()) -> Plan:
    """The plan for what is wanted and not present.

    The same oid with two sizes stays two blobs: one pointer is wrong, and only the transfer shows which.
    """
    blobs = tuple(sorted(blob for blob in set(wanted) if blob not in present))
    return Plan(blobs, sum(blob.size for blob in blobs))


def spread(blobs: Sequence[Blob]) -> list[Blob]:
    """The same blobs in another order: those whose keys start alike stand far from each other.

    A service divides its work by the start of keys, and a server on files must make each folder once: writing side by
    side into one that is new fails now and then (rclone).
    """
    ranks = Counter[str]()
    turns: list[tuple[int, Blob]] = []
    for blob in blobs:
        start = blob.oid[:2]
        ranks[start] += 1
        turns.append((ranks[start], blob))
    return [blob for _, blob in sorted(turns)]
