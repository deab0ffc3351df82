"""Raw files under a rule become pointers in the index: what somebody without gitblob committed, for example.

What is staged is the pointer to the content that the index had. The work tree is left alone, so an edit that is not
staged stays one, and so does everything else that is staged.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from gitblob.errors import GitblobError
from gitblob.git import command, entries, history, tracking
from gitblob.model import gitfile
from gitblob.ops import conversion, place, restage
from gitblob.workspace import Workspace


class Fixed(NamedTuple):
    """Files (paths relative to the top) that are staged as pointers, raw files whose rule is not staged itself."""

    staged: list[str]
    unruled: list[str]


def fix(workspace: Workspace, pathspecs: tuple[str, ...] = ()) -> Fixed:
    """Stage pointers for the raw files under the staged rules, within git pathspecs (relative to the top).

    Raises GitblobError where git does not know the filter: it would show every such file as modified.
    """
    top = place.worktree(workspace.repository)
    if not conversion.configured(top):
        raise GitblobError("git does not know the filter yet, so nothing was staged", "run `gitblob install` first")
    files = {entry.path: entry for entry in entries.regular(top, *pathspecs) if not gitfile.is_one(entry.path)}
    drivers = tracking.drivers(files, top, cached=True)
    ruled = set(drivers)
    here = tracking.tracked(files, top) - ruled
    kinds = history.classify((files[path].name for path in sorted(ruled | here)), top)
    raw = [path for path in sorted(ruled) if files[path].name not in kinds]
    if raw:
        lfs = {path for path in raw if drivers[path] == tracking.LFS}
        restage.as_pointers(workspace.cache, top, [files[path] for path in raw], lfs)
        command.run("update-index", "-q", "--refresh", cwd=top, ok=(0, 1))
    unruled = [path for path in sorted(here) if files[path].name not in kinds]
    return Fixed([os.fsdecode(path) for path in raw], [os.fsdecode(path) for path in unruled])
