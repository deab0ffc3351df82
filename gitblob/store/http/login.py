"""The login at one server: asked for once, by whichever thread meets the first 401."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Mapping

from gitblob.errors import StoreDenied
from gitblob.store.access import Credentials, Login

OFFERS = ("WWW-Authenticate", "LFS-Authenticate")
GIVE = "`git credential approve` or a credential helper gives it one: see gitcredentials(7)"


class Door:
    """current: the login to send, once there is one."""

    def __init__(self, label: str, base: str, credentials: Credentials | None) -> None:
        self._label, self._base, self._credentials = label, base, credentials
        self._lock = threading.Lock()
        self._approved = False
        self._closed: StoreDenied | None = None
        self.current: Login | None = None

    def after(self, refused: Login | None, headers: Mapping[str, str]) -> Login:
        """The login to try after a 401 to this one. Raises StoreDenied, also for every later call, where none is left.

        A 401 that does not say how to log in counts as Basic.
        """
        with self._lock:
            if self._closed:
                raise self._closed
            if self.current is not None and self.current != refused:
                return self.current  # another thread was faster
            try:
                self.current = self._another(refused, headers)
            except StoreDenied as error:
                self._closed, self.current = error, None
                raise
            return self.current

    def approve(self, login: Login) -> None:
        """The server has taken the login."""
        with self._lock:
            if not self._approved and self._credentials:
                self._approved = True
                self._credentials.approve(self._base, login)

    def _another(self, refused: Login | None, headers: Mapping[str, str]) -> Login:
        if refused is not None:
            if self._credentials:
                self._credentials.reject(self._base, refused)
            raise StoreDenied(
                f"store {self._label}: the server does not accept the login of {refused.user or 'this user'}",
                "it is forgotten now: run this again to give another",
            )
        offered = ", ".join(headers[name] for name in OFFERS if name in headers)
        if offered and "basic" not in offered.lower():
            raise StoreDenied(
                f"store {self._label}: the server wants another login than Basic: {offered.partition(' ')[0]}"
            )
        login = self._credentials.fill(self._base) if self._credentials else None
        if login is None:
            raise StoreDenied(
                f"store {self._label}: the server wants a login, and there is none for {self._base}", GIVE
            )
        return login


def basic(login: Login) -> str:
    """The Authorization header (RFC 7617)."""
    return "Basic " + b64encode(f"{login.user}:{login.password}".encode()).decode()
