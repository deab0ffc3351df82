"""A backend and a store around others, which try again what `retry` finds worth it.

What was told to `moved` for a try that failed is taken back (a negative
number), so that who counts bytes counts none twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

from gitblob import filesystem
from gitblob.errors import GitblobError
from gitblob.model.oid import Oid
from gitblob.store import retry
from gitblob.store.base import Backend, Blob, Capabilities, Moved, Store, Watch, ignore

_T = TypeVar("_T")


def _unlisted(begin: Callable[[], Iterator[_T]]) -> Callable[[], Iterator[_T]]:
    """The same without what came before it broke off."""
    seen: set[_T] = set()

    def rest() -> Iterator[_T]:
        for found in begin():
            if found not in seen:
                seen.add(found)
                yield found

    return rest


class _Tally:
    """Counts what is told, and can take it back."""

    def __init__(self, moved: Moved) -> None:
        self._moved = moved
        self._told = 0

    def __call__(self, size: int) -> None:
        self._told += size
        self._moved(size)

    def take_back(self, kept: int = 0) -> None:
        """All but so many bytes."""
        if lost := self._told - kept:
            self._moved(-lost)
        self._told = 0


class RetryingBackend:
    """A backend that tries again. See Backend for what the methods do."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.label = backend.label
        self._contact = retry.Contact()
        self.capabilities = backend.capabilities

    def head(self, key: str) -> int | None:
        """Its size."""
        return retry.call(lambda: self.backend.head(key), self._contact)

    def get(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes; another try goes on behind those that have come."""
        come = 0

        def rest() -> Iterator[bytes]:
            nonlocal come
            for data in self.backend.get(key, start + come, end):
                come += len(data)
                yield data

        return retry.going_on(rest, self._contact)

    def fetch(self, key: str, path: str, moved: Moved = ignore) -> None:
        """The file, from its start with each try."""
        tally = _Tally(moved)
        retry.call(lambda: _told(lambda: self.backend.fetch(key, path, tally), tally), self._contact, moved)

    def put(self, key: str, path: str, if_absent: bool = True, oid: Oid | None = None, moved: Moved = ignore) -> bool:
        """Store it. After a try whose answer was lost the key may be taken, by these very bytes."""
        tally = _Tally(moved)

        def put() -> bool:
            return self.backend.put(key, path, if_absent, oid, tally)

        return retry.call(lambda: _told(put, tally), self._contact, moved)

    def version(self, key: str) -> str | None:
        """Its version."""
        return retry.call(lambda: self.backend.version(key), self._contact)

    def digest(self, key: str) -> Oid | None:
        """Its SHA-256."""
        return retry.call(lambda: self.backend.digest(key), self._contact)

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys and sizes; another try passes over those that were listed before."""
        return retry.going_on(_unlisted(lambda: self.backend.list(prefix)), self._contact)

    def delete(self, key: str) -> None:
        """Remove it."""
        retry.call(lambda: self.backend.delete(key), self._contact)

    def flush(self) -> None:
        """Make all durable."""
        retry.call(self.backend.flush, self._contact)


class RetryingStore:
    """A store that tries again what its batch has not brought to an end. See Store for what the methods do.

    What else the store can do is reached through it as well.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.name = store.name
        self.url = store.url
        self.label = store.label
        self._contact = retry.Contact()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    @property
    def capabilities(self) -> Capabilities:
        """As the store says, which may know more once it was asked for something."""
        return self.store.capabilities

    def exists(self) -> bool:
        """Is it there?"""
        return self._call(self.store.exists)

    def identity(self) -> str | None:
        """Its identity. None does not say that the host has answered."""
        retries = self.capabilities.retries
        return self.store.identity() if retries else retry.call(self.store.identity, retry.Contact())

    def missing(self, blobs: Sequence[Blob]) -> set[Oid]:
        """Those that it lacks."""
        return self._call(lambda: self.store.missing(blobs))

    def read(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        """A part of a blob; another try goes on behind the bytes that have come."""
        come = 0

        def rest() -> Iterator[bytes]:
            nonlocal come
            for data in self.store.read(blob, start + come, end):
                come += len(data)
                yield data

        return rest() if self.capabilities.retries else retry.going_on(rest, self._contact)

    def digest(self, blob: Blob) -> Oid | None:
        """The SHA-256 there."""
        return self._call(lambda: self.store.digest(blob))

    def blobs(self, prefix: str = "") -> Iterator[Blob]:
        """What it holds."""
        return retry.going_on(_unlisted(lambda: self.store.blobs(prefix)), self._contact)

    def delete(self, oids: Iterable[Oid]) -> None:
        """Free blobs."""
        gone = list(oids)
        self._call(lambda: self.store.delete(gone))

    def put(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Take blobs."""
        self._batch(self.store.put, items, watch)

    def get(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Bring blobs."""

        def get(items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
            self.store.get((_cleared(item) for item in items), watch)

        self._batch(get, items, watch)

    def _batch(
        self,
        move: Callable[[Iterable[tuple[Blob, str]], Watch], None],
        items: Iterable[tuple[Blob, str]],
        watch: Watch,
    ) -> None:
        source, open_items = iter(items), _Open(watch)

        def attempt() -> None:
            again = open_items.restart()
            move(open_items.drawn(chain(again, source)), open_items)

        self._call(lambda: _told(attempt, open_items), watch.moved)

    def _call(self, do: Callable[[], _T], moved: Moved = ignore) -> _T:
        return do() if self.capabilities.retries else retry.call(do, self._contact, moved)


class _Open:
    """A watch that knows which items of a batch were drawn and have not come to an end."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._items: dict[Blob, str] = {}
        self._tally = _Tally(watch.moved)
        self._ended = 0  # bytes of blobs that are done

    def restart(self) -> list[tuple[Blob, str]]:
        """What has to be done again."""
        self._ended = 0
        return list(self._items.items())

    def drawn(self, items: Iterable[tuple[Blob, str]]) -> Iterator[tuple[Blob, str]]:
        """Note each item when the store takes it."""
        for blob, path in items:
            self._items[blob] = path
            yield blob, path

    def moved(self, size: int) -> None:
        """Bytes of any item."""
        self._tally(size)

    def done(self, blob: Blob) -> None:
        """One comes to an end."""
        self._watch.done(blob)
        self._items.pop(blob, None)
        self._ended += blob.size

    def failed(self, blob: Blob, reason: str) -> None:
        """One comes to its end without success."""
        self._watch.failed(blob, reason)
        self._items.pop(blob, None)

    def take_back(self) -> None:
        """What was told of items that are not done."""
        self._tally.take_back(self._ended)


def _told(do: Callable[[], _T], tally: _Tally | _Open) -> _T:
    try:
        return do()
    except GitblobError:
        tally.take_back()
        raise


def _cleared(item: tuple[Blob, str]) -> tuple[Blob, str]:
    """A path that does not exist, as `get` wants it."""
    filesystem.remove(item[1])
    return item
