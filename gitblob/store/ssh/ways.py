"""A store that more than one way may lead to; which one does is found out when it is first used, and kept.

A way that the other side does not offer (NotServed) leaves it to the next. Anything else that goes wrong is said: a
host that is down, or lets nobody in, would not answer on the next way either, and would ask for a password again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from gitblob.errors import StoreError
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Capabilities, Store, Watch
from gitblob.store.ssh.failure import NotServed

if TYPE_CHECKING:
    from gitblob.store.lfs.locks import Locks


class AnyWay:
    """ways: each connects, and raises NotServed or another StoreError. none: what to do where none leads there."""

    def __init__(self, name: str, url: str, label: str, ways: Sequence[Callable[[], Store]], none: str) -> None:
        self.name, self.url, self.label = name, url, label
        self._ways, self._none = ways, none
        self._store: Store | None = None
        self._problem: StoreError | None = None
        self._lock = threading.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """Those of the store; until it is found, what most of them can."""
        return self._store.capabilities if self._store else Capabilities(remote=True, ranges=True)

    @property
    def locks(self) -> Locks | None:
        """Those of the store, if it is a Git LFS server."""
        locks: Locks | None = getattr(self.found(), "locks", None)
        return locks

    def exists(self) -> bool:
        """As the store says."""
        return self.found().exists()

    def create(self) -> bool:
        """Make it a store if it is none, where that can be done from here; was it made?"""
        make = getattr(self.found(), "create", None)
        return bool(make()) if make else False

    def identity(self) -> str | None:
        """As the store says; None where there is none."""
        try:
            return self.found().identity()
        except StoreError:
            return None

    def missing(self, blobs: Sequence[Blob]) -> set[Oid]:
        """As the store says."""
        return self.found().missing(blobs)

    def put(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """To the store."""
        self.found().put(items, watch)

    def get(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """From the store."""
        self.found().get(items, watch)

    def read(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        """From the store."""
        return self.found().read(blob, start, end)

    def digest(self, blob: Blob) -> Oid | None:
        """As the store says."""
        return self.found().digest(blob)

    def blobs(self, prefix: str = "") -> Iterator[Blob]:
        """As the store says."""
        return self.found().blobs(prefix)

    def delete(self, oids: Iterable[Oid]) -> None:
        """From the store."""
        self.found().delete(oids)

    def close(self) -> None:
        """End what was begun."""
        if end := getattr(self._store, "close", None):
            end()

    def found(self) -> Store:
        """The store. Raises StoreError where no way leads there."""
        with self._lock:
            if self._problem:
                raise self._problem
            if self._store is None:
                self._store = self._find()
            return self._store

    def _find(self) -> Store:
        reasons: list[StoreError] = []
        for way in self._ways:
            try:
                return way()
            except NotServed as error:
                reasons.append(error)
        told = "; ".join(reason.message.removeprefix(f"store {self.label}: ") for reason in reasons)
        self._problem = StoreError(f"store {self.label}: {told}", self._none)
        raise self._problem
