"""What a work tree is at the moment: its commit, its branch, and which files that Git knows differ from the commit."""

from __future__ import annotations

import os
from typing import NamedTuple

from gitblob.git import command

PATH_AT = {"1": 8, "u": 10}  # the field of `git status --porcelain=v2` that holds the path: changed, in conflict


class State(NamedTuple):
    """commit: hex, None before the first. branch: None where HEAD is detached. changed: paths, staged or not."""

    commit: str | None
    branch: str | None
    changed: tuple[str, ...]


def state(top: str) -> State:
    """One look by git, which may run filters on files that were touched. Files that Git does not know are left out."""
    query = ("status", "--porcelain=v2", "--branch", "--untracked-files=no", "--no-renames", "-z")
    head: dict[str, str] = {}
    changed = []
    for record in command.lines(*query, cwd=top):
        text = os.fsdecode(record)
        kind, _, rest = text.partition(" ")
        if kind == "#":
            key, _, value = rest.partition(" ")
            head[key] = value
        else:
            changed.append(text.split(" ", PATH_AT[kind])[-1])
    commit, branch = head.get("branch.oid"), head.get("branch.head")
    return State(
        None if commit == "(initial)" else commit, None if branch == "(detached)" else branch, tuple(sorted(changed))
    )
