"""Commits that rewrite files which their own rules declare to only grow: what the pre-commit hook did not see."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from gitblob.git import history, rules_at, taken
from gitblob.model.pointer import Pointer
from gitblob.ops import append_check, sync
from gitblob.ops.fsck.finding import REWRITTEN, Finding
from gitblob.workspace import Workspace


def check(workspace: Workspace, revisions: Sequence[str]) -> Iterator[Finding]:
    """Findings about a range (as rev-list takes it), oldest first; contents that are not here are fetched, all at once.

    Raises UsageError for a revision that is not here, StoreError where a store fails.
    """
    top = workspace.top
    steps = list(taken.steps(revisions, top))
    paths: dict[bytes, set[bytes]] = {}
    for step in steps:
        paths.setdefault(step.commit.encode(), set()).update(file.path for file in step.files)
    grown = rules_at.append_only(paths, top) if paths else {}
    looked_at = [
        step._replace(files=[file for file in step.files if file.path in grown[step.commit.encode()]]) for step in steps
    ]
    kinds = history.classify((file.name for step in looked_at for file in step.files if file.name.strip(b"0")), top)
    sync.obtain(workspace, (kind for kind in kinds.values() if isinstance(kind, Pointer)))
    for step in looked_at:
        for file in step.files:
            if reason := append_check.rewritten(workspace, file, step.parent, step.parents):
                yield Finding(REWRITTEN, os.fsdecode(file.path), reason, commit=step.commit)
