"""Requests to one server, by any number of threads."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

import urllib3
from urllib3 import BaseHTTPResponse

from gitblob.errors import StoreError
from gitblob.store.access import Credentials, Http, Login
from gitblob.store.http import failures, origin, pool
from gitblob.store.http.login import Door, basic
from gitblob.store.http.origin import Origin
from gitblob.store.http.response import Response
from gitblob.store.http.upload import Upload

REDIRECTS = {301, 302, 303, 307, 308}
REPEATED = {307, 308}  # keep method and body
FOLLOWED = 5
SECRET = {"authorization", "cookie", "proxy-authorization"}  # headers that stay with their host
PACE = 32 << 20  # bytes per second at which a server may take its time to look at a body once it has it
EXPLAINED = 1 << 12  # bytes of the body of an error that are looked at
LITTLE = 1 << 16  # bytes of a body that are read for the sake of the connection alone
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # of a header (RFC 9110 5.6.2)
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class _Request(NamedTuple):
    """what: how errors name it. ours: it goes to the base's host, with our login."""

    what: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | Upload | None
    ours: bool


class Client:
    """base: the server's URL, whose host alone gets the login. http: what git's configuration says about a URL.

    Nothing is asked before the first request. Redirects are followed for GET and HEAD (and 307, 308 for a POST of
    bytes), never from https to http; to another host no login goes along.
    """

    def __init__(
        self,
        label: str,
        base: str,
        credentials: Credentials | None,
        parallelism: int = 8,
        http: Callable[[str], Http] | None = None,
    ) -> None:
        self._label, self._base, self._parallelism = label, base, parallelism
        self._http_of = http
        self._door = Door(label, base, credentials)
        self._lock = threading.Lock()
        self._opened: dict[Origin, tuple[urllib3.PoolManager, Http]] = {}

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Upload | None = None,
        ok: tuple[int, ...] = (200,),
        stream: bool = False,
        authorise: bool = True,
    ) -> Response:
        """The answer, if its status is in `ok`; its body is still to be read if stream, else it is in memory.

        authorise: send our login, and git's http.extraHeader, if the URL is on the base's host.
        Raises StoreUnavailable (retriable), StoreDenied or StoreError.
        """
        sent = dict(headers or {})
        for _ in range(FOLLOWED + 1):
            what = failures.described(self._label, method, url)
            ours = _origin(url, what) == _origin(self._base, what) and authorise
            asked = _Request(what, method, url, sent, body, ours)
            raw = self._answer(asked)
            place = raw.headers.get("Location")
            if raw.status in ok or raw.status not in REDIRECTS or not place or not _may_follow(asked, raw.status):
                return _judged(Response(raw, asked.what), asked.what, ok, stream)
            _discard(raw, method)
            target = _target(asked, place)
            if _origin(target, what) != _origin(url, what):
                _refuse_downgrade(asked, target)
                sent = {name: value for name, value in sent.items() if name.lower() not in SECRET}
            url = target
        raise StoreError(f"{asked.what}: the server redirects again and again", failures.SERVER)

    def _answer(self, asked: _Request) -> BaseHTTPResponse:
        """The answer, after a login where that is asked for."""
        login = self._door.current if asked.ours else None
        while True:
            raw = self._send(asked, login)
            if raw.status != 401 or not asked.ours:
                break
            _discard(raw, asked.method)
            login = self._door.after(login, raw.headers)
            if isinstance(asked.body, Upload):
                asked.body.rewind()
        if login and (raw.status < 300 or raw.status == 404):
            self._door.approve(login)
        return raw

    def _send(self, asked: _Request, login: Login | None) -> BaseHTTPResponse:
        connections, http = self._open(asked)
        sent = urllib3.HTTPHeaderDict(connections.headers)
        for name, value in _checked(asked.what, [*(http.headers if asked.ours else ()), *asked.headers.items()]):
            sent[name] = value
        if login:
            sent["Authorization"] = basic(login)
        size = 0
        if isinstance(asked.body, Upload):
            size = asked.body.size
            sent["Content-Length"] = str(size)
        with failures.translated(asked.what):
            return connections.urlopen(
                asked.method,
                asked.url,
                body=asked.body,
                headers=sent,
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=pool.CONNECT, read=pool.SILENCE + size / PACE),
            )

    def _open(self, asked: _Request) -> tuple[urllib3.PoolManager, Http]:
        """The connections to the host of a URL, each with its own certificates and proxy, and what git is told."""
        there = _origin(asked.url, asked.what)
        with self._lock:
            if there not in self._opened:
                http = self._http_of(asked.url) if self._http_of else Http()
                self._opened[there] = pool.make(self._label, http, self._parallelism), http
            return self._opened[there]


def _judged(response: Response, what: str, ok: tuple[int, ...], stream: bool) -> Response:
    if response.status in ok:
        if not stream:
            response.body()
        return response
    with response:
        body = response.read(EXPLAINED)
    raise failures.of_status(what, response.status, response.headers, body)


def _may_follow(asked: _Request, status: int) -> bool:
    repeated = asked.method == "POST" and status in REPEATED and not isinstance(asked.body, Upload)
    return asked.method in {"GET", "HEAD"} or repeated


def _refuse_downgrade(asked: _Request, target: str) -> None:
    if _origin(asked.url, asked.what).scheme == "https" and _origin(target, asked.what).scheme != "https":
        raise StoreError(f"{asked.what}: the server redirects to a place without TLS", failures.SERVER)


def _target(asked: _Request, place: str) -> str:
    """Where a redirect leads to. Raises StoreError."""
    with suppress(ValueError):
        return urljoin(asked.url, place)
    raise failures.no_url(asked.what)


def _origin(url: str, what: str) -> Origin:
    with suppress(ValueError):
        return origin.of(url)
    raise failures.no_url(what)


def _checked(what: str, headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Headers as they can be sent. Raises StoreError, which does not show them: they may be secret."""
    for name, value in headers:
        if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
            raise StoreError(f"{what}: a header that belongs to it holds characters that cannot be sent")
        yield name, value


def _discard(raw: BaseHTTPResponse, method: str) -> None:
    """Read what little body there is, so that the connection serves again; it ends where there is more.

    After a HEAD it ends: wsgidav sends a body with its 401 all the same, which would be taken for the next answer.
    """
    if method == "HEAD" or not _is_little(raw):
        raw.close()
    raw.release_conn()


def _is_little(raw: BaseHTTPResponse) -> bool:
    with suppress(urllib3.exceptions.HTTPError, OSError):
        return len(raw.read(LITTLE, decode_content=False)) < LITTLE
    return False
