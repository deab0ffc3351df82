"""The bytes of one version of a file, as a file to read: from Git, from the cache, from a store."""

from __future__ import annotations

import builtins
import io
import os
from typing import BinaryIO

from gitblob import filesystem
from gitblob.api.ranged import RangedBlob
from gitblob.api.repositories import Opened
from gitblob.api.tree import Found
from gitblob.errors import BlobCorrupt
from gitblob.git import command
from gitblob.model.pointer import Pointer
from gitblob.store.base import Blob

WHOLE = 4 << 20  # bytes up to which a blob is fetched whole: one request, and verified
IN_MEMORY = 4 << 20  # bytes up to which what Git itself holds is not written to a file
BUFFER = 64 << 10  # bytes


def of(repository: Opened, found: Found) -> BinaryIO:
    """A file of a commit, of which all is known (Tree.file). Raises BlobMissing, StoreError, PartialFailure."""
    if found.pointer:
        return of_blob(repository, found.pointer, found.path)
    if (found.size or 0) <= IN_MEMORY:
        return io.BytesIO(command.run("cat-file", "blob", found.name, cwd=repository.top))
    return _spooled(repository, found.name)


def of_blob(repository: Opened, pointer: Pointer, name: str) -> BinaryIO:
    """A blob: that of the cache, else a small one fetched, a large one read by ranges where a store gives these."""
    path = repository.cache.restorable(pointer.oid, pointer.size)
    if not path and pointer.size > WHOLE:
        ranged = [store for store in repository.stores() if store.capabilities.ranges]
        if ranged:
            blob = Blob(pointer.oid, pointer.size)
            raw = RangedBlob(repository.cache, ranged, blob, name, lambda: fetched(repository, pointer, name))
            return io.BufferedReader(raw, BUFFER)
    return builtins.open(path or fetched(repository, pointer, name), "rb")


def fetched(repository: Opened, pointer: Pointer, name: str) -> str:
    """The path of the blob in the cache, to which it is brought. Raises BlobMissing, StoreError, PartialFailure."""
    path = repository.cache.restorable(pointer.oid, pointer.size)
    if path is None:
        repository.obtain([pointer], name)
        path = repository.cache.restorable(pointer.oid, pointer.size)
    if path is None:
        raise BlobCorrupt(f"{name}: {pointer.oid.text} is damaged in the cache", "`gitblob fsck` looks for damage")
    return path


def _spooled(repository: Opened, name: str) -> BinaryIO:
    """What Git holds, in a file without a name: memory stays flat."""
    import tempfile

    file = tempfile.TemporaryFile()  # noqa: SIM115 the caller closes it
    try:
        for piece in command.stream("cat-file", "blob", name, cwd=repository.top):
            filesystem.write_all(file.fileno(), piece)
        file.seek(0, os.SEEK_SET)
    except BaseException:
        file.close()
        raise
    return file
