"""Which pointers still stand in for content in the work tree, and what interrupted commands have left of their work."""

from __future__ import annotations

import os
import stat

from gitblob import filesystem, journal, materialise
from gitblob.cache import digest
from gitblob.errors import PointerError
from gitblob.git import command
from gitblob.git.repository import Repository
from gitblob.model import pointer as pointers
from gitblob.stub import Stub


def stubs(repository: Repository, pathspecs: tuple[str, ...] = ()) -> list[Stub]:
    """Every tracked file of the work tree that is a pointer now, within git pathspecs (relative to the top).

    Malformed pointers are left to fsck.
    """
    top = repository.worktree
    if top is None:
        return []
    paths = dict.fromkeys(command.lines("ls-files", "-z", "--cached", "--", *pathspecs, cwd=top))
    return [stub for path in paths if (stub := _standing(top, path))]


def from_journal(repository: Repository) -> list[Stub]:
    """The stubs that interrupted commands left and that still stand.

    Where the content has come, but git still calls the file modified, git is told. Journals with nothing left are
    removed.
    """
    top = repository.worktree
    if top is None:
        return []
    journals = journal.read(repository.state_dir)
    noted = {entry.path: entry.stub for entries in journals.values() for entry in entries}
    found = {path: stub for path in noted if (stub := _standing(top, path))}
    untold = _tell(repository, [stub for path in noted if path not in found and (stub := _noted(path, noted[path]))])
    for name, entries in journals.items():
        if not any(entry.path in found or entry.path in untold for entry in entries):
            journal.remove(repository.state_dir, [name])
    return list(found.values())


def _tell(repository: Repository, stubs: list[Stub]) -> set[bytes]:
    """Tell git's index of the files that hold what these pointers promise; the paths that could not be told."""
    top = repository.worktree
    if not stubs or top is None:
        return set()
    dirty = set(command.lines("diff-files", "-z", "--name-only", "--no-renames", "--diff-filter=M", cwd=top))
    contents = [(stub, info) for stub in stubs if stub.path in dirty and (info := _content(top, stub))]
    return materialise.tell_index(repository, contents)


def _content(top: str, stub: Stub) -> os.stat_result | None:
    """The stat of the file at the stub's path if it holds the blob; anything else there is the user's."""
    try:
        fd = os.open(f"{top}/{os.fsdecode(stub.path)}", os.O_RDONLY | os.O_NOFOLLOW | filesystem.BINARY)
    except OSError:
        return None
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode) or info.st_size != stub.pointer.size or digest(fd) != stub.pointer.oid:
            return None
        return info if os.fstat(fd).st_ctime_ns == info.st_ctime_ns else None
    finally:
        os.close(fd)


def _noted(path: bytes, data: bytes) -> Stub | None:
    try:
        pointer = pointers.decode(data)
    except PointerError:
        return None
    return Stub(path, data, pointer) if pointer else None


def _standing(top: str, path: bytes) -> Stub | None:
    try:
        return materialise.standing(top, path)
    except PointerError:
        return None
