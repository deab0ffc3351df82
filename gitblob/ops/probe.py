"""Try a store out, step by step: can it be reached, written, asked, listed, read, cleaned up, and how fast?"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import GitblobError, StoreError
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Store

SIZE = 1 << 20  # bytes of a probe
SMALL = 16 << 20  # bytes: of a store that is only read, no larger blob is read to try it
LOOKED_AT = 64  # of its blobs


class Step(NamedTuple):
    """What was done, how many seconds it took, how many bytes went through; error: why it failed."""

    what: str
    seconds: float
    size: int = 0
    error: StoreError | None = None


def run(store: Store, cache: Cache) -> Iterator[Step]:
    """The steps as they are done, the last one with the error if there is one; the first alone where nothing is there.

    Nothing that was written is left behind, as far as the store can delete.
    """
    start = time.perf_counter()
    try:
        there = store.exists()
    except StoreError as error:
        yield Step("reach", time.perf_counter() - start, error=error)
        return
    yield Step("reach" if there else "nothing there yet; the first push makes it", time.perf_counter() - start)
    if there:
        yield from _timed(_steps(store, cache))


_Todo = tuple[str, int, Callable[[], None]]


def _steps(store: Store, cache: Cache) -> Generator[_Todo, None, None]:
    if not store.capabilities.deletes:
        return _asking(store)
    return _reading(store, cache) if store.capabilities.read_only else _writing(store, cache)


def _timed(steps: Generator[_Todo, None, None]) -> Iterator[Step]:
    with closing(steps):
        for what, size, do in steps:
            start = time.perf_counter()
            try:
                do()
            except StoreError as error:
                yield Step(what, time.perf_counter() - start, size, error)
                return
            yield Step(what, time.perf_counter() - start, size)


def _writing(store: Store, cache: Cache) -> Generator[_Todo, None, None]:
    data = os.urandom(SIZE)
    blob = Blob(Oid(hashlib.sha256(data).hexdigest()), SIZE)
    with _paths(cache) as (there, back):
        filesystem.write_new(there, data, 0o444)
        try:
            yield "write", SIZE, lambda: store.put([(blob, there)], _Attentive())
            yield "ask", 0, lambda: _expect(not store.missing([blob]), store, "has lost at once what was put there")
            yield "list", 0, lambda: _expect(blob in store.blobs(blob.oid[:4]), store, "does not list what it has")
            yield "read", SIZE, lambda: _read(store, blob, back)
            yield "delete", 0, lambda: store.delete([blob.oid])
        except GeneratorExit:
            with suppress(GitblobError):
                store.delete([blob.oid])
            raise


def _asking(store: Store) -> Generator[_Todo, None, None]:
    """All that leaves nothing behind where nothing can be deleted."""
    yield "ask", 0, lambda: ask(store)


def ask(store: Store) -> None:
    """Ask for what nobody has. Raises StoreError."""
    blob = Blob(Oid(os.urandom(32).hex()), SIZE)
    _expect(blob.oid in store.missing([blob]), store, "claims to have what nobody has")


def _reading(store: Store, cache: Cache) -> Generator[_Todo, None, None]:
    found: list[Blob] = []

    def look() -> None:
        found.extend(blob for _, blob in zip(range(LOOKED_AT), store.blobs(), strict=False) if blob.size <= SMALL)

    yield "list", 0, look
    if found:
        blob = max(found, key=lambda blob: blob.size)
        with _paths(cache) as (_, back):
            yield "read", blob.size, lambda: _read(store, blob, back)


@contextmanager
def _paths(cache: Cache) -> Iterator[tuple[str, str]]:
    """Two temporary paths, free now and afterwards."""
    stem = f"{cache.prepare('tmp')}/{filesystem.stem()}probe-{os.urandom(4).hex()}"
    paths = f"{stem}-there", f"{stem}-back"
    try:
        yield paths
    finally:
        for path in paths:
            filesystem.remove(path)


def _read(store: Store, blob: Blob, path: str) -> None:
    store.get([(blob, path)], _Attentive())
    _expect(os.path.exists(path), store, "does not give back what it has")
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    _expect(digest == blob.oid, store, "returns other bytes than were put there")


class _Attentive:
    """A watch that takes every failure seriously."""

    def moved(self, size: int) -> None:
        """Nothing."""

    def done(self, blob: Blob) -> None:
        """Nothing."""

    def failed(self, blob: Blob, reason: str) -> None:
        """Raises."""
        raise StoreError(f"{blob.oid.text}: {reason}")


def _expect(right: bool, store: Store, otherwise: str) -> None:
    if not right:
        raise StoreError(f"store {store.label} {otherwise}", "do not use it for blobs")
