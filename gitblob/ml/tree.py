"""Where files are read from: a commit, from Git's own objects alone, or the work tree as it stands.

Neither needs content: a pointer says its blob's oid and size. What is raw in Git is hashed once and remembered.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from gitblob.errors import BlobMissing, MlError, PointerError
from gitblob.git import at_paths, bulk, command, history, partial, stubs
from gitblob.git.at_paths import LINK, SUBMODULE, At
from gitblob.git.command import GitFailed
from gitblob.git.entries import REGULAR
from gitblob.ml import memory, raw
from gitblob.ml.fingerprint import File
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer
from gitblob.ops import sync
from gitblob.workspace import Workspace

SHORT = 12  # digits of a commit in messages
SMALL = 64 << 10  # bytes of a file that is read with others, before it is asked for
LISTED = re.compile(rb"([0-9]{6}) [a-z]+ ([0-9a-f]+)\t([^\0]+)\0")  # of ls-tree


class Tree(Protocol):
    """label: for messages. commit: its name (hex), None for the work tree."""

    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def commit(self) -> str | None: ...  # noqa: D102

    def expect(self, paths: Iterable[str]) -> None:
        """These paths are going to be asked for: to look at them all at once is cheaper."""

    def read(self, path: str, limit: int) -> bytes | None:
        """A file's content (a pointer's blob, fetched if need be), None where there is no such file.

        Raises MlError for a link, a folder and what is larger than `limit` bytes; BlobMissing, StoreError.
        """

    def files(self, paths: Sequence[str]) -> list[File]:
        """The files at and below these paths, in the order of their paths' bytes. Raises MlError."""

    def since(self, commit: str, paths: Sequence[str]) -> tuple[list[File], list[File]]:
        """The files at and below paths that may differ from a commit's (hex): as that commit has them, as they are."""

    def key(self, paths: Sequence[str]) -> str | None:
        """A word that is the same only where `files` is; None where there is none that costs less than `files`."""


class Entry(NamedTuple):
    """What Git has at a path (raw): mode, object name (hex)."""

    path: bytes
    mode: bytes
    name: bytes


class CommitTree:
    """The files of one commit."""

    def __init__(self, workspace: Workspace, commit: str, name: bytes) -> None:
        """name: Git's name (hex) of the commit's own tree."""
        self._workspace = workspace
        self._top = workspace.top
        self._tree = name
        self._found: dict[bytes, At] = {}
        self._asked: set[str] = set()
        self._contents: dict[bytes, bytes] = {}
        self._looked_at: set[bytes] = set()
        self.commit: str | None = commit
        self.label = commit[:SHORT]

    def expect(self, paths: Iterable[str]) -> None:
        """See Tree."""
        new = [path for path in dict.fromkeys(paths) if path not in self._asked]
        if new:
            self._asked.update(new)
            self._found.update(at_paths.find([self._tree], map(os.fsencode, new), self._top)[self._tree])

    def know(self, paths: Iterable[str], found: Mapping[bytes, At], contents: dict[bytes, bytes]) -> None:
        """Take from somebody who has looked already what lies at paths, and the bytes of some blobs (hex)."""
        self._asked.update(paths)
        self._found.update(found)
        self._contents = contents

    def read(self, path: str, limit: int) -> bytes | None:
        """See Tree."""
        found = self._at(path)
        if found is None:
            return None
        where = f"{self.label}:{path}"
        if found.mode not in REGULAR:
            raise MlError(f"{where} is no regular file", "settings and values are never read through a link")
        if found.name not in self._contents:
            self._read_small()
        if found.name not in self._contents:
            self._contents[found.name] = read_object(self._workspace, found.name, where, limit)
        return self._contents[found.name]

    def files(self, paths: Sequence[str]) -> list[File]:
        """See Tree."""
        for path in paths:
            self._at(path)
        return identified(self._workspace, _listed(self._top, self._tree.decode(), paths), self.label)

    def since(self, commit: str, paths: Sequence[str]) -> tuple[list[File], list[File]]:
        """See Tree."""
        before, after = differing("diff-tree", "-r", commit, str(self.commit), paths=paths, top=self._top)
        return identified(self._workspace, before, commit[:SHORT]), identified(self._workspace, after, self.label)

    def key(self, paths: Sequence[str]) -> str | None:
        """The modes and names of Git's trees and blobs at the paths; None where nothing lies at one of them."""
        found = [(path, at.mode.decode(), at.name.decode()) for path in paths if (at := self._at(path))]
        return "\n".join(map(" ".join, found)) if len(found) == len(paths) else None

    def _read_small(self) -> None:
        """The small ones of all files that were asked for, which are read next: two questions for any number."""
        regular = {at.name for at in self._found.values() if at.mode in REGULAR}
        sizes = bulk.sizes(sorted(regular - self._looked_at - self._contents.keys()), self._top)
        self._looked_at |= regular
        data = command.small_objects([name for name, size in sizes.items() if size <= SMALL], self._top)
        self._contents.update((name, one) for name, one in data.items() if not pointers.claims(one))

    def _at(self, path: str) -> At | None:
        """What the commit has at a path. Raises MlError where a folder on the way is a link."""
        self.expect([path])
        parts = path.split("/")
        for end in range(1, len(parts)):
            if (folder := self._found.get(os.fsencode("/".join(parts[:end])))) and folder.mode == LINK:
                raise behind_a_link(f"{self.label}:{path}", "/".join(parts[:end]))
        return self._found.get(os.fsencode(path))


def at(workspace: Workspace, rev: str) -> CommitTree:
    """The tree of a revision. Raises UsageError where it names no commit."""
    commit = history.commit(rev, workspace.top)
    return CommitTree(workspace, commit, history.tree(commit, workspace.top).encode())


def head(workspace: Workspace) -> CommitTree | None:
    """The tree of HEAD; None before the first commit."""
    with suppress(GitFailed):
        commit, name = command.text("rev-parse", "HEAD^{commit}", "HEAD^{tree}", cwd=workspace.top).split("\n")
        return CommitTree(workspace, commit, name.encode())
    return None


def behind_a_link(path: str, link: str) -> MlError:
    """What to say of a path that leads through a symbolic link."""
    return MlError(f"{path} lies behind the link {link}", "links may lead anywhere, so none is followed")


def identified(workspace: Workspace, entries: Iterable[Entry], label: str) -> list[File]:
    """The content of what Git has at these paths. Raises MlError for what is malformed or not here."""
    entries = list(entries)
    known = _pointed(workspace, [entry for entry in entries if entry.mode not in (LINK, SUBMODULE)], label)
    content = [entry.name for entry in entries if entry.name not in known and entry.mode != SUBMODULE]
    links = [entry.name for entry in entries if entry.mode == LINK]
    hashed = raw.digests(workspace.top, memory.open(workspace.cache.home), [*content, *links])
    files = []
    for raw_path, mode, name in entries:
        path = raw_path.decode("utf-8", "surrogateescape")  # a third of os.fsdecode's time
        if mode == SUBMODULE:
            files.append(File(path, f"commit:{name.decode()}", 0))
        elif mode == LINK:
            files.append(File(path, f"link:{hashed[name][0]}", hashed[name][1]))
        else:
            files.append(File(path, *(known.get(name) or hashed[name])))
    return files


def _pointed(workspace: Workspace, entries: Sequence[Entry], label: str) -> dict[bytes, tuple[str, int]]:
    """Oid and size of the pointers among regular files. Raises MlError for what is malformed or not here."""
    top = workspace.top
    names = dict.fromkeys(entry.name for entry in entries)
    sizes = stubs.sizes(names, top)
    if absent := [name for name in names if name not in sizes]:
        _bring(absent, f"{label}: {len(absent)} of the files of a version", top)
        sizes |= bulk.sizes(absent, top)
    small = [name for name, size in sizes.items() if 0 < size <= pointers.MAX_BYTES]
    found = stubs.of(small, top)
    others = history.classify([name for name in small if name not in found], top)
    paths = {entry.name: entry.path for entry in reversed(entries)} if others else {}
    for name, kind in others.items():
        if isinstance(kind, str):
            raise malformed(f"{label}:{os.fsdecode(paths[name])}", kind)
        if kind:
            found[name] = kind.oid.text, kind.size
    return found


def read_object(workspace: Workspace, name: bytes, where: str, limit: int) -> bytes:
    """The content of one of Git's blobs (hex), or of the pointer that it is. Raises as Tree.read."""
    here = bulk.sizes([name], workspace.top)
    if not here:
        _bring([name], where, workspace.top)
        here = bulk.sizes([name], workspace.top)
    _check(where, here[name], limit)
    data = command.run("cat-file", "blob", name.decode(), cwd=workspace.top)
    pointer = decoded(data, where)
    return read_blob(workspace, pointer, where, limit) if pointer else data


def _absent(names: Sequence[bytes], top: str) -> list[bytes]:
    """Those of these blobs (hex) that are not here."""
    here = bulk.sizes(names, top)
    return [name for name in names if name not in here]


def _bring(names: Sequence[bytes], what: str, top: str) -> None:
    """Fetch what a partial clone has left out. Raises MlError where it cannot be had."""
    try:
        partial.fetch(names, top)
        reason = "" if not _absent(names, top) else "no remote has it"
    except GitFailed as error:
        reason = error.message
    if reason:
        raise MlError(f"this clone lacks {what}, and cannot fetch it: {reason}", partial.REMEDY)


def decoded(data: bytes, where: str) -> Pointer | None:
    """The pointer that a file's bytes are. Raises MlError for a malformed one."""
    try:
        return pointers.decode(data)
    except PointerError as error:
        raise malformed(where, error.message) from error


def malformed(where: str, reason: str) -> MlError:
    """What to say of a file that claims to be a pointer."""
    return MlError(f"{where}: {reason}", "`gitblob fsck --pointers` finds all of these")


def read_blob(workspace: Workspace, pointer: Pointer, where: str, limit: int) -> bytes:
    """The content of a blob, fetched if need be."""
    _check(where, pointer.size, limit)
    path = workspace.cache.restorable(pointer.oid, pointer.size)
    if not path:
        sync.obtain(workspace, [pointer])
        path = workspace.cache.restorable(pointer.oid, pointer.size)
    if not path:
        raise BlobMissing(f"{where}: {pointer.oid.text} is in no store", "`gitblob push` in a clone that has it")
    with open(path, "rb") as file:
        return file.read()


def _check(where: str, size: int, limit: int) -> None:
    if size > limit:
        raise MlError(f"{where} has {size} bytes", f"files of values are read up to {limit} bytes")


def _listed(top: str, tree: str, paths: Sequence[str]) -> list[Entry]:
    """The entries at and below paths, in Git's order."""
    if not paths:
        return []
    raw = [os.fsencode(path) for path in paths]
    query = ("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", tree, "--")
    return [Entry(path, mode, name) for mode, name, path in LISTED.findall(command.run(*query, *raw, cwd=top))]


def differing(
    *query: str, paths: Sequence[str], top: str, settings: Sequence[str] = ()
) -> tuple[list[Entry], list[Entry]]:
    """What a `git diff-…` lists (diff-format(5)): what there was, what is there; zeros for what has no name yet."""
    if not paths:
        return [], []
    raw = [os.fsencode(path) for path in paths]
    words = (
        *settings,
        "--literal-pathspecs",
        *query[:1],
        "--raw",
        "-z",
        "--no-abbrev",
        "--no-renames",
        *query[1:],
        "--",
    )
    fields = command.lines(*words, *raw, cwd=top)
    old, new = [], []
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        modes, names = head[1:].split(b" ")[:2], head.split(b" ")[2:4]
        if modes[0] != b"000000":
            old.append(Entry(path, modes[0], names[0]))
        if modes[1] != b"000000":
            new.append(Entry(path, modes[1], names[1]))
    return old, new
