"""From a name and a URL to a store; the one place that knows which backends there are.

A backend's module is imported when a URL of its kind is opened, never before. Other packages add kinds through the
entry point group `gitblob.stores` (`gitblob help plugins`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gitblob.errors import StoreError
from gitblob.model.address import Address
from gitblob.store import url as urls
from gitblob.store.access import Access
from gitblob.store.base import Store
from gitblob.store.lfs_folder import LfsKeys, RepositoryStore
from gitblob.store.local import LocalBackend
from gitblob.store.plain import PlainStore
from gitblob.store.retrying import RetryingBackend, RetryingStore

IGNORE_ALL = {".gitignore": b"*\n"}  # so that git never sees the blobs of a store inside the work tree
GROUP = "gitblob.stores"


class Kind(NamedTuple):
    """A kind of URL, known without an import of what opens it.

    factory: module and function (name, url, options, access) -> Backend, which gets the plain layout, or Store.
    options: the names of what may stand beside the `url` of a store of this kind; none of them is a secret.
    """

    factory: str
    options: frozenset[str] = frozenset()


KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("https+dav", "http+dav", "webdavs", "webdav"), Kind("gitblob.store.webdav:make")),
    **dict.fromkeys(("lfs+https", "lfs+http"), Kind("gitblob.store.lfs:make")),
    "ssh": Kind("gitblob.store.ssh.opening:ssh"),
    "sftp": Kind("gitblob.store.ssh.opening:sftp"),
    "s3": Kind("gitblob.store.cloud.s3:make", frozenset({"endpoint", "region", "profile", "path_style", "anonymous"})),
    "gs": Kind("gitblob.store.cloud.gcs:make", frozenset({"endpoint", "anonymous"})),
    "az": Kind("gitblob.store.cloud.azure:make", frozenset({"account", "endpoint", "anonymous"})),
    "gdrive": Kind("gitblob.store.cloud.gdrive:make"),
}
Factory = Callable[[str, str, Mapping[str, str], Access], Any]


def open(name: str, url: str, access: Access, options: Mapping[str, str] | None = None) -> Store:  # noqa: A001 read as registry.open
    """The store that a repository's settings name. Nothing is touched, and no host is asked, before it is used.

    A relative directory is made by the first put; any other place must be a store already, since a repository may name
    any place that this user can write to.
    Raises StoreError for a URL that no backend serves and for a root inside a git directory: what lies there may be a
    cache, even this repository's own, and a copy in it is not one more copy.
    """
    _refuse(name, url)
    if urls.directory(url) is None:
        return _of_kind(name, url, access, options or {}, None)
    root = _root(name, url, access.top)
    inside = not os.path.isabs(urls.directory(url) or "") and is_inside(root, access.top)
    return PlainStore(name, url, LocalBackend(root, name, make_root=inside), seed=IGNORE_ALL if inside else None)


def create(name: str, url: str, access: Access, options: Mapping[str, str] | None = None) -> tuple[Store, bool]:
    """The same store, made now if it is none yet (then True): for what a user types. Raises StoreError."""
    _refuse(name, url)
    if urls.directory(url) is None:
        store = _of_kind(name, url, access, options or {}, {})
    else:
        root = _root(name, url, access.top)
        seed = IGNORE_ALL if is_inside(root, access.top) else {}
        store = PlainStore(name, url, LocalBackend(root, name, make_root=True), seed)
    make = getattr(store, "create", None)
    return store, make() if make else not store.exists()


def of_repository(name: str, git_dir: str) -> RepositoryStore:
    """The store (and cache) in another repository's common git directory, made by the first put."""
    root, lfs = f"{git_dir}/gitblob", f"{git_dir}/lfs"
    own = PlainStore(name, root, LocalBackend(root, name, make_root=True), seed={}, ours=True)
    beside = PlainStore(name, lfs, LfsKeys(LocalBackend(lfs, name, make_root=True), lfs), seed={}, ours=True)
    return RepositoryStore(own, beside)


def of_ssh_remote(name: str, address: Address, access: Access) -> Store:
    """The store of another repository that is reached by ssh."""
    from gitblob.store.ssh import opening

    return RetryingStore(opening.of_remote(name, address, access))


def of_lfs_server(name: str, download: str, upload: str, access: Access, optional: bool) -> Store:
    """The Git LFS server that a Git remote has. optional: where there is none, it has nothing, and that is no error."""
    from gitblob.store import lfs

    return lfs.at(name, f"{lfs.PREFIX}{download}", {"upload": upload}, access, optional)


def is_private(url: str, top: str | None) -> bool:
    """Does the store lie in the work tree, where other clones cannot reach it?"""
    path = urls.directory(url)
    return path is not None and top is not None and is_inside(os.path.join(top, path), top)


def is_inside(path: str, top: str | None) -> bool:
    """Does this path, with links followed, lie below this directory?"""
    return top is not None and os.path.realpath(path).startswith(os.path.realpath(top).rstrip("/") + "/")


def is_known(url: str) -> bool:
    """Is there something here that opens URLs of this kind? Nothing is imported to find out."""
    from importlib.metadata import entry_points

    kind = urls.kind(url)
    return kind in KINDS or urls.directory(url) is not None or bool(entry_points(group=GROUP, name=kind))


def factory(url: str) -> Factory | None:
    """What opens URLs of this kind, ours or a plug-in's; None for an unknown kind."""
    from importlib import import_module
    from importlib.metadata import entry_points

    kind = urls.kind(url)
    if kind in KINDS:
        module, _, function = KINDS[kind].factory.partition(":")
        made: Factory = getattr(import_module(module), function)
        return made
    found = next(iter(entry_points(group=GROUP, name=kind)), None)
    return found.load() if found else None


def known_options(url: str) -> frozenset[str] | None:
    """The options that stores at URLs of this kind take; None for a kind that only a plug-in may know."""
    kind = urls.kind(url)
    if kind in KINDS:
        return KINDS[kind].options
    return frozenset() if kind in {"", "file"} else None


def _of_kind(
    name: str, url: str, access: Access, options: Mapping[str, str], seed: Mapping[str, bytes] | None
) -> Store:
    make, known = factory(url), known_options(url)
    if make is None:
        raise StoreError(
            f"store {name}: {urls.shown(url)} is of a kind that this version does not know",
            _meant(url),
        )
    _refuse_options(name, url, options, getattr(make, "OPTIONS", frozenset()) if known is None else known)
    made = make(name, url, options, access)
    if hasattr(made, "missing"):
        can = made.capabilities
        return RetryingStore(made) if can.remote and not can.retries else made
    return PlainStore(name, url, RetryingBackend(made) if made.capabilities.remote else made, seed)


def _meant(url: str) -> str:
    """What to type in place of a URL of no known kind; a plain web address may stand for two."""
    scheme, _, place = urls.shown(url).partition("://")
    if scheme not in {"http", "https"}:
        return f"known are a path, file://, {', '.join(f'{kind}://' for kind in KINDS)}; `gitblob help stores`"
    return f"a WebDAV folder is {scheme}+dav://{place}, a Git LFS server lfs+{scheme}://{place}"


def _refuse(name: str, url: str) -> None:
    reason = urls.refusal(url)
    if reason:
        raise StoreError(f"store {name}: {urls.shown(url)!r} is refused: {reason}", "see `gitblob help stores`")


def _refuse_options(name: str, url: str, options: Mapping[str, str], known: frozenset[str]) -> None:
    if unknown := sorted(set(options) - known):
        raise StoreError(
            f"store {name}: {urls.shown(url)} takes no option {unknown[0]!r}",
            f"known are {', '.join(sorted(known))}" if known else None,
        )


def _root(name: str, url: str, top: str | None) -> str:
    path = urls.directory(url) or ""
    if top is None and not os.path.isabs(path):
        raise StoreError(f"store {name}: {url} is relative to a work tree, and this repository has none")
    root = os.path.join(top or "", os.path.normpath(path))
    if git_dir := _git_dir_around(root):
        raise StoreError(
            f"store {name}: {urls.shown(url)} lies in a git directory ({git_dir})",
            "choose a directory outside; the store of a Git remote that is a path needs no name",
        )
    return root


def _git_dir_around(path: str) -> str | None:
    """The git directory that a path, with links followed, lies in, if it does."""
    at = os.path.realpath(path)
    while at != os.path.dirname(at):
        parts = all(os.path.lexists(f"{at}/{part}") for part in ("HEAD", "objects", "refs"))
        if parts or os.path.basename(at).lower() == ".git":
            return at
        at = os.path.dirname(at)
    return None
