"""Revisions as a person types them, made safe for rev-list."""

from __future__ import annotations

from collections.abc import Iterable

from gitblob.errors import UsageError

ALL = ("--exclude=refs/jj/*", "--all")  # jj keeps there every state that its working copy ever had


def words(revisions: Iterable[str]) -> list[str]:
    """What rev-list takes for them. Raises UsageError for one that names nothing, and for an option but `--all`."""
    found: list[str] = []
    for revision in revisions:
        if "\n" in revision or (revision.startswith("-") and revision != "--all"):
            raise UsageError(f"{revision!r} names no commits", "such as `origin/main..HEAD` or `--all`")
        found += ALL if revision == "--all" else (revision,)
    return found
