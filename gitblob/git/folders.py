"""What a commit has in a folder, without its history: Git's entries, and for each file whether it is a pointer."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from gitblob.errors import GitblobError
from gitblob.git import bulk, command, history, partial
from gitblob.git.entries import REGULAR
from gitblob.model.pointer import Pointer

FOLDER, LINK, SUBMODULE = b"040000", b"120000", b"160000"
UNSAFE = frozenset((b"", b".", b".."))  # names that lead elsewhere, and that git itself refuses to check out


class Item(NamedTuple):
    """path (raw, from the top), mode (`100644`), Git's name for what lies there (hex)."""

    path: bytes
    mode: bytes
    name: bytes


class Content(NamedTuple):
    """A file: bytes of its content (None: not here, and nobody can bring it), its pointer or None.

    wrong: why what claims to be a pointer is none.
    """

    size: int | None
    pointer: Pointer | None = None
    wrong: str | None = None


def items(commit: str, folder: bytes, cwd: str, recursive: bool = False) -> list[Item]:
    """What lies in a folder (raw, from the top, no final slash; b"": the top) of a commit; nothing where it is none.

    recursive: the files below it, at any depth, instead. Raises GitblobError for names that would lead elsewhere where
    somebody wrote them to a disk: whoever made the commit can have given it any.
    """
    deep = ["-r"] if recursive else []
    query: list[str | bytes] = ["--literal-pathspecs", "ls-tree", *deep, "-z", "--full-tree", commit]
    query += ["--", folder + b"/"] if folder else []
    return [_item(record) for record in command.lines(*query, cwd=cwd)]


def contents(names: Iterable[bytes], cwd: str) -> dict[bytes, Content]:
    """What these blobs (hex) are. Names that are not in the answer are not here."""
    unique = list(dict.fromkeys(names))
    sizes = bulk.sizes(unique, cwd)
    kinds = history.kinds(sizes, cwd)
    found = {}
    for name, size in sizes.items():
        kind = kinds.get(name)
        if isinstance(kind, Pointer):
            found[name] = Content(kind.size, kind)
        else:
            found[name] = Content(size, None, kind)
    return found


def bring(commit: str, folder: bytes, names: Iterable[bytes], cwd: str) -> None:
    """In a partial clone, fetch those of these blobs (hex) in a folder of a commit that were left out, all at once.

    Git would fetch them one by one. Raises GitFailed where the remote cannot be reached.
    """
    wanted = set(names)
    top = f"{commit}:{os.fsdecode(folder)}"
    listed = command.run("rev-list", "--objects", "--no-object-names", "--missing=print", top, cwd=cwd)
    absent = [line[1:] for line in listed.split(b"\n") if line.startswith(b"?") and line[1:] in wanted]
    if absent:
        partial.fetch(absent, cwd)


def leads_to(commit: str, path: bytes, cwd: str) -> bytes | None:
    """Git's name (hex) of the file that a path leads to through symbolic links within the commit; None: to no file."""
    if b"\n" in path:
        return None
    query = ("cat-file", "--batch-check", "--follow-symlinks")
    answer = command.run(*query, cwd=cwd, data=commit.encode() + b":" + path + b"\n").split(b"\n", 1)[0]
    name, _, rest = answer.partition(b" ")
    return name if rest.startswith(b"blob ") else None


def changed(commit: str, path: bytes, cwd: str) -> int | None:
    """When (Unix time of the commit) a path was last changed before or in a commit; None where no commit has it."""
    below: list[str | bytes] = ["--", path] if path else []
    query = ("-c", "log.follow=false", "--literal-pathspecs", "log", "-1", "--format=%ct", commit, *below)
    answer = command.text(*query, cwd=cwd)
    return int(answer) if answer else None


def is_file(item: Item) -> bool:
    """Is it a regular file?"""
    return item.mode in REGULAR


def _item(record: bytes) -> Item:
    head, _, path = record.partition(b"\t")
    mode, _, name = head.split()
    if not UNSAFE.isdisjoint(path.split(b"/")):
        raise GitblobError(f"Git has an entry named {os.fsdecode(path)!r}, which leads elsewhere", "see `git fsck`")
    return Item(path, mode, name)
