"""Git LFS servers as stores: `lfs+https://host/path` names the LFS API of a repository there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gitblob.store import url as urls
from gitblob.store.access import Access, ssh_of

if TYPE_CHECKING:
    from gitblob.store.lfs.store import LfsStore

PREFIX = "lfs+"


class Door(NamedTuple):
    """What answers to `git-lfs-authenticate PATH OPERATION`: a host that is reached by ssh, and the path there."""

    destination: str
    port: int | None
    path: str


def make(name: str, url: str, _: Mapping[str, str], access: Access) -> LfsStore:
    """The store whose API is at this URL."""
    return at(name, url, {}, access)


def at(name: str, url: str, ways: Mapping[str, str], access: Access, optional: bool = False) -> LfsStore:
    """The same with another URL for `upload` or `download`; a URL may hold a login or a token, which nothing shows.

    optional: where no server answers, there is nothing to read, and that is no error.
    """
    from gitblob.store.lfs import api
    from gitblob.store.lfs.store import LfsStore

    def way(operation: str) -> api.Action:
        return api.Action(ways.get(operation, url).removeprefix(PREFIX), {}, True, None)

    return LfsStore(name, urls.shown(url), way, access, optional)


def authenticated(name: str, url: str, door: Door, access: Access) -> LfsStore:
    """The store that a host names when it is asked by ssh; url stands for it. `store.knock()` asks at once.

    Raises StoreError where there is no ssh.
    """
    from gitblob.store.lfs import authenticate
    from gitblob.store.lfs.store import LfsStore

    return LfsStore(name, url, authenticate.way(name, door, ssh_of(access, name)), access)
