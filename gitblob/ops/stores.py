"""Name stores, take names back, list what stores there are, and try one out."""

from __future__ import annotations

from typing import NamedTuple

from gitblob import settings
from gitblob.errors import SettingsError, StoreError, UsageError
from gitblob.git import remotes
from gitblob.ops import place as paths
from gitblob.ops import probe
from gitblob.settings import edit, places, trust
from gitblob.settings.document import nearest
from gitblob.settings.places import Place
from gitblob.store import registry
from gitblob.store.base import Store
from gitblob.store.guarded import Refused
from gitblob.workspace import Workspace


class Added(NamedTuple):
    """What `add` did: the store as errors call it, whether it is new, whether it is the default now."""

    label: str
    made: bool
    default: bool


class Listed(NamedTuple):
    """A store: its name, its URL, whether it is the default, Git remotes that have it by name.

    origin: it is a remote's own store and stands in no file. trusted: its place is approved, or needs no approval.
    """

    name: str
    url: str
    default: bool
    remotes: list[str]
    origin: bool
    read_only: bool = False
    required: bool = True
    trusted: bool = True


def add(workspace: Workspace, name: str, place: Place, default: bool = False) -> Added:
    """Make the store if it is none yet, then name it; the first one is the default.

    Raises UsageError for a name that is taken or a URL that is refused, StoreError when the store cannot be made.
    """
    top = paths.worktree(workspace.repository)
    try:
        settings.check_name(name)
        places.check(place)
    except SettingsError as error:
        raise UsageError(error.message, error.hint) from None
    known = workspace.settings.stores
    if known.get(name, place) != place:
        raise UsageError(
            f"there is a store {name!r} already: {known[name].url}",
            f"`gitblob store remove {name}` takes the name back",
        )
    trust.approve(place, workspace.top)
    store, made = _found(name, place, workspace) if place.read_only else _made(name, place, workspace)
    if not store.capabilities.deletes:
        probe.ask(store)  # a Git LFS server has no mark that would have been looked for
    default = default or not known
    if name not in known or default:
        edit.add_store(top, name, place, default)
    return Added(store.label, made, default)


def _made(name: str, place: Place, workspace: Workspace) -> tuple[Store, bool]:
    return registry.create(name, place.url, workspace.access, place.options)


def _found(name: str, place: Place, workspace: Workspace) -> tuple[Store, bool]:
    """One that is never written to must be a store already."""
    store = registry.open(name, place.url, workspace.access, place.options)
    if not store.exists():
        raise StoreError(
            f"store {store.label} is not there yet, and a read-only one is never made", "is the URL right?"
        )
    return store, False


def approve(workspace: Workspace, name: str) -> tuple[str | None, bool]:
    """Approve the place of a named store, or of a URL; the place (None: a directory), and is that new?

    Raises UsageError for an unknown name and a URL that is refused.
    """
    try:
        place = places.check(Place(name)) if "://" in name else _named(workspace, name)
    except SettingsError as error:
        raise UsageError(error.message, error.hint) from None
    return trust.place(place), trust.approve(place, workspace.top) is not None


def remove(workspace: Workspace, name: str) -> str:
    """Take the name back; the URL. The blobs stay where they are. Raises UsageError for an unknown name."""
    place = _named(workspace, name)
    edit.remove_store(paths.worktree(workspace.repository), name)
    return place.url


def _named(workspace: Workspace, name: str) -> Place:
    stores = workspace.settings.stores
    if name not in stores:
        raise UsageError(f"there is no store {name!r}", nearest(name, stores))
    return stores[name]


def listed(workspace: Workspace) -> list[Listed]:
    """The named stores, then the remotes' own."""
    configured = workspace.settings
    default = configured.stores_for("")
    found = [
        Listed(
            name=name,
            url=place.url,
            default=name in default,
            remotes=[remote for remote, named in configured.remotes.items() if name in named],
            origin=False,
            read_only=place.read_only,
            required=place.required,
            trusted=workspace.is_trusted(place),
        )
        for name, place in configured.stores.items()
    ]
    return found + [Listed(store.name, store.url, False, [store.name], True) for store in _own(workspace)]


def in_use(workspace: Workspace, name: str | None = None) -> list[Store]:
    """The store of this name (also that of a remote), or all. Raises StoreError where there is none."""
    if name and name not in workspace.settings.stores:
        own = [store for store in _own(workspace) if store.name == name]
        return own or [workspace.store(name)]
    found = [workspace.store(name)] if name else all_of(workspace)
    if not found:
        raise StoreError("there is no store to check", "`gitblob store add NAME DIRECTORY` makes one")
    return found


def all_of(workspace: Workspace) -> list[Store]:
    """The named stores, then the remotes' own; one that cannot be opened says so when it is used."""
    return [_opened(workspace, name) for name in workspace.settings.stores] + _own(workspace)


def _opened(workspace: Workspace, name: str) -> Store:
    try:
        return workspace.store(name)
    except StoreError as error:
        return Refused(name, workspace.settings.stores[name].url, error)


def _own(workspace: Workspace) -> list[Store]:
    return [store for remote in remotes.names(workspace.top) for store in workspace.own_stores(remote)[0]]
