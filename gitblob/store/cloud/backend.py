"""Files in object storage through an opendal operator, which is made at the first call and shared by all threads.

Small files go up in one piece, hashed before they are sent. Others are streamed, or left to who is made for them; one
that turns out to have other bytes is dropped before it is complete, so that the service never shows it.

opendal tells of a piece only when the service has it all. So the pieces that are under way together are small enough
for a slow line (2 Mbit/s) to bring one of them home before a transfer counts as stalled.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from gitblob.errors import BlobCorrupt, BlobMissing, StoreError, StoreUnavailable
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.store import arrival
from gitblob.store.base import Capabilities, Moved, ignore
from gitblob.store.cloud import failure
from gitblob.store.cloud.service import Service

if TYPE_CHECKING:
    from opendal import Operator
    from opendal.file import File

PIECE = 1 << 20  # bytes at a time between a file and a connection
SMALL = 1 << 20  # bytes up to which a file goes up in one piece
CHUNK = 4 << 20  # bytes of a streamed file that are sent in one request
LARGE_AT_A_TIME = 2  # streamed files: each holds up to three chunks in memory
TIMEOUT = 30.0  # seconds for a question
PIECE_TIMEOUT = 120.0  # seconds for a piece


class Large(Protocol):
    """Another way to bring files to the service that are not small."""

    def put(self, key: str, path: str, oid: Oid | None, moved: Moved) -> None:
        """As Backend.put, and the key may be taken."""


class _Beyond(StoreError):
    """The file ends before the bytes that were asked for."""


class CloudBackend:
    """Files below an operator's root. make: makes the operator, without asking a host."""

    capabilities = Capabilities(parallelism=16, remote=True, ranges=True)

    def __init__(self, label: str, service: Service, make: Callable[[], Operator], large: Large | None = None) -> None:
        self.label = label
        self._service = service
        self._make = make
        self._large = large
        self._operator: Operator | None = None
        self._making = threading.Lock()
        self._streams = threading.BoundedSemaphore(LARGE_AT_A_TIME)

    def head(self, key: str) -> int | None:
        """The size by one question, or None."""
        found = self._stat(key)
        return None if found is None or found.is_dir else found.content_length

    def version(self, key: str) -> str | None:
        """ETag and time of the last change."""
        found = self._stat(key)
        return f"{found.etag} {found.last_modified}" if found else None

    def digest(self, key: str) -> Oid | None:  # noqa: ARG002 services keep no SHA-256 of files that came in parts
        """Not without reading it."""
        return None

    def get(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from start up to end, in pieces."""
        if end is not None and end <= start:
            return
        part = {} if end is None else {"size": end - start}
        at = start
        try:
            for piece in self._pieces(key, offset=start, **part):
                at += len(piece)
                yield piece
        except _Beyond:
            return
        except StoreUnavailable:  # opendal says the same where the file ends and where the connection does
            if end is None or self.head(key) != at:
                raise

    def fetch(self, key: str, path: str, moved: Moved = ignore) -> None:
        """One stream into a new file."""
        arrival.save(self._pieces(key), path, moved)

    def put(self, key: str, path: str, if_absent: bool = True, oid: Oid | None = None, moved: Moved = ignore) -> bool:
        """Send a file. A small one that has an oid is not asked for first: the same bytes may be written twice."""
        try:
            with open(path, "rb", buffering=0) as file:
                size = os.fstat(file.fileno()).st_size
                moved(0)
                if if_absent and (oid is None or size > SMALL) and self.head(key) is not None:
                    return False
                if size <= SMALL:
                    self._put_whole(key, file, oid, moved)
                elif self._large:
                    self._large.put(key, path, oid, moved)
                else:
                    with self._streams:
                        self._put_stream(key, file, oid, moved)
        except FileNotFoundError:
            raise BlobMissing(f"{path} is gone") from None
        return True

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys and sizes below the root."""
        try:
            from gitblob.store.cloud import listing

            pages = self._call("listing", lambda o: listing.entries(o, prefix))
            while page := self._call("listing", lambda _: next(pages, None)):
                for entry in page:
                    if entry.path.startswith(prefix) and not entry.path.endswith("/"):
                        yield entry.path, entry.metadata.content_length
        except BlobMissing as error:
            missing = f"store {self.label}: there is no such {self._service.container}"
            raise StoreError(missing, self._service.make) from error

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._call(f"deleting {key}", lambda o: o.delete(key))

    def flush(self) -> None:
        """Nothing to do: what the service has confirmed is durable."""

    def _operate(self) -> Operator:
        with self._making:
            if self._operator is None:
                self._operator = self._make()
            return self._operator

    def _stat(self, key: str) -> Any:
        try:
            return self._operate().stat(key)
        except StoreError:
            raise
        except Exception as error:  # opendal's errors have no class of their own
            fault = failure.of_opendal(error)
            if fault.absent:
                return None
            raise self._explained(self._worded(fault, key), f"looking for {key}") from error

    def _worded(self, fault: failure.Fault, key: str) -> failure.Fault:
        """A HEAD is refused without a word; a GET of the same file is told why."""
        if fault.status in {401, 403} and not fault.code:
            try:
                self._operate().read(key, offset=0, size=1)
            except Exception as error:  # noqa: BLE001 opendal's errors have no class of their own
                said = failure.of_opendal(error)
                return said if said.code and not said.absent else fault
        return fault

    def _pieces(self, key: str, **part: Any) -> Iterator[bytes]:
        """The bytes of a file, or of `size` bytes from `offset`."""
        file = self._call(f"reading {key}", lambda o: o.open(key, "rb", **part))
        try:
            while piece := self._call(f"reading {key}", lambda _: file.read(PIECE)):
                yield piece
        finally:
            file.close()

    def _put_whole(self, key: str, file: Any, oid: Oid | None, moved: Moved) -> None:
        data, digest = file.read(), oids.hasher()
        digest.update(data)
        refuse_other_bytes(oid, digest.hexdigest(), self.label)
        self._call(f"writing {key}", lambda o: o.write(key, data))
        moved(len(data))

    def _put_stream(self, key: str, file: Any, oid: Oid | None, moved: Moved) -> None:
        """Not in a `with`: leaving that completes the file, also on errors."""
        digest, doing = oids.hasher(), f"writing {key}"
        target = self._call(doing, lambda o: o.open(key, "wb", chunk=CHUNK, concurrent=2))
        while piece := file.read(PIECE):
            digest.update(piece)
            self._call(doing, partial(_write, target, piece))
            moved(len(piece))
        refuse_other_bytes(oid, digest.hexdigest(), self.label)
        self._call(doing, lambda _: target.close())

    def _call(self, doing: str, call: Callable[[Operator], Any]) -> Any:
        """Its result, with opendal's errors in our words."""
        try:
            return call(self._operate())
        except StoreError:
            raise
        except Exception as error:  # opendal's errors have no class of their own
            fault = failure.of_opendal(error)
            if fault.absent:
                raise BlobMissing(f"{self.label}: {doing}: it is not there") from error
            if fault.beyond:
                raise _Beyond(f"{self.label}: {doing}: it is shorter") from error
            raise self._explained(fault, doing) from error

    def _explained(self, fault: failure.Fault, doing: str) -> StoreError:
        return failure.explain(fault, self.label, self._service, doing)


def _write(target: File, piece: bytes, _: Operator) -> None:
    target.write(piece)


def refuse_other_bytes(oid: Oid | None, digest: str, label: str) -> None:
    """Raises BlobCorrupt where the bytes of a file are not those that its name promises."""
    if oid and digest != oid:
        raise BlobCorrupt(f"the file for {oid.text} has other bytes; it was not brought to store {label}")


def operator(scheme: str, label: str, **options: str) -> Operator:
    """An operator without opendal's own retries. Raises StoreError where opendal is missing or refuses the options."""
    try:
        from opendal import Operator
        from opendal.exceptions import ConfigInvalid
        from opendal.layers import TimeoutLayer
    except ImportError as error:
        raise failure.not_installed(label, "opendal") from error
    try:
        return Operator(scheme, **options).layer(TimeoutLayer(timeout=TIMEOUT, io_timeout=PIECE_TIMEOUT))
    except ConfigInvalid as error:
        raise StoreError(f"store {label}: {failure.of_opendal(error).said}", "`gitblob help cloud`") from error
