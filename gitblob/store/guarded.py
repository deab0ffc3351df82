"""Stores that may not be used as others are: one that is only read, and one that is not even asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

from gitblob.errors import StoreDenied, StoreError
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Capabilities, Store, Watch


class ReadOnly:
    """A store whose content is used and never changed."""

    def __init__(self, store: Store) -> None:
        self.name, self.url, self.label = store.name, store.url, store.label
        self.capabilities = store.capabilities._replace(read_only=True)
        self._store = store

    def exists(self) -> bool:
        """As the store says."""
        return self._store.exists()

    def identity(self) -> str | None:
        """As the store says."""
        return self._store.identity()

    def missing(self, blobs: Sequence[Blob]) -> set[Oid]:
        """As the store says."""
        return self._store.missing(blobs)

    def get(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """From the store."""
        self._store.get(items, watch)

    def read(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        """From the store."""
        return self._store.read(blob, start, end)

    def digest(self, blob: Blob) -> Oid | None:
        """As the store says."""
        return self._store.digest(blob)

    def blobs(self, prefix: str = "") -> Iterator[Blob]:
        """As the store says."""
        return self._store.blobs(prefix)

    def _refuse(self, *_: object) -> NoReturn:
        raise StoreDenied(f"store {self.label} is read-only here", "the settings say `read_only: true`")

    put = delete = _refuse


class Refused:
    """A store that is not asked for anything: whoever tries is told why.

    Its identity is None, so whoever needs nothing of it need not know that it is refused.
    """

    capabilities = Capabilities(remote=True)

    def __init__(self, name: str, url: str, reason: StoreError) -> None:
        self.name, self.url, self.label = name, url, name
        self._reason = reason

    def identity(self) -> str | None:
        """None."""
        return None

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise self._reason

    exists = missing = put = get = read = digest = blobs = delete = _refuse
