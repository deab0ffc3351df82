"""From an address to a store on another host. No host is asked before the store is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from gitblob.errors import StoreDenied, StoreError
from gitblob.model import address as addresses
from gitblob.model.address import Address
from gitblob.store import url as urls
from gitblob.store.access import Access, ssh_of
from gitblob.store.base import Backend, Store

if TYPE_CHECKING:
    from gitblob.store.ssh.files import SftpBackend

SERVE = ("gitblob", "serve-store")
INSTALL = "install gitblob there (`gitblob help ssh`)"
ADD = "add a store with `gitblob store add NAME URL`, or install gitblob there (`gitblob help ssh`)"
Way = Callable[[], Store]


class _Place(NamedTuple):
    """A store's name and URL, what errors call it, and where it is."""

    name: str
    url: str
    label: str
    there: Address
    access: Access


def ssh(name: str, url: str, options: Mapping[str, str], access: Access) -> Store:  # noqa: ARG001 there are none
    """The store at `ssh://[user@]host[:port]/path`."""
    place = _named(name, url, access)
    return _kept(place, [_served(place), _by_sftp(place)], INSTALL)


def sftp(name: str, url: str, options: Mapping[str, str], access: Access) -> Backend:  # noqa: ARG001 there are none
    """The files at `sftp://[user@]host[:port]/path`, which need no gitblob there."""
    place = _named(name, url, access)
    return ssh_of(access, place.label).shared((name, url), lambda: _files(place))


def of_remote(name: str, there: Address, access: Access) -> Store:
    """The store of a git repository that is reached by ssh: in its git directory, or the LFS server it names."""
    place = _Place(name, there.url, f"{name} ({urls.shown(there.url)})", there, access)
    return _kept(place, [_served(place, "--git"), _lfs(place), _beside_git(place)], ADD)


def _kept(place: _Place, ways: list[Way], none: str) -> Store:
    """One store, with one session, for the whole command."""
    from gitblob.store.ssh.ways import AnyWay

    key = (place.name, place.url)
    return ssh_of(place.access, place.label).shared(key, lambda: AnyWay(*place[:3], ways, none))


def _served(place: _Place, *options: str) -> Way:
    def way() -> Store:
        from gitblob.store.ssh.client import SshStore
        from gitblob.store.ssh.session import Session

        program, command = ssh_of(place.access, place.label), [*SERVE, *options, place.there.path]
        store = SshStore(*place[:3], lambda: Session(program, place.there, command, place.label))
        store.connect()
        return store

    return way


def _lfs(place: _Place) -> Way:
    def way() -> Store:
        from gitblob.store import lfs
        from gitblob.store.lfs.authenticate import NotOffered
        from gitblob.store.ssh.failure import NotServed

        store = lfs.authenticated(place.name, place.url, lfs.Door(*place.there), place.access)
        try:
            store.knock()
        except (NotOffered, StoreDenied) as error:
            raise NotServed(error.message) from error
        return store

    return way


def _by_sftp(place: _Place) -> Way:
    def way() -> Store:
        from gitblob.store.ssh.files import SftpStore

        backend = _files(place)
        backend.connect()
        return SftpStore(place.name, place.url, backend)

    return way


def _beside_git(place: _Place) -> Way:
    def way() -> Store:
        from gitblob.store.ssh.failure import NotServed
        from gitblob.store.ssh.files import SftpStore

        backend = _files(place)
        git_dir = backend.git_dir()
        if git_dir is None:
            backend.close()
            raise NotServed(f"{place.there.host} shows no git repository at {place.there.path} by SFTP")
        return SftpStore(place.name, place.url, backend.below(f"{git_dir}/gitblob"), seed={}, ours=True)

    return way


def _files(place: _Place) -> SftpBackend:
    from gitblob.store.ssh.files import SftpBackend
    from gitblob.store.ssh.sftp import Sftp

    program, there = ssh_of(place.access, place.label), place.there
    root = "." if there.path == "~" else there.path.removeprefix("~/")  # a session begins at home
    return SftpBackend(root, place.label, lambda: Sftp(program, there, place.label))


def _named(name: str, url: str, access: Access) -> _Place:
    """Raises StoreError for a URL that names no host and path."""
    try:
        found = addresses.parse(url)
    except ValueError as error:
        raise StoreError(f"store {name}: {urls.shown(url)}: {error}") from None
    if found is None:
        raise StoreError(f"store {name}: {urls.shown(url)} names no host", "it is ssh://[USER@]HOST[:PORT]/PATH")
    return _Place(name, url, f"{name} ({urls.shown(url)})", found, access)
