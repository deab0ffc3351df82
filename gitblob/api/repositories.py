"""Repositories that this process reads from, each opened once and again when its settings have changed.

A child process opens its own: connections are not shared across fork(2).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from datetime import date

from gitblob import settings, workspace
from gitblob.api.paths import Path
from gitblob.errors import BlobMissing, NotARepository, UsageError
from gitblob.git import history, partial
from gitblob.git.dates import commit_at
from gitblob.model.pointer import Pointer
from gitblob.store.base import Blob, Store
from gitblob.transfer import engine
from gitblob.workspace import Workspace

KEPT = 16  # repositories
When = str | date
_opened: dict[tuple[int, str], Opened] = {}  # by process; without a lock, which a fork could leave held


class Opened:
    """A repository. folder: the absolute path it was asked for by."""

    def __init__(self, folder: str) -> None:
        if not os.path.isdir(folder):
            raise NotARepository(f"{folder} is no folder", "repo= is any folder of a repository")
        self.folder = folder
        self.workspace: Workspace = workspace.open(folder)
        self.top = self.workspace.top
        self.cache = self.workspace.cache
        self._state = self._settings()
        self._stores: list[Store] | None = None
        self._lacks: bool | None = None
        self._lock = threading.Lock()

    @property
    def is_fresh(self) -> bool:
        """Are the settings those that it was opened with?"""
        return self._state == self._settings()

    @property
    def lacks_small(self) -> bool:
        """Is it a partial clone in which pointers may have been left out?"""
        if self._lacks is None:
            self._lacks = partial.lacks_small(self.top)
        return self._lacks

    def stores(self) -> list[Store]:
        """Where blobs are fetched from, in order. Raises StoreError."""
        with self._lock:
            if self._stores is None:
                self._stores = self.workspace.stores_to_fetch()
            return self._stores

    def obtain(self, pointers: Sequence[Pointer], name: str) -> None:
        """Bring blobs to the cache. name: what to call them in BlobMissing. Raises StoreError, PartialFailure."""
        blobs = [Blob(pointer.oid, pointer.size) for pointer in pointers]
        missing = [blob for blob in dict.fromkeys(blobs) if not self.cache.find(*blob)]
        if missing:
            missing = engine.download(self.cache, self.stores(), missing, limits=self.workspace.limits)
        if missing:
            raise BlobMissing(f"{name}: {missing[0].oid.text} is in no store", "`gitblob push` in a clone that has it")

    def commit(self, rev: str | None, at: When | None) -> str | None:
        """The commit (hex) that is meant; None for the work tree, which a bare repository lacks: there it is HEAD's.

        Raises UsageError for a revision or a date that names none.
        """
        if at is not None:
            return commit_at(at, rev or "HEAD", self.top)
        if rev is None and self.workspace.repository.worktree is not None:
            return None
        if rev is not None and (not rev or "\n" in rev):
            raise UsageError(f"{rev!r} names no commit here")
        return history.commit(rev or "HEAD", self.top)

    def _settings(self) -> list[tuple[int, int] | None]:
        repository = self.workspace.repository
        return [_stamp(f"{self.top}/{settings.FILE}"), _stamp(f"{repository.common_dir}/config")]


def opened(repo: Path) -> Opened:
    """The repository around a folder. Raises NotARepository, SettingsError."""
    folder = os.path.abspath(os.fspath(repo))
    key = (os.getpid(), folder)
    found = _opened.get(key)
    if found is None or not found.is_fresh:
        for oldest in list(_opened)[: len(_opened) + 1 - KEPT]:
            _opened.pop(oldest, None)
        found = _opened[key] = Opened(folder)
    return found


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_mtime_ns, info.st_ino
