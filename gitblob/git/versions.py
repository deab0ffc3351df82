"""How did one path change? The commits that touched it, and what it was before and after each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from gitblob.git import bulk, command, history
from gitblob.model.pointer import Pointer

FORM = "--format=%H%x00%an%x00%aI%x00%s"
RAW = ("-z", "--raw", "-c", "--no-abbrev", "--no-renames", "--no-show-signature", "--encoding=UTF-8", FORM)
GONE = frozenset("0")  # all there is in the name of no object


class Content(NamedTuple):
    """What a path was: the blob (hex) in Git; its pointer, None for raw content; bytes, None where it is not here."""

    name: str
    pointer: Pointer | None
    size: int | None


class Version(NamedTuple):
    """A commit that changed a path: author, ISO 8601 author date, subject; what the path then is.

    name: the blob (hex) in Git. pointer: None for raw content. size: bytes of the content; None where the commit
    removed the path, and where a partial clone lacks the blob. before: what it was in the (first) parent, if anything.
    """

    commit: str
    author: str
    date: str
    subject: str
    name: str
    pointer: Pointer | None
    size: int | None
    before: Content | None = None

    @property
    def removed(self) -> bool:
        """Has the commit removed the path?"""
        return GONE.issuperset(self.name)


class FolderVersion(NamedTuple):
    """A commit that changed files below a folder: how many it added, changed, removed, and by how many bytes it grew.

    grown: of contents, compared with the first parent; None where a partial clone lacks a blob.
    """

    commit: str
    author: str
    date: str
    subject: str
    added: int
    changed: int
    removed: int
    grown: int | None


class _Changed(NamedTuple):
    """A path (raw) in one commit: its blobs (hex) in the first parent and after."""

    path: bytes
    before: bytes
    after: bytes


def log_of(path: bytes, rev: str = "HEAD", cwd: str | None = None, limit: int | None = None) -> list[Version]:
    """The commits that changed one file (raw path, relative to the top), newest first; renames are not followed.

    A merge is one where the result differs from all its parents. cwd: the top of the work tree, or a bare repository.
    limit: only so many. Raises UsageError for a revision that does not exist.
    """
    walked = ((words, one) for words, all_of in _log(path, rev, cwd, limit) for one in all_of if one.path == path)
    changes = list(walked)
    contents = _contents((name for _, one in changes for name in one[1:]), cwd)
    found = []
    for words, one in changes:
        before = contents[one.before] if one.before.strip(b"0") else None
        found.append(Version(*_words(words), *contents[one.after], before))
    return found


def log_of_folder(
    path: bytes, rev: str = "HEAD", cwd: str | None = None, limit: int | None = None
) -> list[FolderVersion]:
    """The commits that changed files below a folder (raw, relative to the top; b"" is the top), as `log_of`."""
    walked = list(islice(_log(path, rev, cwd, None), limit))  # git counts merges, too, in which no file is new
    contents = _contents((name for _, all_of in walked for one in all_of for name in one[1:]), cwd)
    found = []
    for words, all_of in walked:
        added = sum(not one.before.strip(b"0") for one in all_of)
        removed = sum(not one.after.strip(b"0") for one in all_of)
        grown = [_grown(contents[one.before], contents[one.after]) for one in all_of]
        total = None if None in grown else sum(size or 0 for size in grown)
        found.append(FolderVersion(*_words(words), added, len(all_of) - added - removed, removed, total))
    return found


def _log(path: bytes, rev: str, cwd: str | None, limit: int | None) -> Iterator[tuple[list[bytes], list[_Changed]]]:
    tip = history.commit(rev, cwd)
    most = [] if limit is None else [f"--max-count={limit}"]
    below: list[str | bytes] = ["--", path] if path else []
    query = ("-c", "log.follow=false", "--literal-pathspecs", "log", *most, *RAW, tip, *below)
    return _changes(command.run(*query, cwd=cwd, env=bulk.without_fetching()).split(b"\0"))


def _contents(names: Iterable[bytes], cwd: str | None) -> dict[bytes, Content]:
    """What is behind each of these names (hex), the name of nothing among them."""
    unique = list(dict.fromkeys(names))
    real = [name for name in unique if name.strip(b"0")]
    sizes = bulk.sizes(real, cwd)
    kinds = history.kinds(sizes, cwd)
    found = {}
    for name in unique:
        kind = kinds.get(name)
        pointer = kind if isinstance(kind, Pointer) else None
        found[name] = Content(name.decode(), pointer, pointer.size if pointer else sizes.get(name))
    return found


def _grown(before: Content, after: Content) -> int | None:
    sizes = [0 if GONE.issuperset(one.name) else one.size for one in (before, after)]
    return None if sizes[0] is None or sizes[1] is None else sizes[1] - sizes[0]


def _words(words: list[bytes]) -> tuple[str, str, str, str]:
    commit, author, date, subject = (word.decode("utf-8", "surrogateescape") for word in words)
    return commit, author, f"{date[:-1]}+00:00" if date.endswith("Z") else date, subject  # newer gits abbreviate UTC


def _changes(fields: list[bytes]) -> Iterator[tuple[list[bytes], list[_Changed]]]:
    """Four words of each commit and the paths that it changed.

    `git log -z --raw -c` prints the words, an empty field before the combined records of a merge, then a record and a
    path for each change: `:MODE MODE NAME NAME STATUS`, with one colon, mode and name more for each further parent.
    """
    at = 0
    while at + 4 < len(fields):
        words, changed = fields[at : at + 4], []
        at += 4
        if not fields[at]:
            at += 1
        while at + 1 < len(fields) and (record := fields[at].lstrip(b"\n")).startswith(b":"):
            parents = len(record) - len(record.lstrip(b":"))
            names = record.split(b" ")[parents + 1 :]
            changed.append(_Changed(fields[at + 1], names[0], names[parents]))
            at += 2
        if changed:
            yield words, changed
        if at < len(fields) and not fields[at]:
            at += 1  # between two commits
