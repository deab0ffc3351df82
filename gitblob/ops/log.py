"""The versions of one file or folder, and the content of any of them, without a checkout."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator

from gitblob import cache
from gitblob import workspace as workspaces
from gitblob.errors import BlobMissing, PointerError, UsageError
from gitblob.git import command, history, versions
from gitblob.git.repository import Repository
from gitblob.git.versions import FolderVersion, Version
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer
from gitblob.ops import place
from gitblob.workspace import Workspace


def log(
    workspace: Workspace, path: str, rev: str = "HEAD", cwd: str | None = None, limit: int | None = None
) -> list[Version] | list[FolderVersion]:
    """The commits that changed a file or, if it never was one, a folder (relative to cwd), newest first.

    limit: only so many. Raises UsageError when there are none.
    """
    repository = workspace.repository
    inside = place.from_top(repository, path, cwd)
    found = versions.log_of(inside, rev, repository.worktree, limit) if inside else []
    folders = found or versions.log_of_folder(inside, rev, repository.worktree, limit)
    if not folders:
        raise UsageError(f"no commit of {rev} has {path}", "`gitblob ls` lists the files of a commit")
    return folders


def name_at(repository: Repository, rev: str, path: str, cwd: str | None = None) -> str:
    """`REV:PATH`, as git reads it, for a path relative to cwd, in a bare repository from the top. Raises UsageError."""
    inside = os.fsdecode(place.from_top(repository, path, cwd)) if repository.worktree else path
    return f"{rev}:{inside}"


def content(workspace: Workspace, name: str, cwd: str | None = None) -> Iterator[bytes]:
    """The bytes of `REV:PATH` (as git reads it; `:PATH` is the index), piece by piece, whether blob or raw.

    A blob that is not in the cache is fetched into it. Raises UsageError, BlobMissing, PointerError, StoreError.
    """
    if ":" not in name:
        raise UsageError(
            f"{name!r} is not REV:PATH", f"`gitblob cat {shlex.quote(f'HEAD:{name}')}` for the last commit's version"
        )
    query = ("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    try:
        found = command.text(*query, cwd=cwd)
    except command.GitFailed:
        raise UsageError(f"{name} names no file in Git", "`gitblob log PATH` lists the commits that have it") from None
    if command.text("cat-file", "-t", found, cwd=cwd) != "blob":
        raise UsageError(f"{name} is no file", "`gitblob ls REV` lists files")
    kind = history.classify([found.encode()], cwd).get(found.encode())
    if isinstance(kind, str):
        raise PointerError(f"{name}: {kind}", f"`git cat-file blob {name}` shows it")
    if kind and kind.extensions:
        raise PointerError(f"{name} was made with a Git LFS extension", "only git-lfs can undo that")
    return _blob(workspace, kind, name) if kind else command.stream("cat-file", "blob", found, cwd=cwd)


def summary(path: str) -> bytes:
    """Two lines, oid and size, that are the same for a pointer and for its content; other pointers as they are.

    Content is hashed as a stream. Raises OSError.
    """
    with open(path, "rb") as file:
        head = file.read(pointers.MAX_BYTES + 1)
        try:
            pointer = pointers.decode(head)
        except PointerError:
            return head
        if not pointer:
            pointer = Pointer(cache.digest(file.fileno()), os.fstat(file.fileno()).st_size)
    return f"oid: {pointer.oid.text}\nsize: {pointer.size}\n".encode()


def _blob(workspace: Workspace, pointer: Pointer, name: str) -> Iterator[bytes]:
    path = workspace.cache.restorable(pointer.oid, pointer.size)
    if not path:
        workspaces.fetch(workspace.repository, workspace.cache, [pointer])
        path = workspace.cache.restorable(pointer.oid, pointer.size)
    if not path:
        raise BlobMissing(f"{name}: {pointer.oid.text} is in no store", "`gitblob push` in a clone that has it")
    return _pieces(path)


def _pieces(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while data := file.read(cache.BUFFER):
            yield data
