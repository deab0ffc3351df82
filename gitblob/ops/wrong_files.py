"""Wrong files in a range of commits: content where the commit's own rules want a pointer, and what is too large.

Only bytes that a rule covers are read, in one question to git for many of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from gitblob.git import bulk, changes, command, history, rules_at, since
from gitblob.git.changes import Change
from gitblob.model import gitfile
from gitblob.model import pointer as pointers
from gitblob.model.size import human

AMEND = "gitblob track --fix && { git diff-index --cached --quiet HEAD || git commit -q --amend --no-edit; }"
FIX = "`gitblob track --fix` stages pointers, `git commit` records them"
SHORT = 12  # hex digits by which a commit is named to people
BATCH = 50_000  # changes that are looked at together


class Wrong(NamedTuple):
    """A file and the commit (hex) that brings it wrong.

    size: bytes in Git. malformed: what is wrong with the pointer, "" for content. ruled: is it under a rule?
    """

    commit: str
    path: str
    size: int
    malformed: str
    ruled: bool

    def text(self) -> str:
        """What is wrong, for people."""
        if self.malformed:
            return self.malformed
        rule = "though a rule covers it" if self.ruled else "and no rule covers it"
        return f"Git itself has the content ({human(self.size)}), {rule}"


def brought(paths: Iterable[str], top: str) -> dict[str, str]:
    """The commit (hex) that brought each of these few raw files, where HEAD has it as it is staged."""
    found = since.brought((os.fsencode(path) for path in paths), top)
    return {os.fsdecode(path): commit.decode() for path, commit in found.items()}


def remedy(first: str, cwd: str | None = None) -> str:
    """What to type against raw files, the oldest of which a commit (hex) brings, in commits that nobody has yet."""
    has_parent = command.succeeds("rev-parse", "--verify", "--quiet", f"{first}^", cwd=cwd)
    start = f"{first[:SHORT]}^" if has_parent else "--root"
    return (
        f"{FIX}; then, if nobody else has these commits, take the content out of them with "
        f"`git rebase -r --empty=drop --exec '{AMEND}' {start}`"
    )


def in_range(
    revisions: Iterable[str], cwd: str | None = None, above: int = 0, limit: int | None = None
) -> Iterator[Wrong]:
    """The findings in a range (as rev-list takes it), oldest first; an object that is not here is passed over.

    above: raw files up to this size (bytes) are left out, and the pointers with them. limit: name files above this
    size that no rule covers, too. Raises UsageError for a revision that does not exist.
    """
    found = (change for change in changes.of(revisions, cwd) if not gitfile.is_one(change.path))
    while batch := list(islice(found, BATCH)):
        yield from _judged(batch, cwd, above, limit)


def _judged(batch: list[Change], cwd: str | None, above: int, limit: int | None) -> Iterator[Wrong]:
    sizes = bulk.sizes((change.name for change in batch), cwd)
    batch = [change for change in batch if sizes.get(change.name, 0) > above]
    paths: dict[bytes, list[bytes]] = {}
    for change in batch:
        paths.setdefault(change.rules, []).append(change.path)
    under = rules_at.tracked(paths, cwd) if paths else {}
    ruled = [change.path in under[change.rules] for change in batch]
    small = {c.name for c, r in zip(batch, ruled, strict=True) if r and sizes[c.name] <= pointers.MAX_BYTES}
    kinds = history.classify(small, cwd)
    for change, is_ruled in zip(batch, ruled, strict=True):
        size, kind = sizes[change.name], kinds.get(change.name)
        too_large = not is_ruled and limit is not None and size > limit
        if too_large or (is_ruled and (change.name not in kinds or isinstance(kind, str))):
            malformed = kind if isinstance(kind, str) else ""
            yield Wrong(change.commit.decode(), os.fsdecode(change.path), size, malformed, is_ruled)
