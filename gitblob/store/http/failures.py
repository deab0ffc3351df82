"""What went wrong with a request, in the words of `errors`. No URL is shown with its query: that may be a secret."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from urllib3 import exceptions

from gitblob.errors import StoreDenied, StoreError, StoreUnavailable, StoreUnreachable
from gitblob.store import url as urls

LATER = {408, 423, 425, 429, 500, 502, 503, 504}
NO_METHOD = {405, 501}
WRONG_PLACE = {400, 404, 410}
CERTIFICATE = "`git config http.sslCAInfo FILE` names the certificates to trust, unless GIT_SSL_CAINFO does"
SERVER = "is the server running, and the URL right?"
LONGEST = 300  # characters of what a server says


def of_status(what: str, status: int, headers: Mapping[str, str], body: bytes) -> StoreError:
    """The error that an answer stands for. what: store, method and URL."""
    message = f"{what}: {status} {_phrase(status)}{_said(headers, body)}"
    if status in LATER or (status == HTTPStatus.FORBIDDEN and "Retry-After" in headers):
        hint = "the server's log says why; is its disk full?" if status == 500 else "try again later"
        return StoreUnavailable(message, hint, _seconds(headers.get("Retry-After", "")))
    if status == HTTPStatus.FORBIDDEN:
        return StoreDenied(message, "this login may not do that there; ask whoever runs the server")
    if status == HTTPStatus.UNAUTHORIZED:
        return StoreDenied(message, "a login is sent to the store's own host only")
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        return StoreError(message, "the store is full: free space there, then run this again")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return StoreError(message, "the server takes no files of this size; whoever runs it can raise the limit")
    if status in NO_METHOD:
        return StoreError(message, "the server does not offer this method; is the URL right?")
    return StoreError(message, SERVER if status in WRONG_PLACE else None)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Let errors of the library come out as ours. what: store, method and URL."""
    try:
        yield
    except exceptions.HTTPError as error:
        raise _of_error(what, error) from error


def _of_error(what: str, error: exceptions.HTTPError) -> StoreError:
    if isinstance(error, exceptions.LocationValueError):
        return no_url(what)
    if isinstance(error, exceptions.ProxyError):
        return StoreUnavailable(f"{what}: the proxy does not answer as one", "see http.proxy in `git help config`")
    if isinstance(error, exceptions.SSLError):
        reason = str(error).partition(" (_ssl.c")[0].rpartition("] ")[2]
        failed = "CERTIFICATE_VERIFY_FAILED" in str(error)
        return StoreError(f"{what}: TLS: {reason}", CERTIFICATE if failed else "does the server speak https there?")
    if isinstance(error, exceptions.NameResolutionError):
        return StoreUnreachable(f"{what}: no host of this name is known", "is the name right, and the network up?")
    if isinstance(error, exceptions.NewConnectionError):
        return StoreUnreachable(f"{what}: {_system(error) or 'no connection'}", SERVER)
    if isinstance(error, exceptions.ConnectTimeoutError):
        return StoreUnreachable(f"{what}: the host does not answer", SERVER)
    if isinstance(error, exceptions.TimeoutError):
        return StoreUnavailable(f"{what}: the server went silent")
    if isinstance(error, exceptions.IncompleteRead) or "IncompleteRead" in repr(error):
        return StoreUnavailable(f"{what}: the answer ended too early")
    return StoreUnavailable(f"{what}: the connection broke{_because(_system(error))}")


def no_url(what: str) -> StoreError:
    """The error for a URL that leads nowhere, or not to one place for all who read it."""
    return StoreError(f"{what}: this is no URL that can be asked")


def _system(error: BaseException) -> str:
    """What the operating system said, as far down as it is hidden."""
    seen: BaseException | None = error
    while seen is not None:
        inner = [part for part in seen.args if isinstance(part, BaseException)]
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        seen = seen.__cause__ or seen.__context__ or (inner[0] if inner else None)
    return ""


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _phrase(status: int) -> str:
    with suppress(ValueError):
        return HTTPStatus(status).phrase
    return ""


def _said(headers: Mapping[str, str], body: bytes) -> str:
    """The `message` of a JSON answer, as Git LFS servers give it."""
    if "json" not in headers.get("Content-Type", ""):
        return ""
    with suppress(ValueError, AttributeError, RecursionError):
        message = json.loads(body).get("message")
        if isinstance(message, str) and message:
            return ": " + "".join(c if c.isprintable() else " " for c in message[:LONGEST])
    return ""


def _seconds(text: str) -> float | None:
    """What Retry-After says: seconds or a date (RFC 9110 10.2.3)."""
    with suppress(ValueError):
        return max(0.0, float(text))
    with suppress(ValueError, TypeError, OverflowError):
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    return None


def described(label: str, method: str, url: str) -> str:
    """Store, method and URL as messages begin."""
    return f"store {label}: {method} {urls.shown(url)}"
