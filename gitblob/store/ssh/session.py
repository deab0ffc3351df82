"""One connection to `gitblob serve-store` on another host, as the client sees it.

A thread of its own takes what comes, so that neither side waits for the other with both pipes full. How much can come
is up to whoever asks: he keeps no more than a window of questions in flight.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from gitblob import filesystem
from gitblob.errors import StoreError, StoreUnavailable
from gitblob.model.address import Address
from gitblob.store.access import Pipe, Ssh
from gitblob.store.ssh import failure, frames
from gitblob.store.ssh.frames import Garbled, Message

LAST_WORDS = 5.0  # seconds for what the server has said before it went


class Session:
    """Connected when it is made. label: what errors call the store, here and there.

    Raises NotServed where there is no such command, else StoreError.
    """

    def __init__(self, ssh: Ssh, address: Address, command: Sequence[str], label: str) -> None:
        self._address, self._label = address, label
        self._pipe: Pipe = ssh.start(address.destination, address.port, command)
        output = self._pipe.stdout.fileno()
        self._stream = open(output, "rb", buffering=frames.PIECE, closefd=False)  # noqa: SIM115 as long as this
        self._heard: SimpleQueue[Message | bytes | Exception | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._listen, name="gitblob-ssh", daemon=True)
        self.read_only = False
        self.watched: Callable[[int], object] | None = None  # is told 0 while the server is busy
        self.is_open = True
        try:
            self._shake_hands()
        except BaseException:
            self.close()
            raise

    def ask(self, request: Message) -> Any:
        """Send a request and wait for what `is` the answer. Raises the error that the server tells."""
        self.send(frames.message(request))
        return self.answer()["is"]

    def send(self, *pieces: bytes | memoryview) -> None:
        """Write frames."""
        try:
            for piece in pieces:
                filesystem.write_all(self._pipe.stdin.fileno(), piece)
        except OSError as error:
            self._listen_to_the_end()
            raise self._broken() from error

    def answer(self, seconds: float | None = None) -> Message:
        """The next answer. Raises the error that the server tells; StoreUnavailable where it is gone."""
        frame = self._next(seconds)
        if isinstance(frame, bytes):
            raise self.garbled("bytes in place of an answer")
        if "error" in frame:
            raise frames.to_error(frame["error"])
        if "is" not in frame:
            raise self.garbled("an answer that says nothing")
        return frame

    def _listen_to_the_end(self) -> None:
        """The server takes nothing more; it may have said why. Raises that."""
        while True:
            frame = self._next(LAST_WORDS)
            if isinstance(frame, dict) and "error" in frame:
                raise frames.to_error(frame["error"])

    def has_answer(self) -> bool:
        """Has something come?"""
        return not self._heard.empty()

    def data(self) -> bytes | Message:
        """The next bytes, or the answer that ends them. Raises the error that the server tells."""
        frame = self._next(None)
        if isinstance(frame, dict) and "error" in frame:
            raise frames.to_error(frame["error"])
        return frame

    def close(self) -> tuple[int, str]:
        """End it, whatever is on its way; ssh's exit code and last words."""
        self.is_open = False
        ended = self._pipe.close()
        if self._reader.ident:
            self._reader.join(1)
        return ended

    def _next(self, seconds: float | None) -> Message | bytes:
        try:
            frame = self._heard.get(timeout=seconds)
        except Empty:
            raise self._broken() from None
        if frame is None:
            raise self._broken()
        if isinstance(frame, Exception):
            raise self.garbled(str(frame))
        return frame

    def _listen(self) -> None:
        frame: Message | bytes | None = b""
        while frame is not None:
            try:
                frame = frames.read(self._stream)
                if isinstance(frame, dict) and "busy" in frame:
                    self._tell()
                    continue
                self._heard.put(frame)
            except Garbled as error:
                self._heard.put(error)
                return
            except (OSError, EOFError, ValueError):  # broken off, or closed here
                frame = None
                self._heard.put(None)

    def _tell(self) -> None:
        """What it raises to stop a transfer is not for this thread."""
        with suppress(Exception):
            if self.watched:
                self.watched(0)

    def _shake_hands(self) -> None:
        try:
            filesystem.write_all(self._pipe.stdin.fileno(), frames.PREAMBLE + frames.message(self._hello()))
        except OSError:
            pass  # what came back says more
        noise = self._noise()
        if noise is not None:
            raise failure.of_start(self._address, self._label, self.close(), noise)
        self._reader.start()
        hello = self._next(None)
        version = hello.get("version") if isinstance(hello, dict) else None
        if version != frames.VERSION:
            raise StoreError(
                f"store {self._label}: the gitblob on {self._address.host} speaks version {version!r:.20} of the "
                f"protocol, this one version {frames.VERSION}",
                "upgrade the older one; `gitblob --version` says which it is",
            )
        self.read_only = isinstance(hello, dict) and bool(hello.get("read_only"))

    def _hello(self) -> Message:
        return {"version": frames.VERSION, "label": self._label}

    def _noise(self) -> bytes | None:
        """None when the server has spoken, behind whatever a shell prints; else what came in its place."""
        noise = b""
        while len(noise) < failure.NOISE:
            line = self._stream.readline(failure.NOISE)
            if line.endswith(frames.MAGIC):
                return None
            if not line:
                break
            noise += line
        return noise

    def _broken(self) -> StoreUnavailable:
        code, words = self.close()
        return failure.of_break(self._address, self._label, code, words)

    def garbled(self, what: str) -> StoreError:
        """The error for an answer that no gitblob gives; the session is over."""
        self.close()
        return StoreError(f"store {self._label}: {self._address.host} answers with {what}", "run this again")
