"""Reading files of a repository: as they stand in the work tree, or in any version without a checkout."""

from __future__ import annotations

import builtins
import io
import os
from typing import BinaryIO, Literal, NamedTuple, TextIO, overload

from gitblob.api import content, worktree
from gitblob.api.paths import Path, from_top
from gitblob.api.repositories import Opened, When, opened
from gitblob.api.tree import FILE, Found, Tree
from gitblob.errors import UsageError
from gitblob.store.base import Blob

KEPT = 8  # commits whose files are known
_trees: dict[tuple[int, int, str], Tree] = {}


class Entry(NamedTuple):
    """What lies at a path (from the top of the repository).

    kind: "file", "folder", "link", "submodule". size: bytes of content, whether or not it is here; None for what is no
    file. oid: `sha256:<64 hex>` where a pointer stands, in Git or in the work tree; None for content that is there
    itself. cached: can it be read without a store?
    """

    path: str
    kind: str
    size: int | None
    oid: str | None
    cached: bool

    @property
    def pointer(self) -> bool:
        """Does a pointer stand there?"""
        return self.oid is not None


@overload
def open(  # noqa: A001 read as gitblob.open
    path: Path, mode: Literal["rb"] = "rb", repo: Path = ".", rev: str | None = None, at: When | None = None
) -> BinaryIO: ...
@overload
def open(  # noqa: A001
    path: Path,
    mode: Literal["r", "rt"],
    repo: Path = ".",
    rev: str | None = None,
    at: When | None = None,
    *,
    encoding: str = "utf-8",
    errors: str | None = None,
    newline: str | None = None,
) -> TextIO: ...
@overload
def open(  # noqa: A001
    path: Path,
    mode: str,
    repo: Path = ".",
    rev: str | None = None,
    at: When | None = None,
    *,
    encoding: str = "utf-8",
    errors: str | None = None,
    newline: str | None = None,
) -> BinaryIO | TextIO: ...
def open(  # noqa: A001
    path: Path,
    mode: str = "rb",
    repo: Path = ".",
    rev: str | None = None,
    at: When | None = None,
    *,
    encoding: str = "utf-8",
    errors: str | None = None,
    newline: str | None = None,
) -> BinaryIO | TextIO:
    """A seekable file with the content of `path`, which counts from the top of the repository around `repo`.

    Without rev and at: the file in the work tree, and, where a pointer stands there, its content. With rev, or at (a
    date, see `gitblob help time-travel`), the file of that commit; nothing is checked out. Content that is not here is
    fetched. mode: "rb", or "r" for text. Raises GitblobError: NoSuchFile, BlobMissing, StoreError and others.
    """
    if mode not in {"rb", "br", "r", "rt"}:
        raise UsageError(f"mode {mode!r}: files are only read", 'write with Python\'s own open; "rb" or "r" reads here')
    binary = _open(opened(repo), path, rev, at)
    if "b" in mode:
        return binary
    return io.TextIOWrapper(binary, encoding=encoding, errors=errors, newline=newline)


def read(path: Path, repo: Path = ".", rev: str | None = None, at: When | None = None) -> bytes:
    """The content of a file, whole. See `open`."""
    with _open(opened(repo), path, rev, at) as file:
        return file.read()


def list(  # noqa: A001 read as gitblob.list
    path: Path = ".", repo: Path = ".", rev: str | None = None, at: When | None = None, *, recursive: bool = False
) -> builtins.list[Entry]:
    """What lies in a folder (default: the one that is given as repo), by name; of a file, the file alone.

    recursive: instead all that is no folder, at any depth. See `open` for the rest.
    """
    repository = opened(repo)
    inside = from_top(repository.workspace, repository.folder, path)
    commit = repository.commit(rev, at)
    if commit is None:
        found = worktree.entries(repository, inside, recursive)
    else:
        found = _in_commit(tree_of(repository, commit), inside, recursive)
    return sorted(_entry(repository, each, commit is None) for each in found)


def tree_of(repository: Opened, commit: str) -> Tree:
    """The tree of a commit; that of the last few is kept."""
    key = (os.getpid(), id(repository), commit)
    tree = _trees.get(key)
    if tree is None or tree.repository is not repository:
        for oldest in builtins.list(_trees)[: len(_trees) + 1 - KEPT]:
            _trees.pop(oldest, None)
        tree = _trees[key] = Tree(repository, commit)
    return tree


def _open(repository: Opened, path: Path, rev: str | None, at: When | None) -> BinaryIO:
    inside = from_top(repository.workspace, repository.folder, path)
    commit = repository.commit(rev, at)
    if commit is None:
        return worktree.content(repository, inside)
    return content.of(repository, tree_of(repository, commit).file(inside))


def _in_commit(tree: Tree, path: str, recursive: bool) -> builtins.list[Found]:
    here = tree.find(path)
    if here.kind != "folder":
        return [here]
    return tree.below(path) if recursive else tree.folder(path)


def _entry(repository: Opened, found: Found, in_worktree: bool) -> Entry:
    pointer = found.pointer
    cached = found.kind == FILE and (in_worktree or found.size is not None)
    if pointer:
        cached = repository.cache.find(*Blob(pointer.oid, pointer.size)) is not None
    return Entry(found.path, found.kind, found.size, pointer.oid.text if pointer else None, cached)
