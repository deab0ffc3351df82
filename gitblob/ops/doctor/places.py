"""The places that content lies in: settings, stores, cache, and what was left behind there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from gitblob import filesystem, settings, workspace
from gitblob.errors import SettingsError, StoreError
from gitblob.git.repository import Repository
from gitblob.model.size import human
from gitblob.ops import pending
from gitblob.ops import stores as named
from gitblob.ops.doctor.finding import OK, PROBLEM, WARNING, Finding, count
from gitblob.store.base import Store


def valid(repository: Repository) -> Iterator[Finding]:
    """The settings; an invalid file raises SettingsError."""
    if repository.worktree and os.path.lexists(f"{repository.worktree}/{settings.FILE}"):
        settings.load(repository.worktree)
        yield Finding("settings", OK, f"{settings.FILE} is valid")


def reachable(repository: Repository) -> Iterator[Finding]:
    """Every store that the settings name or that belongs to a Git remote: looked at, not written to."""
    work = workspace.open(repository.worktree or repository.git_dir)
    try:
        stores: dict[str, Store] = {store.name: store for store in named.all_of(work)}
        stores |= {store.name: store for store in work.stores_to_fetch()}
    except SettingsError:
        return  # a finding of `valid`
    if not stores:
        text = "no store and no Git remote that could hold one: blobs stay in the cache"
        yield Finding("store", WARNING, text, "gitblob store add NAME URL")
    for store in stores.values():
        yield _reached(store)


def complete(repository: Repository) -> Iterator[Finding]:
    """Do pointers still stand where content should?"""
    stubs = pending.stubs(repository)
    if stubs:
        size = human(sum(stub.pointer.size for stub in stubs))
        yield Finding(
            "pending",
            WARNING,
            count(len(stubs), "file", f"({size}) still stands as a pointer", f"({size}) still stand as pointers"),
            "gitblob pull",
        )
    elif repository.worktree:
        yield Finding("pending", OK, "every file has its content")


def tidy(repository: Repository) -> Iterator[Finding]:
    """Temporary files of commands that were killed, and quarantine."""
    folders = dict.fromkeys(f"{place}/tmp" for place in (repository.cache_root, repository.state_dir))
    stale = [path for folder in folders for path in _stale(folder)]
    if stale:
        size = human(sum(os.stat(path).st_size for path in stale))
        where = " and ".join(dict.fromkeys(map(os.path.dirname, stale)))
        yield Finding(
            "leftovers",
            WARNING,
            count(len(stale), "unfinished file", f"({size}) lies in {where}", f"({size}) lie in {where}"),
            "gitblob prune",
        )
    damaged = _names(f"{repository.cache_root}/quarantine")
    if damaged:
        text = f"{count(len(damaged), 'damaged blob', 'lies', 'lie')} in {repository.cache_root}/quarantine"
        yield Finding("quarantine", WARNING, text, "gitblob fsck --repair, then delete them")


def shared(repository: Repository) -> Iterator[Finding]:
    """What a checkout costs: a reflink, a copy, or a copy between file systems."""
    if not repository.worktree:
        return
    folder = repository.cache_root if os.path.isdir(repository.cache_root) else repository.common_dir
    if os.stat(folder).st_dev != os.stat(repository.worktree).st_dev:
        yield Finding("cache", OK, "the cache is on another file system than the work tree: a checkout copies")
    elif _reflinks(folder):
        yield Finding("cache", OK, "the file system shares bytes (reflink): a checkout costs no space")
    else:
        yield Finding("cache", OK, "the file system has no reflinks: a checkout copies")


def _reached(store: Store) -> Finding:
    try:
        there = store.exists()
    except StoreError as error:
        return Finding("store", PROBLEM, error.message, error.hint)
    state = "is there" if there else "will be made by the first push"
    return Finding("store", OK, f"store {store.name} ({store.url}) {state}")


def _reflinks(folder: str) -> bool:
    """Try it with two small files."""
    made: list[tuple[int, str]] = []
    try:
        made = [filesystem.temporary(folder), filesystem.temporary(folder)]
        filesystem.write_all(made[0][0], b"probe")
        return filesystem.clone(made[0][0], made[1][0])
    finally:
        for fd, path in made:
            os.close(fd)
            filesystem.remove(path)


def _stale(folder: str) -> list[str]:
    paths = [f"{folder}/{name}" for name in _names(folder)]
    return [path for path in paths if os.lstat(path).st_mtime < time.time() - filesystem.LEFTOVER_AGE]


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
