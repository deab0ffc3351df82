"""An answer: its status and headers are there, its body comes as it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from urllib3 import BaseHTTPResponse
from urllib3 import HTTPHeaderDict as Headers

from gitblob.errors import StoreError
from gitblob.store.http import failures

PIECE = 1 << 20  # bytes at a time
LIMIT = 8 << 20  # bytes of a body that is held whole; as JSON it takes up to 30 times as much


class Response:
    """what: how errors name the request. A body that ends before its Content-Length raises StoreUnavailable."""

    def __init__(self, raw: BaseHTTPResponse, what: str) -> None:
        self._raw, self._what = raw, what
        self.status: int = raw.status
        self.headers: Headers = raw.headers
        self._body: bytes | None = None

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, size: int) -> bytes:
        """At most so many bytes more of a streamed body; none at its end."""
        with failures.translated(self._what):
            return self._raw.read(size)

    def stream(self, size: int = PIECE) -> Iterator[bytes]:
        """The rest of the body, piece by piece."""
        while data := self.read(size):
            yield data

    def body(self) -> bytes:
        """The whole body. Raises StoreError for one above LIMIT."""
        if self._body is None:
            pieces, size = [], 0
            for piece in self.stream():
                size += len(piece)
                if size > LIMIT:
                    self.close()
                    raise StoreError(f"{self._what}: the answer is longer than {LIMIT >> 20} MiB")
                pieces.append(piece)
            self._body = b"".join(pieces)
        return self._body

    def json(self) -> Any:
        """The body as JSON. Raises StoreError for anything else."""
        try:
            return json.loads(self.body())
        except (ValueError, RecursionError):
            raise StoreError(f"{self._what}: the answer is no JSON", failures.SERVER) from None

    def close(self) -> None:
        """Give the connection back, or end it where a part of the body is still to come."""
        if not getattr(self._raw, "closed", True):
            self._raw.close()
        self._raw.release_conn()
