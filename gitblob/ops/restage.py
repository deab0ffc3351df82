"""Put other bytes into the index for a path, without touching the work tree or running a filter."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Container, Iterable, Iterator, Sequence

from gitblob.cache import Cache
from gitblob.git import bulk, command
from gitblob.git.entries import Entry
from gitblob.model import pointer as pointers
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer

SMALL = 1 << 20  # bytes; objects up to this size are read whole, many through one process


def as_pointers(cache: Cache, top: str, entries: Sequence[Entry], lfs: Container[bytes] = ()) -> None:
    """Put the content of Git's objects into the cache and stage the pointers to it. Memory stays flat.

    lfs: the paths whose pointers are written in the Git LFS form.
    """
    found = dict(_blobs(cache, top, list(dict.fromkeys(entry.name for entry in entries))))
    stage(top, [(entry, pointers.encode(Pointer(*found[entry.name], entry.path in lfs))) for entry in entries])


def stage(top: str, changes: Iterable[tuple[Entry, bytes]]) -> None:
    """Stage these bytes, small ones, in place of each entry's object."""
    changes = list(changes)
    names = _write(top, [data for _, data in changes])
    records = [
        b"%s %s 0\t%s\0" % (entry.mode, name, entry.path) for (entry, _), name in zip(changes, names, strict=True)
    ]
    command.run("update-index", "-z", "--add", "--index-info", cwd=top, data=b"".join(records))


def _blobs(cache: Cache, top: str, names: list[bytes]) -> Iterator[tuple[bytes, tuple[Oid, int]]]:
    """Each object's name (hex) with oid and size of its content, which is in the cache now."""
    sizes = bulk.sizes(names, top)
    small = [name for name in names if sizes.get(name, SMALL + 1) <= SMALL]
    if small:
        with command.objects(top) as objects:
            for name, data in objects.read(small):
                if data is not None:
                    yield name, (cache.put(data), len(data))
    for name in names:
        if sizes.get(name, SMALL + 1) > SMALL:
            yield name, _streamed(cache, top, name)


def _streamed(cache: Cache, top: str, name: bytes) -> tuple[Oid, int]:
    return cache.incoming().take(command.stream("cat-file", "blob", name, cwd=top))


def _write(top: str, contents: list[bytes]) -> list[bytes]:
    """The names (hex) of these bytes as objects, which Git has now."""
    with tempfile.TemporaryDirectory(prefix="gitblob-") as folder:
        paths = [os.path.join(folder, str(number)) for number in range(len(contents))]
        for path, data in zip(paths, contents, strict=True):
            with open(path, "wb") as file:
                file.write(data)
        listing = "".join(f"{path}\n" for path in paths)
        query = ("hash-object", "-w", "--no-filters", "--stdin-paths")
        return command.run(*query, cwd=top, data=os.fsencode(listing)).split()
