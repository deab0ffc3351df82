"""Which store has what the index points to: every store is asked, in one batch each."""

from __future__ import annotations

import os
from typing import NamedTuple

from gitblob.errors import GitblobError
from gitblob.git import history
from gitblob.ops import place, stores
from gitblob.store.base import Blob
from gitblob.workspace import Workspace


class Holding(NamedTuple):
    """What a store has of the blobs asked for, what it lacks; or why it could not be asked."""

    name: str
    url: str
    there: list[Blob]
    missing: list[Blob]
    problem: str | None


class Whereabouts(NamedTuple):
    """nowhere: paths, relative to the top, whose content is on no store that could be asked."""

    stores: list[Holding]
    nowhere: list[str]


def look(workspace: Workspace) -> Whereabouts:
    """Ask them all."""
    top = place.worktree(workspace.repository)
    files = {p.path: Blob(p.pointer.oid, p.pointer.size) for p in history.pointers_in_index(top)}
    blobs = list(dict.fromkeys(files.values()))
    found: list[Holding] = []
    for store in stores.all_of(workspace):
        try:
            missing = store.missing(blobs)
        except (GitblobError, OSError) as error:
            found.append(Holding(store.name, store.url, [], [], str(error)))
            continue
        there = [blob for blob in blobs if blob.oid not in missing]
        lacking = [blob for blob in blobs if blob.oid in missing]
        found.append(Holding(store.name, store.url, there, lacking, None))
    known = {blob for store in found for blob in store.there}
    return Whereabouts(found, sorted(os.fsdecode(path) for path, blob in files.items() if blob not in known))
