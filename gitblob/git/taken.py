"""What the commits of a range change and remove, compared with each of their parents: two git commands for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gitblob.errors import UsageError
from gitblob.git import bulk, command
from gitblob.git.command import GitFailed
from gitblob.git.staged import REGULAR, Staged


class Step(NamedTuple):
    """A commit (hex), one of its parents, all of them, and the regular files of that parent that it has otherwise."""

    commit: str
    parent: str
    parents: list[str]
    files: list[Staged]


def steps(revisions: Iterable[str], cwd: str | None = None) -> Iterator[Step]:
    """The steps of a range (as rev-list takes it) that change or remove files, oldest first.

    Raises UsageError for a revision that does not exist.
    """
    try:
        listing = command.run("rev-list", "--topo-order", "--reverse", "--parents", *revisions, "--", cwd=cwd)
    except GitFailed as error:
        reason = error.message.rpartition("fatal: ")[2]
        raise UsageError(f"git: {reason}", "name commits that are here, such as `origin/main..HEAD`") from None
    lines = [line.split() for line in listing.decode("ascii").splitlines()]
    pairs = [(words[0], parent, words[1:]) for words in lines for parent in words[1:]]
    data = "".join(f"{commit} {parent}\n" for commit, parent, _ in pairs).encode()
    query = ("diff-tree", "--stdin", "--always", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
    fields = iter(command.lines(*query, "--diff-filter=MTD", cwd=cwd, data=data, env=bulk.as_sent()))
    files: list[Staged] = []
    found = (Step(*pair, files) for pair in pairs)
    step = None
    for field in fields:
        if field.startswith(b":"):
            mode_before, mode, name_before, name, _ = field[1:].split(b" ")
            if mode_before.startswith(REGULAR):
                files.append(Staged(next(fields), mode, name, (mode_before, name_before)))
            else:
                next(fields)
            continue
        if step and files:
            yield step._replace(files=files)
        step, files = next(found), []
    if step and files:
        yield step._replace(files=files)
