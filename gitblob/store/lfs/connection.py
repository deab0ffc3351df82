"""The way to one LFS server: where its API is, by which right, and what a batch says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from gitblob.errors import StoreDenied, StoreError
from gitblob.store import url as urls
from gitblob.store.access import Access, Credentials, Login
from gitblob.store.base import Blob
from gitblob.store.http import Client, Response, Upload
from gitblob.store.lfs import api
from gitblob.store.lfs.api import Action, Answer
from gitblob.store.retry import Contact

PARALLEL = 8  # requests at a time, if nobody wants another number
ABSENT_API = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED}
TOO_MUCH = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
JUDGED = (HTTPStatus.OK, *ABSENT_API, *TOO_MUCH)

Way = Callable[[str], Action]  # upload or download -> where the API is, with the headers that open it


class Asked(NamedTuple):
    """What goes along with a request."""

    headers: Mapping[str, str]
    body: bytes | Upload | None = None


class Connection:
    """label: what errors call the store. way: asked when there is no right yet, or an old one has ended.

    optional: where no server answers, there is nothing to read, and that is no error.
    """

    def __init__(self, label: str, way: Way, access: Access, optional: bool = False) -> None:
        self._optional = optional
        self._label, self._way, self._access = label, way, access
        self.contact = Contact()
        self.parallel = access.calls or PARALLEL
        self._lock = threading.Lock()
        self._ways: dict[str, Action] = {}
        self._clients: dict[str, Client] = {}

    def batch(self, operation: str, blobs: Sequence[Blob]) -> dict[str, Answer]:
        """What the server says of these blobs, by oid.

        Raises StoreError where no LFS server is there. A server may refuse many at once (413), or all because of each
        (422): then they are asked for in halves. giftless says 404 where a download batch finds nothing at all.
        """
        response = self.api(operation, "POST", "objects/batch", api.batch(operation, blobs), JUDGED)
        what = f"store {self._label}"
        if response.status in TOO_MUCH:
            if len(blobs) == 1:
                return {blobs[0].oid: Answer(-1, None, None, response.status, said(response))}
            half = len(blobs) // 2
            return self.batch(operation, blobs[:half]) | self.batch(operation, blobs[half:])
        is_answer = response.headers.get("Content-Type", "").partition(";")[0].strip() in {
            api.MEDIA,
            "application/json",
        }
        if response.status == HTTPStatus.OK and is_answer:
            return api.answers(response.json(), operation, what)
        if operation == api.DOWNLOAD and (self._optional or (response.status == HTTPStatus.NOT_FOUND and is_answer)):
            return {}
        raise absent(self._label, self.open(operation).href, said(response))

    def api(
        self, operation: str, method: str, path: str, body: bytes | None, ok: tuple[int, ...] = (HTTPStatus.OK,)
    ) -> Response:
        """Ask the API itself, with a new right where the old one is refused."""
        for is_last in (False, True):
            way = self.open(operation)
            try:
                url = f"{way.href.rstrip('/')}/{path}"
                return self._client(way.href).request(
                    method, url, headers={**api.HEADERS, **way.headers}, body=body, ok=ok, authorise=way.ours
                )
            except StoreDenied:
                if is_last or way.ours:
                    raise
                self._forget(operation, way)
        raise AssertionError

    def perform(self, operation: str, method: str, action: Action, asked: Asked, ok: tuple[int, ...]) -> Response:
        """Do what the server has prepared (the body of the answer is still to be read); its own headers come last."""
        client = self._client(self.open(operation).href)
        headers = {**asked.headers, **action.headers}
        return client.request(
            method, action.href, headers=headers, body=asked.body, ok=ok, stream=True, authorise=action.ours
        )

    def open(self, operation: str) -> Action:
        """The right to do this, asked for if there is none."""
        with self._lock:
            known = self._ways.get(operation)
            if known is None or known.is_over:
                known = self._ways[operation] = self._way(operation)
            return known

    def _forget(self, operation: str, way: Action) -> None:
        with self._lock:
            if self._ways.get(operation) is way:
                del self._ways[operation]

    def _client(self, base: str) -> Client:
        with self._lock:
            if base not in self._clients:
                access = self._access
                bare, given = login_in(base)
                credentials: Credentials | None = _Given(given) if given else access.credentials
                self._clients[base] = Client(self._label, bare, credentials, self.parallel, access.http)
            return self._clients[base]


class _Given:
    """The login that the URL itself has, as Git remotes have it in CI; there is nobody to tell of it."""

    def __init__(self, login: Login) -> None:
        self._login = login

    def fill(self, _: str) -> Login:
        return self._login

    def approve(self, url: str, login: Login) -> None:
        pass

    def reject(self, url: str, login: Login) -> None:
        pass


def login_in(url: str) -> tuple[str, Login | None]:
    """The URL without a password, and the login in it, if it has both parts; a user's name alone stays."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, Login(unquote(parts.username or ""), unquote(parts.password))


def said(response: Response) -> str:
    """What the server says for people; "" where that is not JSON."""
    try:
        return api.message(response.json())
    except StoreError:
        return ""


def absent(label: str, href: str, message: str) -> StoreError:
    """The error where no LFS server answers."""
    reason = f": {message}" if message else ""
    return StoreError(
        f"store {label}: there is no Git LFS server at {urls.shown(href)}{reason}",
        "`gitblob store add NAME URL --default` names another place for blobs; `gitblob help stores`",
    )
