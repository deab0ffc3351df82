"""A repository with its settings, cache and stores, opened once. It holds; what is done with them is done in `ops`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress

from gitblob import settings as configuration
from gitblob.cache import Cache
from gitblob.errors import StoreError, StoreUnavailable, StoreUntrusted
from gitblob.git import cache_dir, command, http, lfs_endpoint, remotes
from gitblob.git.credentials import GitCredentials
from gitblob.git.lfs_endpoint import Endpoint
from gitblob.git.repository import Repository
from gitblob.git.ssh import GitSsh
from gitblob.model.pointer import Pointer
from gitblob.settings import Settings, trust
from gitblob.settings.document import nearest
from gitblob.settings.places import Place
from gitblob.store import registry
from gitblob.store import url as store_urls
from gitblob.store.access import Access
from gitblob.store.base import Blob, Store
from gitblob.store.guarded import ReadOnly, Refused
from gitblob.transfer import engine
from gitblob.transfer.limits import Limits
from gitblob.transfer.progress import SILENT, Progress


class Workspace:
    """repository and cache; settings and stores are read when they are first asked for.

    ask: puts a question to the user, who says yes or no; None where there is nobody to answer.
    """

    def __init__(self, repository: Repository, cache: Cache, ask: Callable[[str], bool] | None = None) -> None:
        self.repository = repository
        self.cache = cache
        self._ask = ask
        self._credentials = GitCredentials(self.top)
        self._ssh = GitSsh(self.top)
        self._settings: Settings | None = None
        self._answers: dict[str, bool] = {}  # of this command: nobody is asked twice

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
    def limits(self) -> Limits:
        """How much of this machine and its network transfers may take."""
        return Limits(self.settings.concurrency, self.settings.rate)

    @property
    def access(self) -> Access:
        """What stores may need from this machine."""
        return Access(
            self.repository.worktree,
            credentials=self._credentials,
            ssh=self._ssh,
            notes=f"{self.cache.home}/unfinished",
            http=lambda url: http.settings(url, self.top),
            calls=self.settings.concurrency,
        )

    def store(self, name: str) -> Store:
        """The store of this name. Raises StoreError for an unknown one.

        One at a place that this user has not approved (see `settings.trust`), and does not approve now, can be looked
        at and refuses to be used.
        """
        stores = self.settings.stores
        if name not in stores:
            near = nearest(name, stores)
            raise StoreError(f"there is no store {name!r}", near or "`gitblob store add` adds one")
        place = stores[name]
        if registry.is_known(place.url) and not self._may_use(name, place):
            return Refused(name, place.url, trust.refusal(name, place))
        store = registry.open(name, place.url, self.access, place.options)
        return ReadOnly(store) if place.read_only else store

    def is_required(self, store: Store) -> bool:
        """Does a push fail where this store does not get what it needs?"""
        place = self.settings.stores.get(store.name)
        return place is None or place.url != store.url or place.required

    def stores_to_fetch(self, remote: str | None = None) -> list[Store]:
        """The stores to ask for blobs, in order; for one remote or (None) for all, the branch's own first.

        For each remote the stores that the settings name, then the one in the remote's repository, if it is a path;
        last every other store of the settings, which may have what was pushed when another one was the default.
        What cannot be opened is passed over while there is another; without a remote there may be none.
        Raises StoreError where there are remotes and no store.
        """
        stores: dict[str, Store] = {}
        reasons: list[StoreError] = []
        for name in [remote] if remote else remotes.names(self.top) or [""]:
            for store_name in self.settings.stores_for(name):
                try:
                    named = self.store(store_name)
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

        Those are the stores the settings name, but for read-only ones; where none is named, or where they lie in the
        work tree and so are private to this clone, (also) the one in the remote's repository, if it is a path. Raises
        StoreError where there is none that anybody else reaches.
        """
        named = [self._to_push(name) for name in self.settings.stores_for(remote)]
        stores: list[Store] = [store for store in named if not store.capabilities.read_only]
        if any(not registry.is_private(store.url, self.repository.worktree) for store in stores):
            return stores
        urls = [url] if url else remotes.urls(remote, self.top, push=True) if remote else []
        for address in urls:
            try:
                own = self._own(remote, address)
            except StoreError as error:
                if not stores:
                    raise
                raise StoreError(
                    f"store {stores[0].name} ({stores[0].url}) is private to this clone: it lies in the work tree, "
                    f"where nobody who gets the commits from {remote} ({store_urls.shown(address)}) can reach it",
                    "name a directory that they reach with `gitblob store add NAME DIRECTORY --default`; "
                    "`git push --no-verify` sends the commits alone",
                ) from error
            stores += [own] if own else []
        if not stores and not urls:
            raise StoreError(
                f"this repository has neither a remote nor a store{' to write to' if named else ''}",
                "add one with `gitblob store add NAME DIRECTORY`",
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

    def _to_push(self, name: str) -> Store:
        """The store of this name; one that need not get everything may also be one that cannot be opened."""
        try:
            return self.store(name)
        except StoreError as error:
            place = self.settings.stores[name]
            if place.required:
                raise
            return Refused(name, place.url, error)

    def is_trusted(self, place: Place) -> bool:
        """Has the user approved this place, or need he not?"""
        word = trust.place(place)
        return word is None or word in self.settings.trusted or self._is_host_of_a_remote(place)

    def _may_use(self, name: str, place: Place) -> bool:
        """Is it approved, now if not before?"""
        word = trust.place(place)
        if word is None or self.is_trusted(place):
            return True
        if word not in self._answers:
            self._answers[word] = self._ask is not None and self._ask(trust.question(name, place))
            if self._answers[word]:
                trust.approve(place, self.top)
        return self._answers[word]

    def _is_host_of_a_remote(self, place: Place) -> bool:
        """Is it where git goes anyway, since the user has typed a remote's URL?"""
        host = store_urls.host(place.url)
        if host is None or trust.place(place) != store_urls.place(place.url, {}):
            return False
        known = remotes.names(self.top)
        return host in {store_urls.host(url) for remote in known for url in remotes.urls(remote, self.top)}

    def _lfs(self, remote: str, found: Endpoint) -> Store:
        """The Git LFS server of a remote; one that only `.lfsconfig` names, on a host not approved, is not asked."""
        place = Place(f"lfs+{found.download}")
        if found.committed and (why := store_urls.refusal(place.url)):
            shown = store_urls.shown(found.download)
            refused = StoreError(
                f"{lfs_endpoint.FILE} of this repository names {shown!r}, which is refused: {why}",
                "`git config lfs.url URL` names another Git LFS server",
            )
            return Refused(remote, shown, refused)
        if found.committed and not self._may_use(remote, place):
            reason = StoreUntrusted(
                f"{lfs_endpoint.FILE} of this repository names a Git LFS server at {trust.place(place)}, "
                "and you have never approved that place",
                f"if you know it: `git config lfs.url {shlex.quote(store_urls.shown(found.download))}`",
            )
            return Refused(remote, place.url, reason)
        return registry.of_lfs_server(remote, found.download, found.upload, self.access, bool(self.settings.stores))

    def _own(self, remote: str, url: str) -> Store | None:
        """The store in the repository behind a remote's URL; None where that is this very repository."""
        place = remotes.path(url, self.top)
        if place is None and (found := lfs_endpoint.find(remote, url, self.top, self.repository.worktree)):
            return self._lfs(remote, found)
        if address := remotes.ssh(url) if place is None else None:
            return registry.of_ssh_remote(remote, address, self.access)
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


def open(cwd: str | None = None, ask: Callable[[str], bool] | None = None) -> Workspace:  # noqa: A001 read as workspace.open
    """The workspace around a directory (default: the current one). Raises NotARepository."""
    repository = command.find(cwd)
    return Workspace(repository, cache_dir.open(repository, cwd), ask)


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
    opened = Workspace(repository, cache)
    stores = opened.stores_to_fetch()
    blobs = [Blob(pointer.oid, pointer.size) for pointer in pointers]
    engine.download(cache, stores, blobs, progress, opened.limits, take=take)


def _of_head(git_dir: str) -> Settings:
    data = command.run("cat-file", "blob", f"HEAD:{configuration.FILE}", cwd=git_dir, ok=(0, 128))
    settings = configuration.parse(data, f"HEAD:{configuration.FILE}") if data else Settings()
    return configuration.with_overrides(settings, git_dir)
