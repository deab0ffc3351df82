"""What each commit of a range brings: the files that it has otherwise than its parents, and whose rules it is under.

One `git log` walks the range. A merge brings only what none of its parents has. `.gitattributes` change seldom, so a
commit shares its rules with the commit called its `rules`: that one's tree is asked for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from typing import NamedTuple

from gitblob.errors import UsageError
from gitblob.git import bulk, command
from gitblob.git.attributes import FILE
from gitblob.git.command import GitFailed
from gitblob.git.entries import REGULAR

IGNORE = "--ignore-missing"
LOG = (
    "--literal-pathspecs", "-c", "log.showRoot=true", "log", "-z", "--raw", "-c", "--no-abbrev", "--no-renames",
    "--no-color", "--no-show-signature", "--no-mailmap", "--format=%H %P",
)  # fmt: skip


class Change(NamedTuple):
    """A commit (hex), a regular file (raw path) that it brings, Git's name (hex) of the file's new bytes.

    rules: a commit with the same `.gitattributes` in all folders.
    """

    commit: bytes
    path: bytes
    name: bytes
    rules: bytes


class Commit(NamedTuple):
    """A commit and its parents (hex) with path, mode and name (hex) of what it changes; zeros for what it removes."""

    name: bytes
    parents: list[bytes]
    files: list[tuple[bytes, bytes, bytes]]


def of(revisions: Iterable[str], cwd: str | None = None) -> Iterator[Change]:
    """What the commits of a range bring, oldest first.

    revisions: as rev-list takes them, `A..B`, `^A`, `--all`. Raises UsageError for one that does not exist.
    """
    rules: dict[bytes, bytes] = {}
    for commit in _commits(revisions, cwd):
        shared = {rules.get(parent, parent) for parent in commit.parents}
        own = len(shared) != 1 or any(path.endswith(FILE) for path, _, _ in commit.files)
        rules[commit.name] = commit.name if own else shared.pop()
        for path, mode, name in commit.files:
            if mode in REGULAR:
                yield Change(commit.name, path, name, rules[commit.name])


def log(*arguments: str | bytes, cwd: str | None = None, data: bytes = b"") -> Generator[Commit, None, None]:
    """What `git log` lists, in its order; paths are taken literally."""
    commit = None
    tokens = _tokens(command.stream(*LOG, *arguments, cwd=cwd, data=data, env=bulk.as_sent()))
    for token in tokens:
        if token.startswith(b":"):
            assert commit
            commit.files.append(_file(token, next(tokens)))
        elif token:
            if commit:
                yield commit
            name, *parents = token.split()
            commit = Commit(name, parents, [])
    if commit:
        yield commit


def _commits(revisions: Iterable[str], cwd: str | None) -> Iterator[Commit]:
    revisions = list(revisions)
    data = "".join(f"{revision}\n" for revision in revisions if not revision.startswith("--"))
    words = [revision for revision in revisions if revision.startswith("--")]
    words.insert(words.index(IGNORE) + 1 if IGNORE in words else 0, "--stdin")  # git heeds it in what it reads later
    try:
        yield from log("--topo-order", "--reverse", *words, "--", cwd=cwd, data=os.fsencode(data))
    except GitFailed as error:
        if "bad revision" in error.message or "bad object" in error.message:
            reason = error.message.rpartition("fatal: ")[2]
            raise UsageError(f"git: {reason}", "name commits that are here, such as `origin/main..HEAD`") from None
        raise


def _file(head: bytes, path: bytes) -> tuple[bytes, bytes, bytes]:
    """Path, mode and name after the change (diff-format(5); each parent of a merge has a colon, a mode and a name)."""
    fields = head.lstrip(b":")
    parents = len(head) - len(fields)
    words = fields.split(b" ")
    return path, words[parents], words[2 * parents + 1]


def _tokens(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What stands between NULs; a header of git's may begin with the end of the line before."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\0")
        yield from (token.removeprefix(b"\n") if token.startswith(b"\n:") else token for token in whole)
    if rest.strip():
        yield rest
