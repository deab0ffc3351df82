"""What the user's git knows about a host: how to log in, which certificates count, which proxy leads there."""

from __future__ import annotations

from typing import NamedTuple


class Login(NamedTuple):
    """A user's name and a password or token; never shown, logged or written to a file."""

    user: str
    password: str


class Http(NamedTuple):
    """What git is told about a URL (git-config(1), http.*), so that a store there needs no more.

    ca_info: a file of certificates to trust instead of the system's. verify: are certificates looked at? proxy: its
    URL, maybe with a login. headers: go to this host with each request; they may be secret.
    """

    ca_info: str | None = None
    verify: bool = True
    proxy: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
