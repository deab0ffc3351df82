"""The two interfaces of a store: a backend speaks keys and bytes, a store speaks blobs in batches.

A layout (`plain`) stands between them and says how blobs lie on a backend. Errors of both: StoreError, or
StoreUnavailable where the same call may succeed later; they end a batch.
What concerns one blob alone is told to the Watch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from gitblob.model.oid import Oid


class Blob(NamedTuple):
    """What a pointer names: oid and size in bytes."""

    oid: Oid
    size: int


class Capabilities(NamedTuple):
    """What a backend (or a store) can do, as data.

    shares_files: a file on this machine and one on the backend can be the same bytes without a copy.
    parallelism: calls at a time that are of use.
    grain: mean size of blobs, in bytes, below which one call at a time is the fastest.
    remote: a network lies between; what was put there is asked for once more before refs move.
    ranges: a part of a file can be read without the bytes before it.
    read_only: nothing is ever written there.
    deletes: what is there can be listed and taken away. retries: it tries again by itself what the network broke.
    """

    shares_files: bool = False
    parallelism: int = 8
    grain: int = 0
    remote: bool = False
    ranges: bool = False
    read_only: bool = False
    deletes: bool = True
    retries: bool = False


Moved = Callable[[int], None]  # is told of bytes as they move, and may raise to stop


def ignore(_: int) -> None:
    """Nobody watches the bytes."""


class Watch(Protocol):
    """Is told how a batch goes, from whatever thread it runs on. Each method may raise to end the batch."""

    def moved(self, size: int) -> None:
        """That many bytes more have been moved."""

    def done(self, blob: Blob) -> None:
        """The blob is where it should be."""

    def failed(self, blob: Blob, reason: str) -> None:
        """The blob could not be moved; the batch goes on."""


class Backend(Protocol):
    """Files under keys (`ab/cdef…`, parts separated by slashes).

    label: what errors call it. A file is visible under its key only when whole.
    """

    label: str
    capabilities: Capabilities

    def head(self, key: str) -> int | None:
        """The size in bytes, or None where there is no file."""

    def get(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from start up to (not including) end. Raises BlobMissing."""

    def fetch(self, key: str, path: str, moved: Moved = ignore) -> None:
        """Bring the file to `path`, which must not exist. Raises BlobMissing; nothing is left at path on errors."""

    def put(self, key: str, path: str, if_absent: bool = True, oid: Oid | None = None, moved: Moved = ignore) -> bool:
        """Store the bytes of a file; False where if_absent and the key is taken.

        oid: the SHA-256 that lies there afterwards; otherwise nothing lies there and BlobCorrupt is raised.
        """

    def version(self, key: str) -> str | None:
        """A word that changes when the file is written anew, though with the same bytes; None where there is none."""

    def digest(self, key: str) -> Oid | None:
        """The SHA-256 of what lies there now, computed where it lies; None where the backend cannot do that."""

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys that start with prefix, and sizes, in no order."""

    def delete(self, key: str) -> None:
        """Remove the file; content when there is none."""

    def flush(self) -> None:
        """Return when all that was put since the last flush would survive a power cut."""


class Store(Protocol):
    """Blobs under a name and a URL. label: what errors call it."""

    name: str
    url: str
    label: str

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def exists(self) -> bool:
        """Is it there? False only for one that the first put will make. Raises StoreError for what is wrong."""

    def identity(self) -> str | None:
        """A word that another store in its place would not have, nor this one made anew; None where there is none."""

    def missing(self, blobs: Sequence[Blob]) -> set[Oid]:
        """Those of these that the store does not have whole."""

    def put(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Take blobs from files whose bytes are known to be right; verified and durable when it returns.

        items may be drawn from a source that several calls share.
        """

    def get(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Bring blobs to paths that do not exist yet. One that the store does not have whole is passed over in silence.

        The bytes are not verified here: whoever adopts them into the cache does that.
        """

    def read(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        """The bytes of a blob from start up to end, where the capabilities have `ranges`. Raises BlobMissing."""

    def digest(self, blob: Blob) -> Oid | None:
        """The SHA-256 of what the store has for this blob, computed there; None where the store cannot do that.

        Raises BlobMissing.
        """

    def blobs(self, prefix: str = "") -> Iterator[Blob]:
        """What the store holds (of oids that start with these hex digits), in no order."""

    def delete(self, oids: Iterable[Oid]) -> None:
        """Free blobs. The caller has made sure that nothing references them."""
