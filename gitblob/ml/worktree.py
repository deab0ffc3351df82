"""The work tree as it stands: what Git knows to be unchanged is not opened, everything else is hashed.

Ignored files do not count; new ones that are not ignored do, as `git add` would take them.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import time
from collections.abc import Iterable, Sequence

from gitblob import cache as caches
from gitblob import filesystem, materialise
from gitblob.errors import MlError, PointerError, UsageError
from gitblob.git import command, history
from gitblob.git.entries import REGULAR
from gitblob.ml import memory, tree
from gitblob.ml.fingerprint import File
from gitblob.ml.tree import Entry
from gitblob.model.pointer import Pointer
from gitblob.ops import place
from gitblob.ops.status import WITHOUT_FILTERS
from gitblob.workspace import Workspace

KIND = "stat"
RACY = 2.0  # seconds for which the stat data of a file that was just written prove nothing


class WorkTree:
    """The files of the work tree."""

    commit: str | None = None
    label = "work tree"

    def __init__(self, workspace: Workspace) -> None:
        """Raises NotARepository in a bare repository."""
        self._workspace = workspace
        self._top = place.worktree(workspace.repository)
        self._memory = memory.open(workspace.cache.home)
        self._fresh: dict[str, bytes] = {}
        self._asked: set[str] = set()
        self._differing: dict[bytes, None] = {}
        self._staged: set[bytes] = set()

    @functools.cached_property
    def head(self) -> tree.CommitTree | None:
        """The tree of HEAD; None before the first commit."""
        return tree.head(self._workspace)

    def expect(self, paths: Iterable[str]) -> None:
        """See tree.Tree."""
        new = [path for path in dict.fromkeys(paths) if path not in self._asked]
        if new:
            self._asked.update(new)
            self._differing.update(self._changed(new))
            self._staged.update(self._otherwise_than_head(new))

    def read(self, path: str, limit: int) -> bytes | None:
        """See tree.Tree."""
        full = self._inside(path)
        try:
            info = os.lstat(full)
        except (FileNotFoundError, NotADirectoryError):
            return self._left_out(path, limit)
        if not stat.S_ISREG(info.st_mode):
            raise MlError(f"{path} is no regular file", "settings and values are never read through a link")
        if stub := self._standing(os.fsencode(path)):
            return tree.read_blob(self._workspace, stub, path, limit)
        if info.st_size > limit:
            raise MlError(f"{path} has {info.st_size} bytes", f"files of values are read up to {limit} bytes")
        with open(full, "rb") as file:
            return file.read(limit)

    def files(self, paths: Sequence[str]) -> list[File]:
        """See tree.Tree."""
        if not paths:
            return []
        for path in paths:
            self._inside(path)
        self.expect(paths)
        entries = [entry for entry in self._index(paths) if entry.path not in self._differing]
        same = tree.identified(self._workspace, entries, self.label)
        new = self._all_hashed(path for path in self._differing if _below(path, paths))
        return sorted([*same, *new], key=lambda file: os.fsencode(file.path))

    def since(self, commit: str, paths: Sequence[str]) -> tuple[list[File], list[File]]:
        """See tree.Tree."""
        self.expect(paths)
        before, after = tree.differing("diff-index", commit, paths=paths, top=self._top, settings=WITHOUT_FILTERS)
        entries = [entry for entry in after if entry.path not in self._differing]
        same = tree.identified(self._workspace, entries, self.label)
        new = self._all_hashed(path for path in self._differing if _below(path, paths))
        return tree.identified(self._workspace, before, commit[: tree.SHORT]), [*same, *new]

    def unstaged(self, paths: Sequence[str]) -> list[str]:
        """The files at and below paths that the index has otherwise, or not at all, by their content."""
        self.expect(paths)
        differing = [path for path in self._differing if _below(path, paths)]
        entries = [entry for entry in self._index(paths) if entry.path in self._differing]
        before = {file.path: file for file in tree.identified(self._workspace, entries, self.label)}
        after = {file.path: file for file in self._all_hashed(differing)}
        return [name for name in map(os.fsdecode, differing) if before.get(name) != after.get(name)]

    def key(self, paths: Sequence[str]) -> str | None:
        """That of HEAD where nothing at the paths differs from it."""
        self.expect(paths)
        if any(_below(path, paths) for path in (*self._differing, *self._staged)) or not self.head:
            return None
        self.head.expect(self._asked)
        return self.head.key(paths)

    def _inside(self, path: str) -> str:
        """The full path. Raises MlError where a folder on the way is a link."""
        parts = path.split("/")
        for end in range(1, len(parts)):
            if os.path.islink(os.path.join(self._top, *parts[:end])):
                raise tree.behind_a_link(path, "/".join(parts[:end]))
        return os.path.join(self._top, path)

    def _left_out(self, path: str, limit: int) -> bytes | None:
        """The content of a file that a sparse checkout leaves out; None where there is no such file."""
        self.expect([path])
        if os.fsencode(path) in self._differing:
            return None
        found = [entry for entry in self._index([path]) if entry.path == os.fsencode(path) and entry.mode in REGULAR]
        return tree.read_object(self._workspace, found[0].name, path, limit) if found else None

    def _changed(self, paths: Sequence[str]) -> dict[bytes, None]:
        """What may differ from the index: stat data that do, files that Git does not know. Raises MlError."""
        query = ("diff-files", "--raw", "-z", "--no-renames", "--")
        fields = self._ask(*WITHOUT_FILTERS, *query, paths=paths)
        unmerged = [path for head, path in zip(fields[::2], fields[1::2], strict=True) if head.endswith(b"U")]
        if unmerged:
            raise MlError(f"{os.fsdecode(unmerged[0])} is in conflict", "resolve the merge first")
        new = self._ask("ls-files", "--others", "--exclude-standard", "-z", "--", paths=paths)
        return dict.fromkeys(path.rstrip(b"/") for path in (*fields[1::2], *new))

    def _otherwise_than_head(self, paths: Sequence[str]) -> list[bytes]:
        """What the index has otherwise than HEAD."""
        if not self.head:
            return []
        query = ("diff-index", "--cached", "--no-renames", "--name-only", "-z", "HEAD", "--")
        return self._ask(*query, paths=paths)

    def _index(self, paths: Sequence[str]) -> list[Entry]:
        entries = []
        for record in self._ask("ls-files", "-s", "-z", "--", paths=paths):
            head, _, path = record.partition(b"\t")
            mode, name, _ = head.split(b" ")
            entries.append(Entry(path, mode, name))
        return entries

    def _ask(self, *arguments: str, paths: Sequence[str]) -> list[bytes]:
        raw = [os.fsencode(path) for path in paths]
        return command.lines("--literal-pathspecs", *arguments, *raw, cwd=self._top)

    def _standing(self, path: bytes) -> Pointer | None:
        try:
            stub = materialise.standing(self._top, path)
        except PointerError as error:
            raise tree.malformed(os.fsdecode(path), error.message) from error
        return stub.pointer if stub else None

    def _all_hashed(self, paths: Iterable[bytes]) -> list[File]:
        """What is at these paths now."""
        found = [file for path in paths if (file := self._hashed(path))]
        self._memory.put_many(KIND, self._fresh)
        self._fresh = {}
        return found

    def _hashed(self, path: bytes) -> File | None:
        """What a file is now; None where there is none any more."""
        full = os.path.join(os.fsencode(self._top), path)
        try:
            info = os.lstat(full)
        except (FileNotFoundError, NotADirectoryError):
            return None
        name = os.fsdecode(path)
        if stat.S_ISDIR(info.st_mode):
            return self._nested(full, name)
        if stat.S_ISLNK(info.st_mode):
            target = os.readlink(full)
            return File(name, f"link:sha256:{hashlib.sha256(target).hexdigest()}", len(target))
        if not stat.S_ISREG(info.st_mode):
            raise MlError(f"{name} is neither a file nor a link", "a version is made of files that Git can hold")
        if pointer := self._standing(path):
            return File(name, pointer.oid.text, pointer.size)
        return File(name, self._digest(full, info), info.st_size)

    def _nested(self, full: bytes, name: str) -> File | None:
        """The repository in a folder, as `git add` would take it; None for a folder, whose files count."""
        if not os.path.lexists(os.path.join(full, b".git")):
            return None
        try:
            commit = history.commit("HEAD", os.fsdecode(full))
        except UsageError:
            raise MlError(f"{name} is a repository without a commit", "commit in it, or ignore it") from None
        return File(name, f"commit:{commit}", 0)

    def _digest(self, full: bytes, info: os.stat_result) -> str:
        """The oid of a file's bytes, not computed again while its stat data stay as they are."""
        key = f"{os.fsdecode(full)} {info.st_ino} {info.st_size} {info.st_mtime_ns} {info.st_ctime_ns}"
        if known := self._memory.get(KIND, key):
            return known.decode()
        fd = os.open(full, os.O_RDONLY | filesystem.BINARY)
        try:
            oid = caches.digest(fd).text
        finally:
            os.close(fd)
        if time.time() - max(info.st_mtime, info.st_ctime) > RACY:
            self._fresh[key] = oid.encode()
        return oid


def _below(path: bytes, paths: Sequence[str]) -> bool:
    """Is a path one of these, or below one?"""
    return any(path == raw or path.startswith(raw + b"/") for raw in map(os.fsencode, paths))
