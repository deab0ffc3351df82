"""What tests know of a running WebDAV server, whichever program it is."""

import uuid
from pathlib import Path
from typing import NamedTuple

from gitblob.store.access import Access, Http, Login


class Dav(NamedTuple):
    """endpoint: its URL. folder: where its files lie. certificate: its own, where it speaks TLS."""

    endpoint: str
    port: int
    folder: Path
    user: str = ""
    password: str = ""
    certificate: Path | None = None

    def place(self, port: int = 0) -> str:
        """The URL of a new, empty root; port: that of a proxy in front."""
        name = uuid.uuid4().hex
        (self.folder / name).mkdir()
        (self.folder / name).chmod(0o777)
        return self.url(name, port)

    def url(self, name: str, port: int = 0) -> str:
        """A store's URL."""
        scheme, _, host = self.endpoint.partition("://")
        host = f"127.0.0.1:{port}" if port else host
        return f"{scheme}+dav://{host}/{name}"

    @property
    def logins(self) -> "Logins":
        """Its right login."""
        return Logins(self.user, self.password)


class Logins:
    """Credentials that count: how often they were asked for, what became of them."""

    def __init__(self, user: str, password: str) -> None:
        self.login = Login(user, password)
        self.asked, self.approved, self.rejected = [], [], []

    def fill(self, url):
        self.asked.append(url)
        return self.login

    def approve(self, url, login):
        self.approved.append(login)

    def reject(self, url, login):
        self.rejected.append(login)

    def access(self, **settings) -> Access:
        """These logins, and what git would be told about the host."""
        return Access(credentials=self, http=lambda _: Http(**settings))
