"""Put other bytes into the index for a path, without touching the work tree or running a filter."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gitblob.cache import Cache
from gitblob.git import command
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer


class Entry(NamedTuple):
    """A regular file in the index: path (raw), mode (`100644`), object name (hex)."""

    path: bytes
    mode: bytes
    name: bytes


def as_pointers(cache: Cache, top: str, entries: Sequence[Entry]) -> None:
    """Put the content of Git's objects into the cache and stage the pointers to it. Memory stays flat."""
    stage(top, [(entry, _convert(cache, top, entry)) for entry in entries])


def stage(top: str, changes: Iterable[tuple[Entry, bytes]]) -> None:
    """Stage these bytes in place of each entry's object."""
    records = []
    for entry, data in changes:
        name = command.run("hash-object", "-w", "--stdin", cwd=top, data=data).strip()
        records.append(b"%s %s 0\t%s\0" % (entry.mode, name, entry.path))
    writing = {**os.environ, "GIT_OPTIONAL_LOCKS": "1"}
    command.run("update-index", "-z", "--add", "--index-info", cwd=top, data=b"".join(records), env=writing)


def _convert(cache: Cache, top: str, entry: Entry) -> bytes:
    incoming = cache.incoming()
    try:
        for piece in command.stream("cat-file", "blob", entry.name, cwd=top):
            incoming.write(piece)
    except BaseException:
        incoming.abandon()
        raise
    return pointers.encode(Pointer(*incoming.finish()))
