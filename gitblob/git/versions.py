"""How did one path change? The commits that touched it, and what it was after each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitblob.git import bulk, command, history
from gitblob.model.pointer import Pointer

FORM = "--format=%H%x00%an%x00%aI%x00%s"
RAW = ("-z", "--raw", "-c", "--no-abbrev", "--no-renames", "--no-show-signature", "--encoding=UTF-8", FORM)
GONE = frozenset("0")  # all there is in the name of no object


class Version(NamedTuple):
    """A commit that changed a path: author, ISO 8601 author date, subject; what the path then is.

    name: the blob (hex) in Git. pointer: None for raw content. size: bytes of the content; None where the commit
    removed the path, and where a partial clone lacks the blob.
    """

    commit: str
    author: str
    date: str
    subject: str
    name: str
    pointer: Pointer | None
    size: int | None

    @property
    def removed(self) -> bool:
        """Has the commit removed the path?"""
        return GONE.issuperset(self.name)


def log_of(path: bytes, rev: str = "HEAD", cwd: str | None = None) -> list[Version]:
    """The commits that changed one file (raw path, relative to the top), newest first; renames are not followed.

    A merge is one where the result differs from all its parents. cwd: the top of the work tree, or a bare repository.
    Raises UsageError for a revision that does not exist.
    """
    tip = history.commit(rev, cwd)
    query = ("-c", "log.follow=false", "--literal-pathspecs", "log", *RAW, tip, "--", path)
    output = command.run(*query, cwd=cwd, env=bulk.without_fetching())
    changes = list(_changes(output.split(b"\0"), path))
    names = [name for _, name in changes if name.strip(b"0")]
    kinds, sizes = history.classify(names, cwd), bulk.sizes(names, cwd)
    found = []
    for words, name in changes:
        kind = kinds.get(name)
        pointer = kind if isinstance(kind, Pointer) else None
        commit, author, date, subject = (word.decode("utf-8", "surrogateescape") for word in words)
        date = f"{date[:-1]}+00:00" if date.endswith("Z") else date  # newer gits abbreviate UTC
        size = pointer.size if pointer else sizes.get(name)
        found.append(Version(commit, author, date, subject, name.decode(), pointer, size))
    return found


def _changes(fields: list[bytes], path: bytes) -> Iterator[tuple[list[bytes], bytes]]:
    """Four words of each commit and the name of the path's blob after it.

    `git log -z --raw -c` prints the words, an empty field before the combined records of a merge, then a record and a
    path for each change: `:MODE MODE NAME NAME STATUS`, with one colon, mode and name more for each further parent.
    """
    at = 0
    while at + 4 < len(fields):
        words = fields[at : at + 4]
        at += 4
        if not fields[at]:
            at += 1
        while at + 1 < len(fields) and (record := fields[at].lstrip(b"\n")).startswith(b":"):
            if fields[at + 1] == path:
                parents = len(record) - len(record.lstrip(b":"))
                yield words, record.split(b" ")[2 * parents + 1]
            at += 2
        if at < len(fields) and not fields[at]:
            at += 1  # between two commits
