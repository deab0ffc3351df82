"""The far end of an ssh session: a store in a directory, served over stdin and stdout until they close.

The client's word counts for little: it names blobs, never paths, and what it sends is hashed here.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO, NamedTuple

from gitblob import filesystem
from gitblob.errors import GitblobError, StoreDenied
from gitblob.model import layout
from gitblob.model.oid import HEX
from gitblob.store.base import Blob
from gitblob.store.local import LocalBackend
from gitblob.store.plain import PlainStore
from gitblob.store.ssh import arrival, frames, lively
from gitblob.store.ssh.arrival import Arrival
from gitblob.store.ssh.frames import Garbled, Message

HELD = 1 << 16  # bytes of answers that wait for more before they are written
GATHER = 0.01  # seconds in which more answers of a put may come together: each packet costs both ends a cipher
WRITES = {"create", "put", "delete"}


class Over(Exception):
    """The client is gone, or has nothing more to say."""


class Served(NamedTuple):
    """The store at `root`. ours: it is the one in a git directory, which the first put makes.

    problem: why there is none; told to whoever asks for anything.
    """

    root: str
    ours: bool = False
    read_only: bool = False
    problem: GitblobError | None = None


def serve(served: Served, source: int, sink: int) -> None:
    """Answer requests until the client closes. source, sink: descriptors."""
    with open(source, "rb", buffering=frames.PIECE, closefd=False) as stream:
        try:
            _Server(served, stream, sink).run()
        except (Over, BrokenPipeError, ConnectionResetError, EOFError):
            pass


class _Backend(LocalBackend):
    """server: tells the client of a long flush."""

    server: _Server

    def flush(self) -> None:
        with self.server.going_on():
            super().flush()


class _Server:
    def __init__(self, served: Served, stream: BinaryIO, sink: int) -> None:
        self._served, self._stream, self._sink = served, stream, sink
        self._backend = _Backend(served.root, "served", make_root=True)
        self._backend.server = self
        self._store = PlainStore("served", served.root, self._backend, {} if served.ours else None, ours=served.ours)
        self._answers = bytearray()

    def run(self) -> None:
        """Greet, then answer one request after the other."""
        self._answers += frames.MAGIC + frames.message({"version": frames.VERSION, "read_only": self._served.read_only})
        self._send()
        if self._stream.readline(len(frames.PREAMBLE)) != frames.PREAMBLE:
            raise Over
        hello = self.message()
        if hello.get("version") != frames.VERSION:
            raise Over  # the client says so
        self._backend.label = str(hello.get("label") or self._backend.label)[:1000]
        while True:
            request = self.message()
            try:
                self._answer(request)
            except GitblobError as error:
                self.tell(frames.of_error(error))
            except Garbled as error:
                self.tell(frames.of_error(StoreDenied(f"the server refuses {error}")))
                self._send()
                raise Over from error

    def _answer(self, request: Message) -> None:
        what = request.get("do")
        if self._served.problem:
            raise self._served.problem
        if self._served.read_only and what in WRITES:
            raise StoreDenied(f"store {self._backend.label} is served read-only", "ask whoever looks after that host")
        if what == "exists":
            self.tell({"is": self._store.exists()})
        elif what == "identity":
            self.tell({"is": self._store.identity()})
        elif what == "create":
            self.tell({"is": PlainStore("served", self._served.root, self._backend, seed={}).create()})
        elif what == "missing":
            self.tell({"is": sorted(self._store.missing(_blobs(request)))})
        elif what == "get":
            self._get(request)
        elif what == "put":
            self._put(everything=bool(request.get("all")))
        elif what == "list":
            self._list(str(request.get("prefix")))
        elif what == "delete":
            self._store.delete([blob.oid for blob in _blobs(request)])
            self.tell({"is": None})
        elif what == "digest":
            self.tell({"is": self._store.digest(frames.to_blob(request.get("blob")))})
        else:
            raise Garbled(f"the request {what!r}")

    def _get(self, request: Message) -> None:
        """A part of a blob, or None where the store does not have it whole."""
        blob, start, end = frames.to_blob(request.get("blob")), request.get("start"), request.get("end")
        if type(start) is not int or type(end) is not int or not 0 <= start <= end:
            raise Garbled("a range that is none")
        if self._backend.head(blob.oid.key) != blob.size:
            self.tell({"is": None})
            return
        size = min(end, blob.size) - min(start, blob.size)
        self.tell({"is": size})
        for piece in self._backend.get(blob.oid.key, start, start + size):
            size -= len(piece)
            for at in range(0, len(piece), frames.PIECE):
                self._data(memoryview(piece)[at : at + frames.PIECE])
        if size:
            raise GitblobError(f"{blob.oid.text} became shorter while it was read")

    def _list(self, prefix: str) -> None:
        if not HEX.issuperset(prefix):
            raise Garbled("a prefix that is none")
        for packed in frames.records(self._store.blobs(prefix)):
            self._data(memoryview(packed))
        self.tell({"is": None})

    def _put(self, everything: bool) -> None:
        """Take blobs until the client says that there are no more; durable when it hears of the end.

        everything: also what another process took here, whose end the client has not heard of.
        """
        self._store.exists()  # raises what is wrong before anything is sent
        self.tell({"is": arrival.unfinished(f"{self._backend.root}/tmp")})
        batch = _Batch(self, self._backend)
        try:
            self._store.put(batch.arrivals(), batch)
            if everything:
                with self.going_on():
                    self._flush()
        except GitblobError as error:
            self.tell(frames.of_error(error))
            batch.skip()
        else:
            self.tell({"is": None})

    def _flush(self) -> None:
        """All that lies on this file system."""
        try:
            filesystem.flush([self._backend.root, f"{self._backend.root}/{layout.MARKER}"], self._backend.root)
        except OSError as error:
            raise self._backend.refused(error, self._backend.root, "writable") from error

    def going_on(self) -> AbstractContextManager[None]:
        """While something takes long, the client hears that it goes on."""
        self._send()
        return lively.told(self._sink)

    def message(self, patience: float = 0) -> Message:
        """The next frame, which has to be an object."""
        frame = self.frame(patience)
        if isinstance(frame, bytes):
            raise Over
        return frame

    def frame(self, patience: float = 0) -> Message | bytes:
        """The next frame; what waits to be sent is sent if nothing comes within so many seconds."""
        if self._answers and not select.select([self._stream], [], [], patience)[0]:
            self._send()
        try:
            frame = frames.read(self._stream)
        except Garbled as error:
            raise Over from error
        if frame is None:
            raise Over
        return frame

    def tell(self, message: Message) -> None:
        """Answer, soon."""
        self._answers += frames.message(message)
        if len(self._answers) >= HELD:
            self._send()

    def _data(self, data: memoryview) -> None:
        self._answers += frames.data_head(len(data))
        self._answers += data
        if len(self._answers) >= HELD:
            self._send()

    def _send(self) -> None:
        filesystem.write_all(self._sink, memoryview(self._answers))
        self._answers = bytearray()


def _blobs(request: Message) -> list[Blob]:
    told = request.get("blobs")
    return [frames.to_blob(blob) for blob in (told if isinstance(told, list) else [])]


class _Batch:
    """The blobs of one put: drawn from the client, watched on their way into the store."""

    def __init__(self, server: _Server, backend: LocalBackend) -> None:
        self._server, self._backend = server, backend
        self._ended = False
        self._arrival: Arrival | None = None

    def arrivals(self) -> Iterator[tuple[Blob, str]]:
        """Each blob when all its bytes are there and right, and the file that holds them."""
        while (order := self._next()) is not None:
            blob, start = frames.to_blob(order.get("blob")), order.get("start")
            if type(start) is not int or not 0 <= start <= blob.size:
                raise Garbled("an offset that is none")
            try:
                if self._receive(blob, start):
                    assert self._arrival
                    yield blob, self._arrival.path
            except OSError as error:
                raise self._backend.refused(error, f"{self._backend.root}/tmp", "writable") from error
            finally:
                if self._arrival:
                    self._arrival.interrupted()
                    self._arrival = None

    def moved(self, size: int) -> None:
        """Nobody needs to know."""

    def done(self, blob: Blob) -> None:
        """The store has it."""
        self._settle({"is": "done", "oid": blob.oid})

    def failed(self, blob: Blob, reason: str) -> None:
        """The store does not take it."""
        self._settle({"is": "failed", "oid": blob.oid, "reason": reason})

    def skip(self) -> None:
        """Pass over what the client sends before it hears that the batch has failed."""
        while not self._ended:
            frame = self._server.frame()
            self._ended = isinstance(frame, dict) and "end" in frame

    def _next(self) -> Message | None:
        order = self._server.message(GATHER)
        self._ended = "end" in order
        return None if self._ended else order

    def _receive(self, blob: Blob, start: int) -> bool:
        """Take the bytes of one blob. False where it has to be sent again, or is not what it is called."""
        with self._server.going_on() if start else nullcontext():  # what is there is hashed
            arriving = self._arrival = Arrival(self._backend.temporary_directory(), blob, start)
        left = blob.size - start
        while left > 0:
            data = self._server.frame()
            if not isinstance(data, bytes) or len(data) > left:
                raise Over
            left -= len(data)
            if arriving.is_expected:
                arriving.write(data)
        if arriving.is_expected and arriving.is_right():
            return True
        again = start > 0  # what was there before may be what is wrong
        reason = "other bytes than announced have come"
        self._settle({"is": "again" if again else "failed", "oid": blob.oid, "reason": reason})
        return False

    def _settle(self, answer: Message) -> None:
        assert self._arrival
        self._arrival.discard()
        self._arrival = None
        self._server.tell(answer)
