"""Push, fetch and pull: blobs between the cache and the stores."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from gitblob.errors import BlobMissing, GitblobError
from gitblob.git import command, history
from gitblob.git.history import Found, Range
from gitblob.model.pointer import Pointer
from gitblob.ops import checkout, confirmed, pending
from gitblob.store import url as urls
from gitblob.store.base import Blob, Store
from gitblob.store.lfs_folder import facing_git_lfs
from gitblob.stub import Outcome, Stub
from gitblob.transfer import engine
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace

BATCH = 4096  # blobs that a store is asked for at a time
SHOWN = 3  # paths named in one error


class Ref(NamedTuple):
    """One line of what git tells a pre-push hook: names and object names here and there; zeros for none."""

    local: str
    local_name: str
    remote: str
    remote_name: str


class Sent(NamedTuple):
    """What is sent where.

    commits: what the remote gets, and what it has. tips: the commits to which its refs will lead. others: trees and
    blobs that are pushed by themselves.
    """

    remote: str
    url: str
    commits: Range
    tips: list[str]
    others: list[str]


class Pushed(NamedTuple):
    """What a push did at one store: how many blobs and bytes it needed, how many of them were sent.

    problem: why a store that need not have everything did not get it; the next push tries again.
    """

    store: str
    url: str
    blobs: int
    sent: int
    sent_bytes: int
    problem: str | None = None


def before_push(
    workspace: Workspace, remote: str, url: str, refs: Sequence[Ref], progress: Progress = SILENT
) -> list[Pushed]:
    """Bring to the stores all that the commits about to be pushed point to; raises if anything stays behind.

    That the remote has a commit does not say that a store has its content: the store may be new, the push may have been
    made without the hook. So all files of the pushed tips count, and the commits that the remote's refs (as it told
    git) do not have; its tracking refs count too where they belong to this very URL, since a remote with two push URLs
    gets its tracking refs after the first, and where the remote has what they show: it may have been made anew. What
    an earlier push has confirmed (`confirmed`) need not be asked again.
    """
    new = [ref.local_name for ref in refs if set(ref.local_name) != {"0"}]
    if not new:
        return []
    known = [ref.remote_name for ref in refs if set(ref.remote_name) != {"0"}]
    here = history.peeled([*new, *known])
    old = [name for name in known if name in here]
    is_url = remote == url or command.text("remote", "get-url", "--", remote, ok=(0, 2, 128)) != url
    if not is_url and _has_tracking_refs(remote) and not _lost(remote, refs):
        old.append(f"--remotes={remote}")
    tips = dict.fromkeys(here[name] for name in new if name in here)
    commits = [name for name, kind in tips if kind == "commit"]
    others = [name for name, kind in tips if kind != "commit"]
    return _upload(workspace, Sent(remote, url, Range(new, old), commits, others), progress)


def left_behind(pushed: Pushed) -> str:
    """What to tell the user of a store with a problem."""
    name, problem = f"store {pushed.store}", pushed.problem or ""
    said = problem if problem.startswith(name) else f"{name} ({urls.shown(pushed.url)}): {problem}"
    return f"{said}; it did not get the content of this push, and the next one tries again"


def _has_tracking_refs(remote: str) -> bool:
    """Without any, a first push need not look at its tips' trees apart from its commits."""
    return bool(command.run("for-each-ref", "--count=1", "--", f"refs/remotes/{remote}/"))


def _lost(remote: str, refs: Sequence[Ref]) -> bool:
    """Does the remote lack a branch that a tracking ref says it has?"""
    lacking = [ref.remote.removeprefix("refs/heads/") for ref in refs if set(ref.remote_name) == {"0"}]
    return bool(lacking and history.peeled([f"refs/remotes/{remote}/{branch}" for branch in lacking]))


def push(workspace: Workspace, remote: str, everything: bool = False, progress: Progress = SILENT) -> list[Pushed]:
    """Make sure that the stores have every blob of HEAD's history (of all refs: everything), whatever was pushed.

    Raises GitblobError before the first commit.
    """
    if not everything and not history.has_head():
        raise GitblobError("there is no commit yet", "commit first: a push sends what commits point to")
    url = command.text("remote", "get-url", "--push", "--", remote, ok=(0, 2, 128)) if remote else ""
    commits = Range(["--all"] if everything else ["HEAD"], [])
    return _upload(workspace, Sent(remote, url, commits, [], []), progress)


def _upload(workspace: Workspace, sent: Sent, progress: Progress) -> list[Pushed]:
    try:
        stores = workspace.stores_to_push(sent.remote, sent.url)
    except GitblobError:
        if next(_needed(sent), None):
            raise
        return []
    done: list[Pushed] = []
    errors: list[GitblobError] = []
    for store in stores:
        try:
            done.append(_upload_to(workspace, store, sent, progress))
        except GitblobError as error:
            if workspace.is_required(store):
                raise
            errors.append(error)
            done.append(Pushed(store.name, store.url, 0, 0, 0, error.message))
    if errors and len(errors) == len(stores):
        raise errors[0]  # nobody else could get the content
    return [result for result in done if result.blobs or result.problem]


def _upload_to(workspace: Workspace, store: Store, sent: Sent, progress: Progress) -> Pushed:
    """Bring to one store what it lacks. Raises BlobMissing, naming paths, for a blob that is nowhere to be had."""
    notes = confirmed.Notes(workspace.cache.home, store, sent.url)
    is_noted = bool(sent.tips) and not sent.others
    record = notes.read() if is_noted else None
    if record in (None, confirmed.NOTHING) and next(_needed(sent, [] if record else None), None) is None:
        if is_noted:
            notes.begin()
        return Pushed(store.name, store.url, 0, 0, 0)  # nobody need reach the store, nor log in there
    identity = store.identity()
    if record and not notes.is_true(record):
        record = confirmed.NOTHING
    before = _commits_here(record.commits) if record else None
    places = (store, facing_git_lfs(store))
    asked, newest, lacking = _lacking(places, _needed(sent, before))
    wanted = list(dict.fromkeys([*lacking[0], *lacking[1]]))
    absent = [blob for blob in wanted if not workspace.cache.find(blob.oid, blob.size)]
    if absent:
        sources = [other for other in workspace.stores_to_fetch() if other.url != store.url]
        sources += [store] if lacking[1] and places[1] is not store else []
        absent = engine.download(workspace.cache, sources, absent, progress, workspace.limits)
    nowhere = set(absent)
    if absent and before is not None:  # what the remote had without the store is welcome, not a condition
        absent = list(dict.fromkeys(blob for blob in _blobs(_needed(sent)) if blob in nowhere))
    if absent:
        raise BlobMissing(
            f"store {store.name} ({store.url}) lacks {len(absent)} blob(s) and so does the cache: "
            + ", ".join(_named(absent, sent)),
            "get them from a clone that has them (`gitblob push` there), or add the files again",
        )
    for place, some in zip(places, lacking, strict=True):
        engine.upload(
            workspace.cache, place, [blob for blob in some if blob not in nowhere], progress, workspace.limits
        )
    wanted = [blob for blob in wanted if blob not in nowhere]
    if sent.tips:
        there = [blob for blob in newest if blob not in nowhere]
        notes.add(record or confirmed.NOTHING, identity, sent.tips, there)
    return Pushed(store.name, store.url, asked, len(wanted), sum(blob.size for blob in wanted))


def _commits_here(names: list[str]) -> list[str]:
    kinds = history.peeled(names) if names else {}
    return [name for name in names if kinds.get(name) == (name, "commit")]


def _needed(sent: Sent, before: Sequence[str] | None = None) -> Iterator[Found]:
    """What the store must have. before: commits that it is known to have; then also what no push has asked it for.

    None: nothing was ever known of it.
    """
    commits = Range(sent.commits.include, sent.commits.exclude if before is None else list(before))
    if not commits.exclude:  # then the range has the trees of its tips
        return history.pointers_to_push(commits)
    trees = Range([*_trees(sent.tips), *sent.others], _trees(before or ()))
    return history.pointers_to_push(commits, trees)


def _trees(commits: Iterable[str]) -> list[str]:
    return [f"{name}^{{tree}}" for name in commits]


def _lacking(places: tuple[Store, Store], found: Iterator[Found]) -> tuple[int, list[Blob], list[list[Blob]]]:
    """How many blobs were asked for, a few of the newest, and those that are lacking in either place.

    places: for what gitblob's own pointers name, for what those of Git LFS name. Of the others never more than one
    batch is held.
    """
    asked, newest, lacking = 0, list[Blob](), (dict[Blob, None](), dict[Blob, None]())
    while some := list(islice(found, BATCH)):
        for place, into, is_lfs in zip(places, lacking, (False, True), strict=True):
            blobs = list(dict.fromkeys(_blobs(one for one in some if one.pointer.lfs == is_lfs)))
            missing = place.missing(blobs) if blobs else ()
            asked += len(blobs)
            newest = newest or blobs[: confirmed.WITNESSES]
            into.update((blob, None) for blob in blobs if blob.oid in missing)
    return asked, newest, [list(into) for into in lacking]


def _blobs(found: Iterable[Found]) -> Iterator[Blob]:
    return (Blob(pointer.oid, pointer.size) for _, pointer in found)


def fetch(
    workspace: Workspace, rev: str = "HEAD", pathspecs: tuple[str, ...] = (), progress: Progress = SILENT
) -> list[Blob]:
    """Bring the blobs that a commit points to (within pathspecs) to the cache; the ones found nowhere."""
    top = workspace.repository.worktree
    found = history.pointers_matching(rev, pathspecs, top) if pathspecs else history.pointers_at(rev, top)
    return obtain(workspace, (pointed.pointer for pointed in found), progress)


def pull(workspace: Workspace, pathspecs: tuple[str, ...] = (), progress: Progress = SILENT) -> Outcome:
    """Fetch what the pointers in the work tree (within pathspecs) stand for, and put it in their place."""
    return bring(workspace, pending.stubs(workspace.repository, pathspecs), progress)


def take_up_journal(workspace: Workspace, progress: Progress = SILENT) -> Outcome | None:
    """Complete what an interrupted command left; None when there is nothing."""
    stubs = pending.from_journal(workspace.repository)
    return bring(workspace, stubs, progress) if stubs else None


def obtain(workspace: Workspace, pointers: Iterable[Pointer], progress: Progress = SILENT) -> list[Blob]:
    """Bring blobs to the cache from any store; the ones found nowhere."""
    wanted = [blob for blob in dict.fromkeys(Blob(p.oid, p.size) for p in pointers) if not workspace.cache.find(*blob)]
    if not wanted:
        return []
    return engine.download(workspace.cache, workspace.stores_to_fetch(), wanted, progress, workspace.limits)


def bring(workspace: Workspace, stubs: Sequence[Stub], progress: Progress = SILENT) -> Outcome:
    """Content in place of these stubs; where a store failed, of those that came before its error is raised."""
    try:
        obtain(workspace, (stub.pointer for stub in stubs), progress)
    except GitblobError:
        checkout.place(workspace, stubs, progress)
        raise
    outcome = checkout.place(workspace, stubs, progress)
    if outcome.damaged:
        obtain(workspace, (stub.pointer for stub in outcome.damaged), progress)
        outcome.retried(checkout.place(workspace, outcome.damaged, progress))
    return outcome


def _named(blobs: Iterable[Blob], sent: Sent) -> list[str]:
    """A few of the paths that need these blobs, or their oids where no path is known."""
    wanted = {blob.oid for blob in blobs}
    found = list(islice((found for found in _needed(sent) if found.pointer.oid in wanted), SHOWN))
    paths = history.paths_of([name for name, _ in found], sent.commits.include)
    return [os.fsdecode(paths[name]) if name in paths else pointer.oid.text for name, pointer in found]
