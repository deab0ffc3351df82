"""Commits: raw files and malformed pointers that they bring, by the rules of their own trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitblob.ops import wrong_files
from gitblob.ops.fsck.finding import MALFORMED, RAW, Finding

RESTORE = "put the content back, `git add` it again, and commit"


def check(revisions: Sequence[str], top: str) -> Iterator[Finding]:
    """Findings about a range (as rev-list takes it), oldest first. Raises UsageError for one that is not here."""
    remedy = ""
    for wrong in wrong_files.in_range(revisions, top):
        remedy = remedy or wrong_files.remedy(wrong.commit, top)
        kind, then = (MALFORMED, RESTORE) if wrong.malformed else (RAW, remedy)
        yield Finding(kind, wrong.path, wrong.text(), commit=wrong.commit, remedy=then)
