"""File locks of Git LFS servers: take one, give it back, list them, and keep a push from going over someone else's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from gitblob.errors import GitblobError, Locked, StoreError, UsageError
from gitblob.git import changes, command, history, remotes
from gitblob.git.command import GitFailed
from gitblob.ops.sync import Ref
from gitblob.workspace import Workspace

if TYPE_CHECKING:
    from gitblob.store.base import Store
    from gitblob.store.lfs.api import Lock
    from gitblob.store.lfs.locks import Locks

SHOWN = 3  # paths named in one error


class Entry(NamedTuple):
    """A lock as it is shown. mine: None where the server does not say."""

    path: str
    owner: str
    since: str
    id: str
    mine: bool | None


def take(workspace: Workspace, path: str) -> Entry:
    """Lock a path (from the top of the work tree). Raises Locked where someone else has it locked, StoreError."""
    server = _server(workspace)
    return _entry(server.take(path, _ref(workspace.top)), mine=True)


def give_back(workspace: Workspace, path: str, force: bool = False) -> Entry:
    """Unlock a path. force: also one with changes that are not committed, and someone else's, if the server lets us.

    Raises UsageError where the path is not locked, or has changes.
    """
    if not force and command.run("status", "--porcelain", "-z", "--", f":(top,literal){path}", cwd=workspace.top):
        raise UsageError(f"{path} has changes that are not committed", "commit them, or add --force")
    server = _server(workspace)
    found = [lock for lock in server.listed(path) if lock.path == path]
    if not found:
        raise UsageError(f"{path} is not locked", "`gitblob locks` lists the locks")
    server.give_back(found[0], force, _ref(workspace.top))
    return _entry(found[0], mine=None)


def listed(workspace: Workspace, mine: bool = False) -> list[Entry]:
    """All locks by path; only the user's own: mine. Raises StoreError where the server has none to show."""
    server = _server(workspace)
    held = server.held(_ref(workspace.top))
    if held is None:
        if mine:
            raise StoreError("the server does not say which locks are yours", "`gitblob locks` lists all")
        return sorted(_entry(lock, mine=None) for lock in server.listed())
    entries = [_entry(lock, mine=True) for lock in held.ours]
    entries += [] if mine else [_entry(lock, mine=False) for lock in held.theirs]
    return sorted(entries)


def before_push(workspace: Workspace, remote: str, url: str, refs: Sequence[Ref]) -> None:
    """Refuse a push that changes a file which someone else has locked on a store of this push.

    Only servers with locks are asked, and only about a push with pointers. Raises Locked; StoreError where a store that
    the push requires cannot be asked.
    """
    for store, server in _servers(workspace, remote, url, lambda: _has_pointers(refs, remote, url)):
        try:
            held = [server.held(ref.remote) for ref in refs if set(ref.local_name) != {"0"}]
        except StoreError:
            if workspace.is_required(store):
                raise
            continue  # the push goes on without it, and says what is wrong with it
        locked = {lock.path: lock for found in held if found for lock in found.theirs}
        paths = {path for path in _changed(refs, remote, url) if path in locked} if locked else set()
        if paths:
            raise _refusal([locked[path] for path in sorted(paths)])


def _refusal(locks: Sequence[Lock]) -> Locked:
    from gitblob.store.lfs.locks import by

    named = ", ".join(f"{lock.path} is locked{by(lock)}" for lock in locks[:SHOWN])
    more = f" and {len(locks) - SHOWN} more" if len(locks) > SHOWN else ""
    return Locked(
        f"this push changes what others have locked: {named}{more}",
        "ask them to `gitblob unlock` it, or push without these changes; `gitblob unlock --force` takes a lock away",
    )


def _server(workspace: Workspace) -> Locks:
    """The locks of the store that a push would use. Raises StoreError where no Git LFS server is among them."""
    for _, server in _servers(workspace, remotes.default(workspace.top), ""):
        return server
    raise StoreError(
        "only Git LFS servers have locks, and no store of a push from here is one",
        "`gitblob store list` shows the stores; `gitblob help lfs`",
    )


def _servers(
    workspace: Workspace, remote: str, url: str, matters: Callable[[], bool] = lambda: True
) -> Iterator[tuple[Store, Locks]]:
    """The locks of the stores of a push that have some. matters: looked at before any of them is asked for anything."""
    try:
        stores = workspace.stores_to_push(remote, url)
    except GitblobError:
        return  # whoever needs one says so
    distant = [store for store in stores if store.capabilities.remote]
    for store in distant if distant and matters() else ():
        with suppress(StoreError):  # whoever needs the store says what is wrong with it
            if locks := getattr(store, "locks", None):
                yield store, locks


def _has_pointers(refs: Sequence[Ref], remote: str, url: str) -> bool:
    include, exclude = _range(refs, remote, url)
    return next(history.pointers_to_push(history.Range(include, exclude)), None) is not None


def _changed(refs: Sequence[Ref], remote: str, url: str) -> Iterator[str]:
    """Paths that the commits of the push bring, change or remove; none in a partial clone without the trees."""
    include, exclude = _range(refs, remote, url)
    tracking = [word for word in exclude if word.startswith("--")]
    names = [*include, *(f"^{word}" for word in exclude if word not in tracking)]
    data = os.fsencode("".join(f"{name}\n" for name in names))
    with suppress(GitFailed):
        for commit in changes.log("--stdin", *(["--not", *tracking] if tracking else []), "--", data=data):
            yield from (os.fsdecode(path) for path, _, _ in commit.files)


def _range(refs: Sequence[Ref], remote: str, url: str) -> tuple[list[str], list[str]]:
    """What is sent, and what the remote is known to have (as it told git, and by its tracking refs)."""
    sent = [ref.local_name for ref in refs if set(ref.local_name) != {"0"}]
    known = [ref.remote_name for ref in refs if set(ref.remote_name) != {"0"}]
    here = history.peeled([*sent, *known])
    tracking = [] if not remote or remote == url else [f"--remotes={remote}"]
    return [name for name in sent if name in here], [*(name for name in known if name in here), *tracking]


def _ref(top: str) -> str | None:
    """The branch that locks are meant for, where a server looks at that."""
    return command.text("symbolic-ref", "--quiet", "HEAD", cwd=top, ok=(0, 1, 128)) or None


def _entry(lock: Lock, mine: bool | None) -> Entry:
    return Entry(lock.path, lock.owner, lock.since, lock.id, mine)
