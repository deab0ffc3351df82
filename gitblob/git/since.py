"""Which commit brought the bytes that a path has in the index?"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from gitblob.git import changes, command, history


def brought(paths: Iterable[bytes], top: str) -> dict[bytes, bytes]:
    """The commit (hex) for each of these few paths (raw, relative to the top) whose staged bytes HEAD has, too.

    The history is walked from HEAD, only as far as needed.
    """
    given = list(paths)
    if not given or not history.has_head(top):
        return {}
    listing = command.lines("--literal-pathspecs", "ls-files", "-s", "-z", "--", *given, cwd=top)
    staged = {path: head.split()[1] for head, _, path in (record.partition(b"\t") for record in listing)}
    found: dict[bytes, bytes] = {}
    with closing(changes.log("HEAD", "--", *given, cwd=top)) as commits:
        for commit in commits:
            for path, _, name in commit.files:
                if path in staged and staged.pop(path) == name:
                    found[path] = commit.name
            if not staged:
                break
    return found
