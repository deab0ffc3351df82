"""The blobs of one put on their way to the server, which answers once for each, in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping

from gitblob import filesystem
from gitblob.errors import StoreError
from gitblob.store.base import Blob, Watch
from gitblob.store.ssh import frames
from gitblob.store.ssh.session import Session

UNSETTLED = 4096  # blobs sent whose answers have not come


class Outgoing:
    """unfinished: bytes that the server has from an earlier connection, by oid."""

    def __init__(self, session: Session, watch: Watch, unfinished: Mapping[str, int] | None) -> None:
        self._session, self._watch = session, watch
        self._unfinished = dict(unfinished or {})
        self._unsettled: deque[tuple[Blob, str, int]] = deque()
        self._again: list[tuple[Blob, str]] = []

    def send(self, blob: Blob, path: str) -> None:
        """Send one blob, from where the server has it, and look at the answers that have come."""
        try:
            fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        except FileNotFoundError:
            self._watch.failed(blob, f"{path} is gone")
            return
        try:
            if os.fstat(fd).st_size != blob.size:
                self._watch.failed(blob, f"{path} has another size than the blob")
                return
            start = self._unfinished.pop(blob.oid, 0)
            start = start if 0 < start <= blob.size else 0
            self._unsettled.append((blob, path, start))
            self._send(blob, fd, start)
        finally:
            os.close(fd)
        while len(self._unsettled) > UNSETTLED:
            self._settle()

    def finish(self) -> None:
        """Return when the server has all of them on disk."""
        while self._unsettled or self._again:
            while self._again:
                self.send(*self._again.pop())
            if self._unsettled:
                self._settle()
        self._session.send(frames.message({"end": True}))
        self._session.answer()

    def _send(self, blob: Blob, fd: int, start: int) -> None:
        head = frames.message({"blob": blob, "start": start})
        os.lseek(fd, start, os.SEEK_SET)
        left = blob.size - start
        while left > 0:
            data = os.read(fd, min(frames.PIECE, left))
            if not data:
                raise StoreError(f"the file of {blob.oid.text} became shorter while it was sent")
            left -= len(data)
            self._session.send(head + frames.data_head(len(data)) + data)
            head = b""
            self._watch.moved(len(data))
            while self._session.has_answer():
                self._settle()
        if head:
            self._session.send(head)

    def _settle(self) -> None:
        """Take the next answer: it is for the blob that was sent first."""
        answer = self._session.answer()
        if not self._unsettled:
            raise self._session.garbled("one answer too many")
        blob, path, start = self._unsettled.popleft()
        if answer["is"] == "done":
            self._watch.moved(start)
            self._watch.done(blob)
        elif answer["is"] == "again" and start:
            self._again.append((blob, path))
            self._watch.moved(start - blob.size)  # these bytes come once more
        else:
            self._watch.failed(blob, frames.plain(str(answer.get("reason"))))
