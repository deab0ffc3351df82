"""The oids of content that Git itself holds: what was hashed once is remembered by Git's name of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from gitblob.errors import MlError
from gitblob.git import bulk, command, partial
from gitblob.ml.memory import Memory

KIND = "raw"
LARGE = 1 << 20  # bytes from which on an object is hashed as a stream of its own


def digests(top: str, memory: Memory, names: Iterable[bytes]) -> dict[bytes, tuple[str, int]]:
    """Oid (`sha256:<64 hex>`) and size of each of these blobs (hex). Raises MlError for one that is not here."""
    unique = list(dict.fromkeys(names))
    known = memory.get_many(KIND, (name.decode() for name in unique))
    found = {name: _read(known[name.decode()]) for name in unique if name.decode() in known}
    fresh = dict(_hashed(top, [name for name in unique if name not in found]))
    memory.put_many(KIND, {name.decode(): f"{oid} {size}".encode() for name, (oid, size) in fresh.items()})
    return {**found, **fresh}


def _read(value: bytes) -> tuple[str, int]:
    oid, _, size = value.decode().partition(" ")
    return oid, int(size)


def _hashed(top: str, names: list[bytes]) -> Iterable[tuple[bytes, tuple[str, int]]]:
    if not names:
        return
    sizes = bulk.sizes(names, top)
    absent = [name for name in names if name not in sizes]
    if absent:
        raise MlError(f"this clone lacks {len(absent)} of the files that a version is made of", partial.REMEDY)
    with command.objects(top) as objects:
        for name, data in objects.read(name for name in names if sizes[name] < LARGE):
            assert data is not None
            yield name, (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
    for name in names:
        if sizes[name] >= LARGE:
            digest = hashlib.sha256()
            for piece in command.stream("cat-file", "blob", name.decode(), cwd=top):
                digest.update(piece)
            yield name, (f"sha256:{digest.hexdigest()}", sizes[name])
