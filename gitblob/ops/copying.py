"""Copy blobs from one store to another, what the target has already left out; nothing stays in the cache."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import PartialFailure
from gitblob.git import history
from gitblob.ops import revisions as typed
from gitblob.store.base import Blob, Store
from gitblob.transfer import engine
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace

ASKED = 4096  # blobs in one question to the target
ON_DISK = 1 << 30  # bytes on this machine at a time; one larger blob alone


class Copied(NamedTuple):
    """needed: blobs that the revisions point to. sent: those that the target lacked, with their bytes.

    failures: those that neither the source nor the cache has whole: oid and reason.
    """

    needed: int
    sent: int
    sent_bytes: int
    failures: dict[str, str]


def copy(
    workspace: Workspace, source: Store, target: Store, revisions: Sequence[str], progress: Progress = SILENT
) -> Copied:
    """Bring to the target what pointers reachable from the revisions need; each blob is hashed on its way.

    Interrupted, it goes on where it was: the target is asked for what it lacks. Raises UsageError for revisions that
    name nothing.
    """
    needed, sent, size = 0, 0, 0
    failures: dict[str, str] = {}
    for asked in _batches(_blobs(revisions, workspace.top)):
        missing = target.missing(asked)
        needed += len(asked)
        for portion in _portions(blob for blob in asked if blob.oid in missing):
            moved, left = _move(workspace, source, target, portion, progress)
            failures |= left
            sent += len(moved)
            size += sum(blob.size for blob in moved)
    return Copied(needed, sent, size, failures)


def _blobs(revisions: Sequence[str], top: str) -> Iterator[Blob]:
    """Each once."""
    seen: set[Blob] = set()
    for found in history.pointers_in_range(typed.words(revisions), cwd=top):
        blob = Blob(found.pointer.oid, found.pointer.size)
        if blob not in seen:
            seen.add(blob)
            yield blob


def _batches(blobs: Iterator[Blob]) -> Iterator[list[Blob]]:
    while some := list(islice(blobs, ASKED)):
        yield some


def _portions(blobs: Iterable[Blob]) -> Iterator[list[Blob]]:
    """As many at a time as there is room for."""
    portion: list[Blob] = []
    size = 0
    for blob in blobs:
        if portion and size + blob.size > ON_DISK:
            yield portion
            portion, size = [], 0
        portion.append(blob)
        size += blob.size
    if portion:
        yield portion


def _move(
    workspace: Workspace, source: Store, target: Store, blobs: list[Blob], progress: Progress
) -> tuple[list[Blob], dict[str, str]]:
    """Those that the target has now, and why it does not have the others."""
    cache, limits = workspace.cache, workspace.limits
    here = [blob for blob in blobs if cache.restorable(*blob)]
    engine.upload(cache, target, here, progress, limits)
    others = sorted(set(blobs).difference(here))
    if not others:
        return here, {}
    failures: dict[str, str] = {}
    with _aside(cache) as passing:
        try:
            engine.download(passing, [source], others, progress, limits)
        except PartialFailure as error:
            failures.update(error.failures)
        came = [blob for blob in others if passing.restorable(*blob)]
        engine.upload(passing, target, came, progress, limits)
    lost = {blob.oid.text: "not found" for blob in set(others).difference(came)}
    return here + came, lost | failures


@contextmanager
def _aside(cache: Cache) -> Iterator[Cache]:
    """A cache for a moment, which `gitblob prune` removes if nobody else does."""
    root = f"{cache.prepare('tmp')}/{filesystem.stem()}copy-{os.urandom(4).hex()}"
    try:
        yield Cache(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)
