"""A store that `gitblob serve-store` serves on another host. Requests are sent ahead, so nobody waits per blob.

One session serves all threads, one call at a time; a call that fails in the middle ends it, and the next one connects
anew.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from gitblob.errors import BlobMissing, GitblobError, StoreError
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Capabilities, Watch
from gitblob.store.ssh import frames
from gitblob.store.ssh.incoming import Incoming
from gitblob.store.ssh.outgoing import Outgoing
from gitblob.store.ssh.session import Session

WINDOW = 8 << 20  # bytes asked for and not yet here
QUESTIONS = 512  # the same, as a number
PART = 1 << 20  # bytes asked for in one request
ASKED = 4096  # blobs in one question


class SshStore:
    """connect: begins a session; it may raise NotServed, and then another way may lead to the store."""

    capabilities = Capabilities(parallelism=1, remote=True, ranges=True)

    def __init__(self, name: str, url: str, label: str, connect: Callable[[], Session]) -> None:
        self.name, self.url, self.label = name, url, label
        self._connect = connect
        self._session: Session | None = None
        self._lock = threading.Lock()
        self._unsure = False  # has a put broken off, so that what it brought there may not be on disk?

    def connect(self) -> None:
        """Begin the session now. Raises NotServed or another StoreError."""
        with self._talking():
            pass

    def close(self) -> None:
        """End the session, if there is one."""
        with self._lock:
            if self._session:
                self._session.close()

    def exists(self) -> bool:
        """As the server sees it."""
        return bool(self._ask({"do": "exists"}))

    def create(self) -> bool:
        """Make it a store if it is none; was it made?"""
        return bool(self._ask({"do": "create"}))

    def identity(self) -> str | None:
        """That of its marker; None where nobody can be asked."""
        try:
            told = self._ask({"do": "identity"})
        except StoreError:
            return None
        return told if isinstance(told, str) else None

    def missing(self, blobs: Sequence[Blob]) -> set[Oid]:
        """As the server sees it."""
        found: set[Oid] = set()
        with self._talking() as session:
            for at in range(0, len(blobs), ASKED):
                found.update(session.ask({"do": "missing", "blobs": blobs[at : at + ASKED]}))
        return found & {blob.oid for blob in blobs}

    def put(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Send blobs one behind the other; a big one goes on where an earlier connection broke."""
        with self._talking(whole=True) as session:
            drawn = iter(items)
            first = next(drawn, None)
            if first is None:
                return  # another thread has put them all
            outgoing = Outgoing(session, watch, session.ask({"do": "put", "all": self._unsure}))
            self._unsure, session.watched = True, watch.moved
            for blob, path in chain([first], drawn):
                outgoing.send(blob, path)
            outgoing.finish()
            self._unsure = False

    def get(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Ask for blobs ahead, in parts, and write them as they come."""
        with self._talking(whole=True) as session:
            asked: deque[tuple[Incoming, int]] = deque()
            try:
                ahead = 0
                for blob, path in items:
                    incoming = Incoming(blob, path, watch)
                    for start in range(0, blob.size or 1, PART):
                        size = min(PART, blob.size - start)
                        while asked and (ahead + size > WINDOW or len(asked) >= QUESTIONS):
                            ahead -= _take(session, asked)
                        session.send(_question(blob, start, start + size))
                        asked.append((incoming, size))
                        ahead += size
                while asked:
                    _take(session, asked)
            finally:
                for incoming, _ in asked:
                    incoming.give_up()

    def read(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        """The bytes from start up to end, some megabytes at a time."""
        for at in range(start, min(end, blob.size), WINDOW):
            yield from self._read(blob, at, min(at + WINDOW, end))

    def digest(self, blob: Blob) -> Oid | None:
        """Computed there."""
        return Oid(self._ask({"do": "digest", "blob": blob}))

    def blobs(self, prefix: str = "") -> Iterator[Blob]:
        """What the store holds; 40 bytes of memory each."""
        packed = bytearray()
        with self._talking() as session:
            session.send(frames.message({"do": "list", "prefix": prefix}))
            while isinstance(piece := session.data(), bytes):
                packed += piece
        return frames.unpacked(packed)

    def delete(self, oids: Iterable[Oid]) -> None:
        """Free blobs."""
        doomed = [(oid, 0) for oid in oids]
        with self._talking() as session:
            for at in range(0, len(doomed), ASKED):
                session.ask({"do": "delete", "blobs": doomed[at : at + ASKED]})

    def _read(self, blob: Blob, start: int, end: int) -> list[bytes]:
        with self._talking() as session:
            session.send(_question(blob, start, end))
            pieces = _pieces(session)
            if pieces is None:
                raise BlobMissing(f"store {self.label} does not have {blob.oid.text}")
            return list(pieces)

    def _ask(self, request: frames.Message) -> Any:
        with self._talking() as session:
            return session.ask(request)

    @contextmanager
    def _talking(self, whole: bool = False) -> Iterator[Session]:
        """The session for one call. whole: there is more on the way than one answer, so no error leaves it in order."""
        with self._lock:
            if self._session is None or not self._session.is_open:
                self._session = self._connect()
            try:
                yield self._session
            except BaseException as error:
                if whole or not isinstance(error, GitblobError):
                    self._session.close()
                raise


def _question(blob: Blob, start: int, end: int) -> bytes:
    return frames.message({"do": "get", "blob": blob, "start": start, "end": end})


def _take(session: Session, asked: deque[tuple[Incoming, int]]) -> int:
    """Write the part that was asked for first; how many bytes that makes room for."""
    incoming, size = asked[0]
    pieces = _pieces(session)
    if pieces is not None:
        for piece in pieces:
            incoming.write(piece)
        incoming.part_done()
    asked.popleft()
    return size


def _pieces(session: Session) -> Iterator[bytes] | None:
    """The bytes that were asked for, None where the store lacks the blob."""
    size = session.answer()["is"]
    return None if size is None else _received(session, int(size))


def _received(session: Session, size: int) -> Iterator[bytes]:
    while size > 0:
        piece = session.data()
        if not isinstance(piece, bytes) or len(piece) > size:
            raise session.garbled("something else than the bytes that were asked for")
        size -= len(piece)
        yield piece
