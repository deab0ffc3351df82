"""Requests to one server, by any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3 import BaseHTTPResponse

from gitblob.errors import StoreError
from gitblob.store.access import Credentials, Http, Login
from gitblob.store.http import failures, pool
from gitblob.store.http.login import Door, basic
from gitblob.store.http.response import Response
from gitblob.store.http.upload import Upload

REDIRECTS = {301, 302, 303, 307, 308}
REPEATED = {307, 308}  # keep method and body
FOLLOWED = 5
_Origin = tuple[str, str, int | None]  # scheme, host, port
PORTS = {"http": 80, "https": 443}
SECRET = {"authorization", "cookie", "proxy-authorization"}  # headers that stay with their host
PACE = 32 << 20  # bytes per second at which a server may take its time to look at a body once it has it
EXPLAINED = 1 << 12  # bytes of the body of an error that are looked at


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
        self._opened: dict[_Origin, tuple[urllib3.PoolManager, Http]] = {}

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
            ours = authorise and _origin(url) == _origin(self._base)
            asked = _Request(failures.described(self._label, method, url), method, url, sent, body, ours)
            raw = self._answer(asked)
            place = raw.headers.get("Location")
            if raw.status in ok or raw.status not in REDIRECTS or not place or not _may_follow(asked, raw.status):
                return _judged(Response(raw, asked.what), asked.what, ok, stream)
            _discard(raw, method)
            target = urljoin(url, place)
            if _origin(target) != _origin(url):
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
        connections, http = self._open(asked.url)
        sent = urllib3.HTTPHeaderDict(connections.headers)
        for name, value in [*(http.headers if asked.ours else ()), *asked.headers.items()]:
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

    def _open(self, url: str) -> tuple[urllib3.PoolManager, Http]:
        """The connections to the host of a URL, each with its own certificates and proxy, and what git is told."""
        origin = _origin(url)
        with self._lock:
            if origin not in self._opened:
                http = self._http_of(url) if self._http_of else Http()
                self._opened[origin] = pool.make(self._label, http, self._parallelism), http
            return self._opened[origin]


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
    if urlsplit(asked.url).scheme == "https" and urlsplit(target).scheme != "https":
        raise StoreError(f"{asked.what}: the server redirects to a place without TLS", failures.SERVER)


def _origin(url: str) -> _Origin:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(scheme)


def _discard(raw: BaseHTTPResponse, method: str) -> None:
    """Read what little body there is, so that the connection serves again.

    After a HEAD it ends: wsgidav sends a body with its 401 all the same, which would be taken for the next answer.
    """
    if method == "HEAD":
        raw.close()
    else:
        raw.drain_conn()
    raw.release_conn()
