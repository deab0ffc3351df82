"""One object on its way up or down by the basic transfer of Git LFS (docs/api/basic-transfers.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus

from gitblob.errors import BlobCorrupt, BlobMissing, StoreDenied, StoreError, StoreUnavailable
from gitblob.store import arrival, retry
from gitblob.store.base import Blob, Moved
from gitblob.store.http import Response, Upload
from gitblob.store.lfs import api
from gitblob.store.lfs.api import DOWNLOAD, UPLOAD, Action, Answer
from gitblob.store.lfs.connection import Asked, Connection, said

BYTES = {"Content-Type": "application/octet-stream"}
TAKEN = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)
GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
UNFIT = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)
PART = (HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
LATER = {429, 500, 502, 503, 504}


class Refused(StoreError):
    """The server does not take, or give, this object; others may go well."""


class Transfer:
    """One object. label: what errors call the store. moved: is told of bytes, with 0 of pauses, and may raise to stop.

    answer: what a batch said of the object. It is asked for anew when it has ended, and once when it is refused.
    """

    def __init__(self, connection: Connection, label: str, blob: Blob, answer: Answer | None, moved: Moved) -> None:
        self._connection, self._label, self._blob, self._moved = connection, label, blob, moved
        self._answer = answer
        self._renewed = False

    def up(self, path: str) -> None:
        """Bring the file there. Nothing to do where the server has the object.

        Raises Refused for this object alone, BlobMissing and BlobCorrupt for the file, StoreError for all.
        """
        with _Checked(path, self._blob, self._moved) as body:
            retry.call(lambda: self._up(body), self._connection.contact, self._moved)
        retry.call(self._verify, self._connection.contact, self._moved)

    def down(self, path: str) -> None:
        """Bring the object to a path. Raises BlobMissing, Refused, StoreError."""
        arrival.save(self.pieces(), path, self._moved)

    def pieces(self, start: int = 0) -> Iterator[bytes]:
        """The bytes from start on; where the connection breaks it goes on behind those that have come."""
        at, idle = start, 0
        while idle < retry.TRIES:
            before = at
            begin = partial(self._open, at)
            with retry.call(begin, self._connection.contact, self._moved) as response, suppress(StoreUnavailable):
                for data in self._rest(response, at):
                    at += len(data)
                    yield data
            if at >= self._blob.size:
                return
            idle = idle + 1 if at == before else 0
        raise StoreUnavailable(f"{self._named} ends too early again and again")

    @property
    def _named(self) -> str:
        return f"store {self._label}: {self._blob.oid.text}"

    def _up(self, body: Upload) -> None:
        action = self._action(UPLOAD)
        if action is None:
            return
        body.rewind()
        with self._perform(UPLOAD, "PUT", action, Asked(BYTES, body), (*TAKEN, *GONE, *UNFIT)) as response:
            if response.status not in TAKEN:
                raise Refused(_reason(response))

    def _verify(self) -> None:
        action = self._answer.verify if self._answer else None
        if action is None or self._action(UPLOAD) is None:
            return
        body = api.verification(self._blob)
        with self._perform(UPLOAD, "POST", action, Asked(api.HEADERS, body), (*TAKEN, *GONE, *UNFIT)) as response:
            if response.status not in TAKEN:
                raise Refused(f"the server does not have what was sent: {_reason(response)}")

    def _open(self, at: int) -> Response:
        action = self._action(DOWNLOAD)
        if action is None:
            raise BlobMissing(f"{self._named} is not there")
        headers = {"Range": f"bytes={at}-"} if at else {}
        response = self._perform(DOWNLOAD, "GET", action, Asked(headers), (HTTPStatus.OK, *PART, *GONE))
        if response.status in GONE:
            response.close()
            raise BlobMissing(f"{self._named} is not there")
        return response

    def _rest(self, response: Response, at: int) -> Iterator[bytes]:
        """What the answer has from byte `at` on, whether or not the server heeds Range."""
        partial = response.status == HTTPStatus.PARTIAL_CONTENT
        if partial and not response.headers.get("Content-Range", "").startswith(f"bytes {at}-"):
            raise StoreError(f"{self._named}: the server answers another range than it was asked for")
        if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return
        here = at if partial else 0
        for data in response.stream():
            skipped = max(0, at - here)
            here += len(data)
            if here > self._blob.size:
                raise BlobCorrupt(f"{self._named} is longer there than its {self._blob.size} bytes")
            self._moved(0)
            if skipped < len(data):
                yield data[skipped:]

    def _perform(self, operation: str, method: str, action: Action, asked: Asked, ok: tuple[int, ...]) -> Response:
        try:
            return self._connection.perform(operation, method, action, asked, ok)
        except StoreDenied as error:
            if self._renewed:
                raise
            self._renewed, self._answer = True, None
            raise StoreUnavailable(error.message, error.hint) from error  # asked for anew

    def _action(self, operation: str) -> Action | None:
        """What is to be done; None where there is nothing to do, or to have."""
        if self._answer is None or (self._answer.action and self._answer.action.is_over):
            self._answer = self._connection.batch(operation, [self._blob]).get(self._blob.oid)
        answer = self._answer or Answer(-1, None, None, HTTPStatus.NOT_FOUND, "")
        other = not answer.code and answer.size not in {self._blob.size, -1}
        if operation == DOWNLOAD and (other or answer.code in GONE):
            return None
        if answer.code in LATER:
            self._answer = None
            raise StoreUnavailable(f"{self._named}: {answer.code} {answer.message}", "try again later")
        if answer.code == HTTPStatus.INSUFFICIENT_STORAGE:
            raise StoreError(f"store {self._label} is full: {answer.message}", "free space there, then run this again")
        if answer.code:
            raise Refused(f"{answer.code} {answer.message or 'without a reason'}")
        return answer.action


class _Checked(Upload):
    """A file whose last piece is sent only when the whole has the bytes of the blob."""

    def __init__(self, path: str, blob: Blob, moved: Moved) -> None:
        super().__init__(path, moved)
        self._blob = blob
        if self.size != blob.size:
            self.__exit__()
            raise BlobCorrupt(f"{path} has {self.size} bytes, not {blob.size}")

    def rewind(self) -> None:
        super().rewind()
        self._left = self.size

    def read(self, size: int) -> bytes:
        data = super().read(size)
        self._left -= len(data)
        if not self._left and self.oid != self._blob.oid:
            raise BlobCorrupt(f"{self._blob.oid.text} has other bytes here")
        return data


def _reason(response: Response) -> str:
    return f"{response.status} {said(response)}".strip()
