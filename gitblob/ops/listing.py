"""The pointers of a commit, and where their blobs are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from gitblob.errors import GitblobError, StoreError
from gitblob.git import history
from gitblob.model.oid import Oid
from gitblob.ops import place
from gitblob.store.base import Blob
from gitblob.workspace import Workspace


class Entry(NamedTuple):
    """A pointer: path (relative to the top), size in bytes, oid. stored: None where no store could be asked."""

    path: str
    size: int
    oid: Oid
    cached: bool
    stored: bool | None


class Listing(NamedTuple):
    """entries, malformed pointers (path, reason), and stores that could not be asked (name, reason)."""

    entries: list[Entry]
    malformed: list[tuple[str, str]]
    problems: list[tuple[str, str]]


def listing(workspace: Workspace, rev: str | None = None, paths: Sequence[str] = (), cwd: str | None = None) -> Listing:
    """The pointers in a revision, None for the index, below these paths (relative to cwd).

    Raises UsageError for a revision that does not exist.
    """
    repository, wrong = workspace.repository, list[history.Malformed]()
    inside = [path for given in paths if (path := place.from_top(repository, given, cwd))]
    where = repository.worktree or repository.git_dir
    if rev is None:
        found = list(history.pointers_in_index(where, inside, wrong.append))
    else:
        found = list(history.pointers_at(rev, where, inside, wrong.append))
    blobs = list(dict.fromkeys(Blob(pointed.pointer.oid, pointed.pointer.size) for pointed in found))
    stored, problems = _stored(workspace, blobs)
    cached = {blob for blob in blobs if workspace.cache.find(blob.oid, blob.size)}
    entries = []
    for path, _, pointer in found:
        blob = Blob(pointer.oid, pointer.size)
        at_store = None if stored is None else blob.oid in stored
        entries.append(Entry(os.fsdecode(path), blob.size, blob.oid, blob in cached, at_store))
    return Listing(entries, [(os.fsdecode(m.path), m.reason) for m in wrong], problems)


def _stored(workspace: Workspace, blobs: list[Blob]) -> tuple[set[Oid] | None, list[tuple[str, str]]]:
    """The oids that at least one store has, each store asked in one batch; None where none could be asked."""
    missing, problems, asked = blobs, [], False
    try:
        stores = workspace.stores_to_fetch() if blobs else []
    except StoreError:
        return None, []  # there is none; a listing need not complain
    for store in stores:
        try:
            absent = store.missing(missing)
        except (GitblobError, OSError) as error:
            problems.append((store.name, str(error)))
            continue
        asked = True
        missing = [blob for blob in missing if blob.oid in absent]
    return ({blob.oid for blob in blobs} - {blob.oid for blob in missing} if asked else None), problems
