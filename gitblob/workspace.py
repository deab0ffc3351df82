"""A repository with its settings, cache and stores, opened once. It holds; what is done with them is done in `ops`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from gitblob import settings as configuration
from gitblob.cache import Cache
from gitblob.errors import StoreError, StoreUnavailable
from gitblob.git import command, remotes
from gitblob.git.repository import Repository
from gitblob.model.pointer import Pointer
from gitblob.settings import Settings
from gitblob.settings.document import nearest
from gitblob.store import registry
from gitblob.store import url as store_urls
from gitblob.store.access import Access
from gitblob.store.base import Blob, Store
from gitblob.transfer import engine
from gitblob.transfer.progress import SILENT, Progress


class Workspace:
    """repository and cache; settings and stores are read when they are first asked for."""

    def __init__(self, repository: Repository, cache: Cache) -> None:
        self.repository = repository
        self.cache = cache
        self._settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """What the work tree's .gitblob.yaml says (HEAD's in a bare repository). Raises SettingsError."""
        if self._settings is None:
            worktree = self.repository.worktree
            self._settings = configuration.load(worktree) if worktree else _of_head(self.repository.git_dir)
        return self._settings

    @property
    def top(self) -> str:
        """Where git runs: the top of the work tree, the git directory of a bare repository."""
        return self.repository.worktree or self.repository.git_dir

    @property
    def access(self) -> Access:
        """What stores may need from this machine."""
        return Access(self.repository.worktree, notes=f"{self.cache.root}/unfinished")

    def store(self, name: str) -> Store:
        """The store of this name. Raises StoreError for an unknown one."""
        stores = self.settings.stores
        if name not in stores:
            near = nearest(name, stores)
            raise StoreError(f"there is no store {name!r}", near or "`gitblob store add` adds one")
        place = stores[name]
        return registry.open(name, place.url, self.access, place.options)

    def stores_to_fetch(self, remote: str | None = None) -> list[Store]:
        """The stores to ask for blobs, in order; for one remote or (None) for all, the branch's own first.

        For each remote the store that the settings name, then the one in the remote's repository, if it is a path; last
        every other store of the settings, which may have what was pushed when another one was the default.
        What cannot be opened is passed over while there is another; without a remote there may be none.
        Raises StoreError where there are remotes and no store.
        """
        stores: dict[str, Store] = {}
        reasons: list[StoreError] = []
        for name in [remote] if remote else remotes.names(self.top) or [""]:
            try:
                if named := self._named(name):
                    stores.setdefault(named.url, named)
            except StoreError as error:
                reasons.append(error)
            own, reason = self.own_stores(name) if name else ([], None)
            stores |= {store.url: store for store in own if store.url not in stores}
            reasons += [reason] if reason else []
        for name in self.settings.stores:
            with suppress(StoreError):
                other = self.store(name)
                stores.setdefault(other.url, other)
        if reasons and not stores:
            raise reasons[0]
        return list(stores.values())

    def stores_to_push(self, remote: str, url: str = "") -> list[Store]:
        """The stores that must have what is pushed to this remote (at this URL, as git tells a hook).

        That is the store the settings name; where none is named, or where it lies in the work tree and so is private to
        this clone, (also) the one in the remote's repository, if it is a path. Raises StoreError where there is none
        that anybody else reaches.
        """
        named = self._named(remote)
        stores: list[Store] = [named] if named else []
        if named and not registry.is_private(named.url, self.repository.worktree):
            return stores
        urls = [url] if url else remotes.urls(remote, self.top, push=True) if remote else []
        for address in urls:
            if named and remotes.path(address, self.top) is None:
                raise StoreError(
                    f"store {named.name} ({named.url}) is private to this clone: it lies in the work tree, where "
                    f"nobody who gets the commits from {remote} ({store_urls.shown(address)}) can reach it",
                    "name a directory that they reach with `gitblob store add NAME DIRECTORY --default`; "
                    "`git push --no-verify` sends the commits alone",
                )
            own = self._own(remote, address)
            stores += [own] if own else []
        if not stores and not urls:
            raise StoreError(
                "this repository has neither a remote nor a store", "add one with `gitblob store add NAME DIRECTORY`"
            )
        return stores

    def own_stores(self, remote: str) -> tuple[list[Store], StoreError | None]:
        """The stores in the repositories that a remote's URLs lead to, and why the last that has none has none."""
        found: list[Store] = []
        reason: StoreError | None = None
        for url in remotes.urls(remote, self.top):
            try:
                own = self._own(remote, url)
            except StoreError as error:
                reason = error
            else:
                found += [own] if own else []
        return found, reason

    def _named(self, remote: str) -> Store | None:
        name = self.settings.store_for(remote)
        return self.store(name) if name else None

    def _own(self, remote: str, url: str) -> Store | None:
        """The store in the repository behind a remote's URL; None where that is this very repository."""
        place = remotes.path(url, self.top)
        if place is None:
            raise StoreError(
                f"no store for remote {remote} ({store_urls.shown(url)})",
                "add one with `gitblob store add NAME DIRECTORY`",
            )
        common_dir = remotes.common_dir(place)
        if common_dir is None:
            raise StoreUnavailable(f"there is no git repository at {place} (remote {remote})", "is it mounted?")
        own = os.path.realpath(self.repository.common_dir)
        return registry.of_repository(remote, common_dir) if common_dir != own else None


def open(cwd: str | None = None) -> Workspace:  # noqa: A001 read as workspace.open
    """The workspace around a directory (default: the current one). Raises NotARepository."""
    repository = command.find(cwd)
    return Workspace(repository, Cache(repository.cache_root))


def fetch(
    repository: Repository,
    cache: Cache,
    pointers: Sequence[Pointer],
    progress: Progress = SILENT,
    take: engine.Take | None = None,
) -> None:
    """Bring what the stores have of these blobs to the cache; what is nowhere stays missing. take: see engine.download.

    Raises StoreError, PartialFailure or SettingsError when something is missing for another reason.
    """
    stores = Workspace(repository, cache).stores_to_fetch()
    engine.download(cache, stores, [Blob(pointer.oid, pointer.size) for pointer in pointers], progress, take)


def _of_head(git_dir: str) -> Settings:
    data = command.run("cat-file", "blob", f"HEAD:{configuration.FILE}", cwd=git_dir, ok=(0, 128))
    settings = configuration.parse(data, f"HEAD:{configuration.FILE}") if data else Settings()
    return configuration.with_overrides(settings, git_dir)
