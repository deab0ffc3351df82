"""Push, fetch and pull: blobs between the cache and the stores."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gitblob.errors import BlobMissing, GitblobError
from gitblob.git import command, history
from gitblob.materialise import Outcome, Stub
from gitblob.model.pointer import Pointer
from gitblob.ops import checkout, pending
from gitblob.store.base import Blob, Store
from gitblob.transfer import engine
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace

SHOWN = 3  # paths named in one error


class Ref(NamedTuple):
    """One line of what git tells a pre-push hook: names and object names here and there; zeros for none."""

    local: str
    local_name: str
    remote: str
    remote_name: str


class Range(NamedTuple):
    """Revisions that are meant and revisions that are not, as rev-list takes them."""

    include: list[str]
    exclude: list[str]


class Pushed(NamedTuple):
    """What a push did at one store: how many blobs and bytes it needed, how many of them were sent."""

    store: str
    url: str
    blobs: int
    sent: int
    sent_bytes: int


def before_push(
    workspace: Workspace, remote: str, url: str, refs: Sequence[Ref], progress: Progress = SILENT
) -> list[Pushed]:
    """Bring to the stores all that the commits about to be pushed point to; raises if anything stays behind.

    Asked about are the commits that the remote's refs (as it told git) do not have; its tracking refs count too where
    they belong to this very URL, since a remote with two push URLs gets its tracking refs after the first. That the
    remote has a commit does not say that this store has its content (the store may be new), so the files of the pushed
    tips are always asked about.
    """
    new = [ref.local_name for ref in refs if set(ref.local_name) != {"0"}]
    if not new:
        return []
    known = [ref.remote_name for ref in refs if set(ref.remote_name) != {"0"}]
    old = [name for name in known if command.succeeds("cat-file", "-e", name)]
    if remote != url and command.text("remote", "get-url", "--", remote, ok=(0, 2, 128)) == url:
        old.append(f"--remotes={remote}")
    return _upload(workspace, Range(new, old), remote, url, progress)


def push(workspace: Workspace, remote: str, everything: bool = False, progress: Progress = SILENT) -> list[Pushed]:
    """Make sure that the stores have every blob of HEAD's history (of all refs: everything), whatever was pushed.

    Raises GitblobError before the first commit.
    """
    if not everything and not command.succeeds("rev-parse", "--verify", "--quiet", "HEAD"):
        raise GitblobError("there is no commit yet", "commit first: a push sends what commits point to")
    url = command.text("remote", "get-url", "--push", "--", remote, ok=(0, 2, 128)) if remote else ""
    return _upload(workspace, Range(["--all"] if everything else ["HEAD"], []), remote, url, progress)


def _upload(workspace: Workspace, commits: Range, remote: str, url: str, progress: Progress) -> list[Pushed]:
    found = history.pointers_to_push(*commits)
    blobs = list(dict.fromkeys(Blob(pointer.oid, pointer.size) for _, pointer in found))
    if not blobs:
        return []
    return [_upload_to(workspace, store, blobs, commits, progress) for store in workspace.stores_to_push(remote, url)]


def _upload_to(workspace: Workspace, store: Store, blobs: list[Blob], commits: Range, progress: Progress) -> Pushed:
    """Bring these blobs to one store. Raises BlobMissing, naming paths, for one that is nowhere to be had."""
    missing = store.missing(blobs)
    wanted = [blob for blob in blobs if blob.oid in missing]
    absent = [blob for blob in wanted if not workspace.cache.find(blob.oid, blob.size)]
    if absent:
        sources = [other for other in workspace.stores_to_fetch() if other.url != store.url]
        absent = engine.download(workspace.cache, sources, absent, progress)
    if absent:
        raise BlobMissing(
            f"store {store.name} ({store.url}) lacks {len(absent)} blob(s) and so does the cache: "
            + ", ".join(_named(absent, commits)),
            "get them from a clone that has them (`gitblob push` there), or add the files again",
        )
    engine.upload(workspace.cache, store, wanted, progress)
    return Pushed(store.name, store.url, len(blobs), len(wanted), sum(blob.size for blob in wanted))


def fetch(
    workspace: Workspace, rev: str = "HEAD", pathspecs: tuple[str, ...] = (), progress: Progress = SILENT
) -> list[Blob]:
    """Bring the blobs that a commit points to (within pathspecs) to the cache; the ones found nowhere."""
    top = workspace.repository.worktree
    found = history.pointers_matching(rev, pathspecs, top) if pathspecs else history.pointers_at(rev, top)
    return obtain(workspace, (pointed.pointer for pointed in found), progress)


def pull(workspace: Workspace, pathspecs: tuple[str, ...] = (), progress: Progress = SILENT) -> Outcome:
    """Fetch what the pointers in the work tree (within pathspecs) stand for, and put it in their place."""
    return _obtain_and_place(workspace, pending.stubs(workspace.repository, pathspecs), progress)


def take_up_journal(workspace: Workspace, progress: Progress = SILENT) -> Outcome | None:
    """Complete what an interrupted command left; None when there is nothing."""
    stubs = pending.from_journal(workspace.repository)
    return _obtain_and_place(workspace, stubs, progress) if stubs else None


def obtain(workspace: Workspace, pointers: Iterable[Pointer], progress: Progress = SILENT) -> list[Blob]:
    """Bring blobs to the cache from any store; the ones found nowhere."""
    wanted = [blob for blob in dict.fromkeys(Blob(p.oid, p.size) for p in pointers) if not workspace.cache.find(*blob)]
    return engine.download(workspace.cache, workspace.stores_to_fetch(), wanted, progress) if wanted else []


def _obtain_and_place(workspace: Workspace, stubs: Sequence[Stub], progress: Progress) -> Outcome:
    """Content in place of these stubs; where a store failed, of those that came before its error is raised."""
    try:
        obtain(workspace, (stub.pointer for stub in stubs), progress)
    except GitblobError:
        checkout.place(workspace, stubs, progress)
        raise
    return checkout.place(workspace, stubs, progress)


def _named(blobs: Iterable[Blob], commits: Range) -> list[str]:
    """A few of the paths that need these blobs, or their oids where no path is known."""
    wanted = {blob.oid for blob in blobs}
    found = [found for found in history.pointers_to_push(*commits) if found.pointer.oid in wanted][:SHOWN]
    paths = history.paths_of([name for name, _ in found], commits.include)
    return [os.fsdecode(paths[name]) if name in paths else pointer.oid.text for name, pointer in found]
