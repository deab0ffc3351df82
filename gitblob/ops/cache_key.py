r"""One word for all the content that a commit points to, so that a CI system can keep the cache under it.

Format 1: `gitblob-1-` and the SHA-256 (hex) of the lines `<oid hex> <size>\n`, each once, in the order of their bytes.
It depends on the pointers alone: neither on paths nor on the clone, the platform or the settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from gitblob.git import history, partial
from gitblob.model.pointer import Pointer

PREFIX = "gitblob-1-"


def cache_key(rev: str, pathspecs: Sequence[str] = (), top: str | None = None) -> str:
    """The key of a revision's pointers (within pathspecs, relative to the top); reads Git's objects and nothing else.

    Raises UsageError for a revision that does not exist, GitblobError where the clone lacks objects that could be
    pointers.
    """
    partial.require(history.tree(rev, top), cwd=top)
    found = history.pointers_matching(rev, pathspecs, top) if pathspecs else history.pointers_at(rev, top)
    return of(pointed.pointer for pointed in found)


def of(pointers: Iterable[Pointer]) -> str:
    """The key of these pointers, in whatever order and form they come."""
    lines = sorted({f"{pointer.oid} {pointer.size}\n" for pointer in pointers})
    return PREFIX + hashlib.sha256("".join(lines).encode("ascii")).hexdigest()
