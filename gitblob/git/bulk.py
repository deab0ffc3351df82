"""Sizes and bytes of many of Git's objects: the bytes through pygit2 where that pays and libgit2 opens the repository.

Measured with 100,000 pointers in one pack: their bytes take 0.3 to 0.6 s in process and 1.3 s through the pipes of
`cat-file`; sizes, one path's log and one tree are as fast or faster with git. Loading libgit2 costs 0.1 s, so a few
names go to git, and so does every repository that libgit2 cannot open (reftable, partial clone, sha256 in some builds).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from gitblob.git import command, loose
from gitblob.git.command import GitFailed
from gitblob.model import pointer as pointers

if TYPE_CHECKING:
    from pygit2 import Odb

SIZES = ("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", "--buffer")
FEW = 1_000  # names up to which one question, with all answers in memory, is the quickest
MANY = 10_000  # names from which on libgit2 is loaded
ELSEWHERE = ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")  # libgit2 would not look there


def sizes(names: Iterable[bytes], cwd: str | None = None) -> dict[bytes, int]:
    """The sizes (bytes) of those of these objects (hex) that are here and are blobs."""
    unique = dict.fromkeys(names)
    if not unique:
        return {}
    try:
        answer = command.run(*SIZES, cwd=cwd, data=b"\n".join(unique) + b"\n", env=as_sent())
    except GitFailed:  # a partial clone lacks one of them, and git may not fetch it: then what is here is listed
        answer = command.run(*SIZES, "--batch-all-objects", "--unordered", cwd=cwd, env=as_sent())
    fields = (line.split(b" ") for line in answer.splitlines())
    return {
        field[0]: int(field[2]) for field in fields if len(field) == 3 and field[1] == b"blob" and field[0] in unique
    }


def contents(names: Sequence[bytes], cwd: str | None = None) -> Iterator[tuple[bytes, bytes | None]]:
    """Each object (hex) with its bytes, None when it is not here. For objects known to be small."""
    if len(names) >= MANY and (odb := in_process(cwd)):
        return ((name, _read(odb, name)) for name in names)
    return stream(names, cwd)


def stream(names: Iterable[bytes], cwd: str | None = None) -> Iterator[tuple[bytes, bytes | None]]:
    """The same for names that come one after the other: few are held, and libgit2, whose caches grow, is not used."""
    names = iter(names)
    ahead = list(islice(names, FEW))
    if len(ahead) < FEW:
        found = command.small_objects(ahead, cwd, as_sent())
        yield from ((name, found.get(name)) for name in ahead)
        return
    with command.objects(cwd, as_sent()) as objects:
        yield from _loose_first(chain(ahead, names), objects, cwd)


def _loose_first(
    names: Iterator[bytes], objects: command.objects, cwd: str | None
) -> Iterator[tuple[bytes, bytes | None]]:
    """What was committed since the last repack comes from its file: 15 microseconds each, through the pipes 50.

    Once most are packed, git is asked for the rest.
    """
    read = loose.reader(os.path.join(cwd or "", command.text("rev-parse", "--git-common-dir", cwd=cwd)))
    while some := list(islice(names, FEW)):
        found = {name: data for name in some if (data := read(name, pointers.MAX_BYTES)) is not None}
        packed = dict(objects.read(name for name in some if name not in found))
        yield from ((name, found[name] if name in found else packed.get(name)) for name in some)
        if len(packed) > len(found):
            break
    yield from objects.read(names)


def in_process(cwd: str | None = None) -> Odb | None:
    """The object database through libgit2, or None where only git itself can look."""
    if any(name in os.environ for name in ELSEWHERE):
        return None
    import pygit2

    try:
        return pygit2.Repository(cwd or os.getcwd()).odb
    except pygit2.GitError:
        return None


def without_fetching() -> dict[str, str]:
    """An environment in which git (2.45 and newer) takes objects that a partial clone left out as missing."""
    return {**os.environ, "GIT_NO_LAZY_FETCH": "1"}


def as_sent() -> dict[str, str]:
    """The same, and git takes no object for another one (git-replace(1)), as in a push and in libgit2."""
    return {**without_fetching(), "GIT_NO_REPLACE_OBJECTS": "1"}


def _read(odb: Odb, name: bytes) -> bytes | None:
    try:
        return odb.read(name.decode())[1]
    except KeyError:
        return None
