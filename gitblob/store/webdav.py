"""A folder on a WebDAV server (RFC 4918) as a backend.

A file is sent to a name below `tmp/` and gets its key by MOVE with `Overwrite: F`, the one create-if-absent that all
servers honour; so it is visible only when it is whole. What a killed push left in `tmp/` is removed a day later.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import quote, urlsplit

from gitblob.errors import BlobCorrupt, BlobMissing, StoreError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store import arrival, multistatus
from gitblob.store import url as urls
from gitblob.store.access import Access
from gitblob.store.base import Backend, Capabilities, Moved, ignore
from gitblob.store.dav_folders import TEMPORARY, Folders
from gitblob.store.http import Client, Response, Upload

SCHEMES = {"https+dav": "https", "http+dav": "http", "webdavs": "https", "webdav": "http"}
LARGE = 8 << 20  # bytes from which on it is worth a question whether the key is taken before a file is sent
MOVED = (200, 201, 204)
RANGE = re.compile(r"bytes +([0-9]{1,18})-")  # Content-Range (RFC 9110 14.4)
OTHER_NAME = (400, 502)  # how servers behind a proxy answer to a Destination with the host that the client knows
BUSY = (423,)  # another is giving a file the same key at this moment (Go's WebDAV locks both names)
LOST = (403, 404, 409, 500)  # the same where a server looks first and moves then (wsgidav); or a failure for good
PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)  # seconds
FEW = 3  # times that a server is asked again after one of LOST


def make(name: str, url: str, options: Mapping[str, str], access: Access) -> Backend:  # noqa: ARG001 there are none
    """The backend for https+dav://HOST/PATH (or http+dav, webdavs, webdav). Raises StoreError for another URL."""
    scheme, _, rest = url.partition("://")
    parts = urlsplit(f"{SCHEMES[scheme.lower()]}://{rest}")
    if not parts.hostname or parts.query or parts.fragment:
        raise StoreError(f"store {name}: {urls.shown(url)} is not {scheme}://HOST/PATH", "see `gitblob help webdav`")
    path = quote(parts.path.strip("/"), safe="/%:@!$&'()*+,;=~")
    base = f"{parts.scheme}://{parts.netloc}/{path}{'/' if path else ''}"
    capabilities = WebDav.capabilities
    label = f"{name} ({urls.shown(url)})"
    client = Client(label, base, access.credentials, capabilities.parallelism, access.http)
    return WebDav(label, base, client)


class WebDav:
    """base: the http(s) URL of the folder, with a slash at its end."""

    capabilities = Capabilities(parallelism=8, remote=True, ranges=True)

    def __init__(self, label: str, base: str, client: Client) -> None:
        self.label = label
        self._base, self._client = base, client
        self._folders = Folders(label, base, client)
        self._by_path = False  # does the server want a Destination without a host?

    def head(self, key: str) -> int | None:
        """The size, or None."""
        for method in ("HEAD", "GET"):  # apache does not tell by HEAD that a file is empty
            with self._client.request(method, self._url(key), ok=(200, 404), stream=True) as answer:
                if answer.status == 404:
                    return None
                size = multistatus.number(answer.headers.get("Content-Length", ""))
                if size is not None:
                    return size
        raise StoreError(f"store {self.label}: the server does not say how long {key} is")

    def version(self, key: str) -> str | None:
        """ETag and Last-Modified."""
        answer = self._client.request("HEAD", self._url(key), ok=(200, 404))
        if answer.status == 404:
            return None
        return f"{answer.headers.get('ETag', '')} {answer.headers.get('Last-Modified', '')}".strip() or None

    def digest(self, key: str) -> Oid | None:  # noqa: ARG002 WebDAV has no checksums
        """None."""
        return None

    def get(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from start up to end; where the server ignores the range, what comes before is passed over."""
        if end is not None and end <= start:
            return
        headers = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if start or end is not None else {}
        ok = (200, 206, 404, 416)
        with self._client.request("GET", self._url(key), headers=headers, ok=ok, stream=True) as answer:
            if answer.status == 404:
                raise BlobMissing(f"{self.label} has no {key}")
            if answer.status != 416:
                yield from _part(answer, start, end, f"store {self.label}: GET {key}")

    def fetch(self, key: str, path: str, moved: Moved = ignore) -> None:
        """Bring the file to a new path."""
        with self._client.request("GET", self._url(key), ok=(200, 404), stream=True) as answer:
            if answer.status == 404:
                raise BlobMissing(f"{self.label} has no {key}")
            arrival.save(answer.stream(), path, moved)

    def put(self, key: str, path: str, if_absent: bool = True, oid: Oid | None = None, moved: Moved = ignore) -> bool:
        """Send the file, hashed on the way, to a temporary name; then move it to its key.

        A file that is not torn there stays, as its key names its bytes: servers replace one by taking it away first,
        and whoever looks in that moment finds nothing.
        """
        with Upload(path, moved) as upload:
            if if_absent and upload.size >= LARGE and self.head(key) is not None:
                return False
            self._folders.prepare(key.rpartition("/")[0])
            there = f"{TEMPORARY}/{os.urandom(16).hex()}"
            try:
                self._client.request("PUT", self._url(there), body=upload, ok=MOVED)
                self._verify(upload, oid)
                made = self._move(there, key, if_absent or oid is not None)
                if not made and not if_absent and self.head(key) != upload.size:
                    made = self._move(there, key, False, upload.size)
            except BaseException:
                with suppress(StoreError):
                    self.delete(there)
                raise
        if not made:
            self.delete(there)
        return made or not if_absent

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys and sizes, folder by folder. Raises StoreUnavailable where the root is not there."""
        return self._folders.files(prefix)

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._client.request("DELETE", self._url(key), ok=(200, 202, 204, 404))

    def flush(self) -> None:
        """Nothing: a server says when it has a file, not when its disk has it."""

    def _url(self, key: str) -> str:
        return self._base + quote(key)

    def _verify(self, upload: Upload, oid: Oid | None) -> None:
        if oid and upload.oid != oid:
            raise BlobCorrupt(f"store {self.label}: what was sent as {oid.text} has other bytes; it is not kept")

    def _move(self, there: str, key: str, if_absent: bool, same: int | None = None) -> bool:
        """Give the sent file its key; False where that is taken and is to stay.

        same: the size of a file that is to stay all the same, as another has brought it meanwhile.
        """
        ok = (*MOVED, 412) if if_absent else MOVED
        overwrite = "F" if if_absent else "T"
        lost = 0
        for pause in PAUSES:
            answer = self._ask_to_move(there, self._url(key), overwrite, (*ok, *BUSY, *(LOST if lost < FEW else ())))
            if answer.status in ok:
                return answer.status != 412
            lost += answer.status in LOST
            size = self.head(key)
            if size is not None and (if_absent or size == same):
                return False
            time.sleep(pause)
        return self._ask_to_move(there, self._url(key), overwrite, ok).status != 412

    def _ask_to_move(self, there: str, url: str, overwrite: str, ok: tuple[int, ...]) -> Response:
        """With the Destination as a URL or, where the server goes by another name than ours, as a path."""
        names = (urlsplit(url).path, url) if self._by_path else (url, urlsplit(url).path)
        for name in names:
            headers = {"Destination": name, "Overwrite": overwrite}
            answer = self._client.request("MOVE", self._url(there), headers=headers, ok=(*ok, *OTHER_NAME))
            if answer.status not in OTHER_NAME:
                self._by_path = name != url
                return answer
        problem = StoreUnavailable if answer.status == 502 else StoreError
        raise problem(
            f"store {self.label}: the server does not move a file to {url}: {answer.status}",
            "where a proxy stands before it, that has to rewrite the Destination header",
        )


def _part(answer: Response, start: int, end: int | None, what: str) -> Iterator[bytes]:
    """What of an answer lies between start and end. Raises StoreError for one that does not say where it begins."""
    told = RANGE.match(answer.headers.get("Content-Range", "bytes 0-"))
    if told is None or int(told[1]) > start:
        raise StoreError(f"{what}: the server answers another range than it was asked for")
    at = int(told[1])
    for piece in answer.stream():
        if end is not None and at >= end:
            return
        part = piece[max(0, start - at) : None if end is None else end - at]
        at += len(piece)
        if part:
            yield part
