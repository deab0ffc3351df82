"""Partial and shallow clones: is all here that could be a pointer?

Source: git-clone(1), `--filter`; git-rev-list(1), `--missing`; gitrepository-layout(5), `shallow`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from gitblob.errors import GitblobError
from gitblob.git import bulk, command
from gitblob.model import pointer as pointers

LIMIT = re.compile(r"blob:limit=([0-9]+)([kmg]?)", re.IGNORECASE)
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
QUIETLY = ("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no")  # as promisor-remote.c asks
REMEDY = "`git fetch --refetch --filter=blob:limit=2k` brings what is small (git 2.36 and newer)"


def require(*revisions: str, cwd: str | None = None) -> None:
    """Raise GitblobError where an object of these revisions (as rev-list takes them) is not here and may be a pointer.

    A clone with `--filter=blob:limit=2k` has all of them; one with `blob:none` or `tree:0` may lack some.
    """
    if not lacks_small(cwd):
        return
    words = [word for word in revisions if word.startswith("--")]
    data = "".join(f"{word}\n" for word in revisions if not word.startswith("--"))
    query = ("rev-list", "--objects", "--no-object-names", "--missing=print", "--stdin", *words)
    absent, rest = 0, b""
    for piece in command.stream(*query, cwd=cwd, data=os.fsencode(data), env=bulk.as_sent()):
        *lines, rest = (rest + piece).split(b"\n")
        absent += sum(line.startswith(b"?") for line in lines)
    if absent:
        raise GitblobError(
            f"this clone lacks {absent} of Git's own objects (files or trees), some of which may be pointers", REMEDY
        )


def lacks_small(cwd: str | None = None) -> bool:
    """Was this a clone whose filter leaves out files as small as a pointer, or trees?"""
    query = ("config", "-z", "--get-regexp", r"^remote\..*\.partialclonefilter$")
    entries = command.run(*query, cwd=cwd, ok=(0, 1)).split(b"\0")[:-1]
    return not all(_keeps_pointers(os.fsdecode(entry).partition("\n")[2]) for entry in entries)


def is_partial(cwd: str | None = None) -> bool:
    """May objects have been left out of this clone, whatever its filter?"""
    return command.succeeds("config", "--get-regexp", r"^remote\..*\.promisor$", cwd=cwd)


def fetch(names: Sequence[bytes], cwd: str | None = None) -> None:
    """Bring these objects (hex), which the clone left out, in one request, as Git does it for one. Raises GitFailed."""
    query = ("config", "-z", "--name-only", "--get-regexp", r"^remote\..*\.promisor$")
    keys = command.run(*query, cwd=cwd, ok=(0, 1)).split(b"\0")[:-1]
    promisors = [os.fsdecode(key)[len("remote.") : -len(".promisor")] for key in keys]
    data = b"".join(name + b"\n" for name in names)
    for remote in promisors[:1]:
        fetch = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", *QUIETLY, "--filter=blob:none", "--stdin", remote)
        command.run(*fetch, cwd=cwd, data=data)


def is_cut(cwd: str | None = None) -> bool:
    """Does the history end before its beginning (a shallow clone)?"""
    return command.text("rev-parse", "--is-shallow-repository", cwd=cwd) == "true"


def cut_in(revisions: Sequence[str], cwd: str | None = None) -> list[str]:
    """The commits (hex) of a range (as rev-list takes it) whose parents a shallow clone has left out."""
    if not is_cut(cwd):
        return []
    path = os.path.join(cwd or "", command.text("rev-parse", "--git-path", "shallow", cwd=cwd))
    with open(path, encoding="ascii") as file:
        ends = set(file.read().split())
    return [name for name in command.text("rev-list", *revisions, "--", cwd=cwd).split() if name in ends]


def _keeps_pointers(spec: str) -> bool:
    """Does this filter leave out nothing of a pointer's size? `blob:limit=N` leaves out files of N bytes and more."""
    found = LIMIT.fullmatch(spec)
    return bool(found and int(found[1]) * UNITS[found[2].lower()] > pointers.MAX_BYTES)
