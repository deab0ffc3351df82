"""From a name and a URL to a store; the one place that knows which backends there are."""

from __future__ import annotations

import os

from gitblob.errors import StoreError
from gitblob.store import url as urls
from gitblob.store.local import LocalBackend
from gitblob.store.plain import PlainStore

IGNORE_ALL = {".gitignore": b"*\n"}  # so that git never sees the blobs of a store inside the work tree


def open(name: str, url: str, top: str | None) -> PlainStore:  # noqa: A001 read as registry.open
    """The store that a repository's settings name. Nothing is touched before it is used.

    top: the work tree's, for relative paths. One that lies inside is made by the first put; any other must be a store
    already, since a repository may name any directory of this machine.
    Raises StoreError for a URL that no backend serves and for a root inside a git directory: what lies there may be a
    cache, even this repository's own, and a copy in it is not one more copy.
    """
    root = _root(name, url, top)
    inside = not os.path.isabs(urls.directory(url) or "") and is_inside(root, top)
    backend = LocalBackend(root, name, make_root=inside)
    return PlainStore(name, url, backend, seed=IGNORE_ALL if inside else None)


def create(name: str, url: str, top: str | None) -> tuple[PlainStore, bool]:
    """The same store, made now if it is none yet (then True): for what a user types. Raises StoreError."""
    root = _root(name, url, top)
    seed = IGNORE_ALL if is_inside(root, top) else {}
    store = PlainStore(name, url, LocalBackend(root, name, make_root=True), seed)
    return store, store.create()


def of_repository(name: str, git_dir: str) -> PlainStore:
    """The store (and cache) in another repository's common git directory, made by the first put."""
    root = f"{git_dir}/gitblob"
    return PlainStore(name, root, LocalBackend(root, name, make_root=True), seed={}, ours=True)


def is_private(url: str, top: str | None) -> bool:
    """Does the store lie in the work tree, where other clones cannot reach it?"""
    path = urls.directory(url)
    return path is not None and top is not None and is_inside(os.path.join(top, path), top)


def is_inside(path: str, top: str | None) -> bool:
    """Does this path, with links followed, lie below this directory?"""
    return top is not None and os.path.realpath(path).startswith(os.path.realpath(top).rstrip("/") + "/")


def _root(name: str, url: str, top: str | None) -> str:
    reason = urls.refusal(url)
    if reason:
        raise StoreError(f"store {name}: {urls.shown(url)!r} is refused: {reason}", "see `gitblob help stores`")
    path = urls.directory(url)
    if path is None:
        raise StoreError(
            f"store {name}: {url} is of a kind that this version does not know",
            "a store is a directory: a path, or file:///path",
        )
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
