"""What is tracked, pending, modified, not yet on the store: one look at the index, the work tree and the stores.

Made for 100,000 paths: each question to git is one process, files are only opened where their size says that they
may be pointers, and content is only hashed where nothing but its hash can tell.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from gitblob import cache as caches
from gitblob import filesystem, materialise
from gitblob.errors import GitblobError, PointerError, StoreError
from gitblob.git import command, entries, history, remotes, tracking
from gitblob.model import gitfile
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer
from gitblob.ops import place, track
from gitblob.store import registry
from gitblob.store.base import Blob, Store
from gitblob.workspace import Workspace

WITHOUT_FILTERS = tuple(
    word
    for driver in tracking.DRIVERS
    for key in ("process=", "clean=", "required=false")
    for word in ("-c", f"filter.{driver}.{key}")
)


class File(NamedTuple):
    """A tracked file (path relative to the top) and the size of its blob in bytes."""

    path: str
    size: int


class StoreState(NamedTuple):
    """A store that a push would fill: what it lacks, or why it could not be asked.

    private: it lies in the work tree, so no other clone has it.
    """

    name: str
    url: str
    missing: list[Blob]
    problem: str | None
    private: bool


class Status(NamedTuple):
    """What `gitblob status` shows; paths are relative to the top.

    tracked: how many files are pointers in the index; size: their content, in bytes. raw: files under a rule that are
    content in Git. malformed: path, reason.
    stores: those that `git push` without arguments would fill. no_store: why there is none.
    """

    rules: list[track.Listed]
    tracked: int
    size: int
    pending: list[File]
    modified: list[File]
    staged: list[File]
    raw: list[str]
    malformed: list[tuple[str, str]]
    stores: list[StoreState]
    no_store: str | None


class _Index(NamedTuple):
    """The index entries under a rule (stage 0): their blobs' names, and what the small ones among the blobs are."""

    names: dict[bytes, bytes]
    kinds: dict[bytes, Pointer | str | None]

    def pointers(self) -> dict[bytes, Pointer]:
        kinds = ((path, self.kinds.get(name)) for path, name in self.names.items())
        return {path: kind for path, kind in kinds if isinstance(kind, Pointer)}

    def malformed(self) -> list[tuple[str, str]]:
        wrong = {name: reason for name, reason in self.kinds.items() if isinstance(reason, str)}
        return [(os.fsdecode(path), wrong[name]) for path, name in self.names.items() if name in wrong]


def status(workspace: Workspace) -> Status:
    """Everything `gitblob status` shows."""
    from concurrent.futures import ThreadPoolExecutor

    top = place.worktree(workspace.repository)
    with ThreadPoolExecutor(1) as beside:  # git looks at the files while the index is read
        looking, comparing = beside.submit(_stat_dirty, top), beside.submit(_staged, top)
        index = _index(top)
        pointed = index.pointers()
        dirty, staged = looking.result(), comparing.result()
    pending, replaced = _pending(top, pointed, dirty)
    changed = dirty.intersection(pointed) - pending
    modified = [path for path in changed if path in replaced or _differs(top, path, pointed[path])]
    stores, reason = _stores(workspace, top, index, staged)
    raw = [path for path, name in index.names.items() if name not in index.kinds and not gitfile.is_one(path)]
    return Status(
        rules=track.listed(workspace.repository),
        tracked=len(pointed),
        size=sum(pointer.size for pointer in pointed.values()),
        pending=_files(pending, pointed),
        modified=_files(modified, pointed),
        staged=_files((path for path in staged if path in pointed), pointed),
        raw=[os.fsdecode(path) for path in raw],
        malformed=index.malformed(),
        stores=stores,
        no_store=reason,
    )


def _index(top: str) -> _Index:
    files = {path: name for path, _, name in entries.regular(top)}
    under = tracking.tracked(files, top)
    names = {path: name for path, name in files.items() if path in under}
    return _Index(names, history.classify(names.values(), top))


def _pending(top: str, pointed: dict[bytes, Pointer], dirty: set[bytes]) -> tuple[set[bytes], set[bytes]]:
    """The paths where the blob's own pointer stands in the work tree, and those where another pointer does.

    A file that the index knows to be unchanged is the pointer or the content: clean gives back a pointer as it is. Its
    size tells which, unless the content is as long as its pointer; so hardly any file needs to be read.
    """
    base = os.fsencode(top) + b"/"
    same: set[bytes] = set()
    other: set[bytes] = set()
    for path, pointer in pointed.items():
        try:
            size = os.lstat(base + path).st_size
        except OSError:
            continue
        if size > pointers.MAX_BYTES:
            continue
        if path not in dirty and (length := len(pointers.encode(pointer))) != pointer.size:
            if size == length:
                same.add(path)
        elif standing := _standing(top, path):
            (same if standing == pointer else other).add(path)
    return same, other


def _standing(top: str, path: bytes) -> Pointer | str | None:
    """The pointer in the work tree, or what is wrong with it."""
    try:
        stub = materialise.standing(top, path)
    except PointerError as error:
        return error.message
    return stub.pointer if stub else None


def _stat_dirty(top: str) -> set[bytes]:
    """The paths whose stat data differ from the index: candidates, since a touched file is one too.

    Git would compare a file of the index's own second by content; without a filter that only makes it a candidate.
    """
    options = ("-z", "--name-only", "--no-renames", "--diff-filter=MT")
    return set(command.lines(*WITHOUT_FILTERS, "diff-files", *options, cwd=top))


def _staged(top: str) -> list[bytes]:
    """The paths that the index has otherwise than HEAD; all of them before the first commit."""
    if not history.has_head(top):
        return command.lines("ls-files", "-z", cwd=top)
    options = ("--cached", "-z", "--name-only", "--no-renames", "--diff-filter=AMT")
    return command.lines("diff-index", *options, "HEAD", "--", cwd=top)


def _differs(top: str, path: bytes, pointer: Pointer) -> bool:
    """Is the file in the work tree another blob than the pointer's? Hashed only where the size is the same."""
    try:
        fd = os.open(os.path.join(os.fsencode(top), path), os.O_RDONLY | filesystem.BINARY)
    except OSError:
        return True
    try:
        info = os.fstat(fd)
        return not stat.S_ISREG(info.st_mode) or info.st_size != pointer.size or caches.digest(fd) != pointer.oid
    finally:
        os.close(fd)


def _stores(workspace: Workspace, top: str, index: _Index, staged: list[bytes]) -> tuple[list[StoreState], str | None]:
    """Ask each store, in one batch, for the blobs of HEAD that no remote's branch has, and for those that are staged.

    Or why there is none to ask.
    """
    try:
        stores = workspace.stores_to_push(remotes.default(top))
    except StoreError as error:
        return [], error.message
    if not stores:
        return [], None
    tips = ["HEAD"] if history.has_head(top) else []
    names = [name for path in staged if (name := index.names.get(path))]
    names = list(dict.fromkeys([*history.names_in_range(tips, ["--remotes"], top), *names]))
    kinds = {**index.kinds, **history.classify((name for name in names if name not in index.kinds), top)}
    found = (kinds.get(name) for name in names)
    blobs = list(dict.fromkeys(Blob(kind.oid, kind.size) for kind in found if isinstance(kind, Pointer)))
    return [_asked(store, blobs, registry.is_private(store.url, top)) for store in stores], None


def _asked(store: Store, blobs: list[Blob], private: bool) -> StoreState:
    try:
        missing = store.missing(blobs)
    except (GitblobError, OSError) as error:
        return StoreState(store.name, store.url, [], str(error), private)
    return StoreState(store.name, store.url, [blob for blob in blobs if blob.oid in missing], None, private)


def _files(paths: Iterable[bytes], pointed: dict[bytes, Pointer]) -> list[File]:
    return [File(os.fsdecode(path), pointed[path].size) for path in sorted(paths)]
