"""Stores on other hosts, by the user's own ssh: `gitblob serve-store` there, else its SFTP server."""

from __future__ import annotations

from collections.abc import Mapping

from gitblob.errors import StoreError
from gitblob.model import address as addresses
from gitblob.model.address import Address
from gitblob.store import url as urls
from gitblob.store.access import Access, ssh_of
from gitblob.store.base import Store

SERVE = ("gitblob", "serve-store")


def ssh(name: str, url: str, options: Mapping[str, str], access: Access) -> Store:  # noqa: ARG001 there are none
    """The store at `ssh://[user@]host[:port]/path`."""
    from gitblob.store.ssh.client import SshStore
    from gitblob.store.ssh.session import Session

    there, label = _address(name, url), f"{name} ({urls.shown(url)})"
    program = ssh_of(access, label)

    def make() -> Store:
        return SshStore(name, url, label, lambda: Session(program, there, [*SERVE, there.path], label))

    return program.shared(url, make)


def _address(name: str, url: str) -> Address:
    """Raises StoreError for a URL that names no host and path."""
    try:
        found = addresses.parse(url)
    except ValueError as error:
        raise StoreError(f"store {name}: {urls.shown(url)}: {error}") from None
    if found is None:
        raise StoreError(f"store {name}: {urls.shown(url)} names no host", "it is ssh://[USER@]HOST[:PORT]/PATH")
    return found
