"""Which pointers still stand in for content in the work tree."""

from __future__ import annotations

from gitblob import journal, materialise
from gitblob.errors import PointerError
from gitblob.git import command
from gitblob.git.repository import Repository
from gitblob.materialise import Stub


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
    """The stubs that an interrupted command left and that still stand; journals with nothing left are removed."""
    top = repository.worktree
    if top is None:
        return []
    found: dict[bytes, Stub] = {}
    for name, entries in journal.read(repository.state_dir).items():
        standing = [stub for entry in entries if (stub := _standing(top, entry.path))]
        if standing:
            found.update((stub.path, stub) for stub in standing)
        else:
            journal.remove(repository.state_dir, [name])
    return list(found.values())


def _standing(top: str, path: bytes) -> Stub | None:
    try:
        return materialise.standing(top, path)
    except PointerError:
        return None
