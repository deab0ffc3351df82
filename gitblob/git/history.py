"""Which pointers do a commit, the index, or a range of commits hold, and how did one path change?

Git's plumbing walks, since it opens every kind of repository; only blobs small enough to be pointers are read.
Nothing here fetches: in a partial clone an object that is not here came from the remote and is passed over.
Ranges are walked as a push sends them: git-replace(1) changes nothing there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from gitblob.errors import PointerError, UsageError
from gitblob.git import bulk, command, pathspecs
from gitblob.git.command import GitFailed
from gitblob.git.entries import REGULAR
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer

SMALL = f"blob:limit={pointers.MAX_BYTES + 1}"
ONLY_SMALL_BLOBS = ("--no-object-names", "--filter-provided-objects", f"--filter=combine:object:type=blob+{SMALL}")
UNKNOWN_OPTION = (128, 129)  # what git exits with when it does not know an option


class Pointed(NamedTuple):
    """A path (raw) whose blob in Git, called `name` (hex), is this pointer."""

    path: bytes
    name: str
    pointer: Pointer


class Found(NamedTuple):
    """A pointer somewhere in a range; `name` (hex) is what Git calls it."""

    name: str
    pointer: Pointer


class Malformed(NamedTuple):
    """A small blob that claims to be a pointer and is none, and why. path: b"" where only the name is known."""

    path: bytes
    name: str
    reason: str


class Range(NamedTuple):
    """Revisions that are meant and revisions that are not, as rev-list takes them."""

    include: list[str]
    exclude: list[str]


NOTHING = Range([], [])
Report = Callable[[Malformed], None]


def _pass_over(_: Malformed) -> None:
    pass


def has_head(cwd: str | None = None) -> bool:
    """Is there a commit yet?"""
    return command.succeeds("rev-parse", "--verify", "--quiet", "HEAD", cwd=cwd)


def tree(rev: str, cwd: str | None = None) -> str:
    """The name (hex) of the tree that a revision leads to. Raises UsageError."""
    return _resolve(f"{rev}^{{tree}}", rev, cwd)


def commit(rev: str, cwd: str | None = None) -> str:
    """The name (hex) of the commit that a revision leads to. Raises UsageError."""
    return _resolve(f"{rev}^{{commit}}", rev, cwd)


def pointers_at(
    rev: str, cwd: str | None = None, paths: Sequence[bytes] = (), malformed: Report = _pass_over
) -> Iterator[Pointed]:
    """The pointers in a revision's tree, in its order.

    paths: only these files and folders, raw, relative to the top of the repository. Raises UsageError for a revision
    that does not exist.
    """
    tops = [path.rstrip(b"/") for path in paths]
    query = ("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", tree(rev, cwd), "--")
    listing = command.lines(*query, *tops, cwd=cwd)
    entries = []
    for record in listing:
        head, _, path = record.partition(b"\t")
        mode, _, name = head.split()
        if mode in REGULAR:
            entries.append((path, name))
    return _pointed(entries, cwd, malformed)


def pointers_in_index(
    cwd: str | None = None, paths: Sequence[bytes] = (), malformed: Report = _pass_over
) -> Iterator[Pointed]:
    """The same for the index; in a conflict every stage is one.

    paths: raw, relative to `cwd`, taken literally; all of the index (cwd: the top) without them.
    """
    listing = command.lines("--literal-pathspecs", "ls-files", "-s", "-z", "--", *paths, cwd=cwd)
    return _pointed(_staged(listing), cwd, malformed)


def pointers_matching(rev: str, specs: Sequence[str], cwd: str | None = None) -> Iterator[Pointed]:
    """The pointers in a revision's tree within git pathspecs (relative to `cwd`, the top). Raises UsageError."""
    with pathspecs.as_index(tree(rev, cwd), cwd) as env:
        listing = command.lines("ls-files", "-s", "-z", "--", *specs, cwd=cwd, env=env)
    return _pointed(_staged(listing), cwd, _pass_over)


def pointers_in_range(
    include: Iterable[str], exclude: Iterable[str] = (), cwd: str | None = None, malformed: Report = _pass_over
) -> Iterator[Found]:
    """Every pointer that is reachable from `include` and not from `exclude`, each once.

    Both are revisions that exist, or rev-list's words for many of them: `--all`, `--reflog`, `--indexed-objects`,
    `--remotes=NAME`.
    """
    return _found(names_in_range(include, exclude, cwd), cwd, malformed)


def pointers_to_push(commits: Range, trees: Range = NOTHING, cwd: str | None = None) -> Iterator[Found]:
    """Every pointer in a range of commits, and every one in some trees that is not in certain others, each once.

    Names of commits may be those of tags, of trees or of blobs as well; what is not here is passed over.
    """
    return _found(_once(commits, trees, cwd), cwd, _pass_over)


def peeled(names: Sequence[str], cwd: str | None = None) -> dict[str, tuple[str, str]]:
    """What each of these objects (hex, or a ref) is without its tags: name (hex), type. Absent ones are left out."""
    data = "".join(f"{name}^{{}}\n" for name in names)
    output = command.run("cat-file", "--batch-check", cwd=cwd, data=os.fsencode(data), env=bulk.as_sent())
    fields = (line.split(" ") for line in os.fsdecode(output).split("\n")[:-1])
    return {name: (words[0], words[1]) for name, words in zip(names, fields, strict=True) if len(words) == 3}


def names_in_range(include: Iterable[str], exclude: Iterable[str] = (), cwd: str | None = None) -> Iterator[bytes]:
    """The names (hex) of the blobs of such a range that are small enough to be pointers, as git comes across them."""
    commits = Range(list(include), list(exclude))
    try:
        yield from _reachable(ONLY_SMALL_BLOBS, commits, cwd)
    except GitFailed as error:
        if error.git_exit_code not in UNKNOWN_OPTION or command.version() >= (2, 32):
            raise
        everything = _reachable(("--no-object-names", f"--filter={SMALL}"), commits, cwd)
        while some := list(islice(everything, bulk.MANY)):
            yield from small_blobs(some, cwd)


def paths_of(names: Sequence[str], revs: Sequence[str], cwd: str | None = None) -> dict[str, bytes]:
    """A path for each of these few blobs (hex) in the history of these revisions, as far as git tells one.

    For messages: one walk that compares trees, since rev-list cuts a path at its newline.
    """
    query = ("log", "--stdin", "--format=", "--raw", "-z", "-m", "--no-abbrev", "--no-renames")
    wanted = [f"--find-object={name}" for name in names]
    words = [rev for rev in revs if rev.startswith("--")]
    data = "".join(f"{rev}\n" for rev in revs if not rev.startswith("--"))
    try:
        fields = command.run(
            "-c", "log.showRoot=true", *query, *wanted, *words, cwd=cwd, data=os.fsencode(data), env=bulk.as_sent()
        ).split(b"\0")
    except GitFailed:
        return {}  # a partial clone lacks trees
    found: dict[str, bytes] = {}
    for head, path in zip(fields[::2], fields[1::2], strict=False):
        name = head.split(b" ")[3].decode()
        if name in names:
            found.setdefault(name, path)
    return found


def classify(names: Iterable[bytes], cwd: str | None = None) -> dict[bytes, Pointer | str | None]:
    """What these blobs (hex) are: a pointer, why it is a malformed one, None for an empty or an absent blob.

    Names that are not in the answer are content.
    """
    unique = list(dict.fromkeys(names))
    sizes = bulk.sizes(unique, cwd)
    found: dict[bytes, Pointer | str | None] = {name: None for name in unique if not sizes.get(name)}
    return {**found, **kinds(sizes, cwd)}


def kinds(sizes: Mapping[bytes, int], cwd: str | None = None) -> dict[bytes, Pointer | str]:
    """The same for blobs (hex) whose sizes (bytes) are known: those that are pointers, or claim to be."""
    small = [name for name, size in sizes.items() if 0 < size <= pointers.MAX_BYTES]
    return {name: kind for name, kind in _decoded(bulk.contents(small, cwd)) if kind}


def small_blobs(names: Iterable[bytes], cwd: str | None = None) -> list[bytes]:
    """Those of these objects (hex), in their order, that are here and are blobs small enough to be a pointer."""
    return [name for name, size in bulk.sizes(names, cwd).items() if size <= pointers.MAX_BYTES]


def _once(commits: Range, trees: Range, cwd: str | None) -> Iterator[bytes]:
    """The names of small blobs in either range; those of the first are held while there is a second."""
    if not trees.include:
        yield from names_in_range(*commits, cwd)
        return
    seen = set()
    for name in names_in_range(*commits, cwd):
        seen.add(name)
        yield name
    yield from (name for name in names_in_range(*trees, cwd) if name not in seen)


def _reachable(narrowing: tuple[str, ...], commits: Range, cwd: str | None) -> Iterator[bytes]:
    """The lines that rev-list prints. Revisions go through stdin: there may be more than a command line holds."""
    sides = [(rev, "") for rev in commits.include] + [(rev, "^") for rev in commits.exclude]
    data = "".join(f"{sign}{rev}\n" for rev, sign in sides if not rev.startswith("--"))
    words = [rev for rev, sign in sides if rev.startswith("--") and not sign]
    words += ["--not", *(rev for rev, sign in sides if rev.startswith("--") and sign)]
    query = ("rev-list", "--objects", "--missing=allow-any", *narrowing, "--stdin", *words)
    rest = b""
    for piece in command.stream(*query, cwd=cwd, data=os.fsencode(data), env=bulk.as_sent()):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines


def _decoded(blobs: Iterable[tuple[bytes, bytes | None]]) -> Iterator[tuple[bytes, Pointer | str | None]]:
    """Each small blob with the pointer it is, what is wrong with it, or None for content."""
    for name, data in blobs:
        try:
            yield name, pointers.decode(data or b"")
        except PointerError as error:
            yield name, error.message


def _staged(listing: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Path and name (hex) of the regular files that `ls-files -s -z` lists."""
    entries = []
    for record in listing:
        head, _, path = record.partition(b"\t")
        mode, name, _ = head.split()
        if mode in REGULAR:
            entries.append((path, name))
    return entries


def _found(names: Iterable[bytes], cwd: str | None, malformed: Report) -> Iterator[Found]:
    for name, kind in _decoded(bulk.stream(names, cwd)):
        if isinstance(kind, Pointer):
            yield Found(name.decode(), kind)
        elif isinstance(kind, str):
            malformed(Malformed(b"", name.decode(), kind))


def _pointed(entries: list[tuple[bytes, bytes]], cwd: str | None, malformed: Report) -> Iterator[Pointed]:
    kinds = classify((name for _, name in entries), cwd)
    for path, name in entries:
        kind = kinds.get(name)
        if isinstance(kind, Pointer):
            yield Pointed(path, name.decode(), kind)
        elif isinstance(kind, str):
            malformed(Malformed(path, name.decode(), kind))


def _resolve(expression: str, rev: str, cwd: str | None) -> str:
    with suppress(GitFailed):
        name = command.text("rev-parse", "--verify", "--quiet", "--end-of-options", expression, cwd=cwd)
        if not name.startswith("^"):  # git's answer to `^main`: all but this
            return name
    raise UsageError(f"{rev} names no commit here", "`git log --all` shows what there is")
