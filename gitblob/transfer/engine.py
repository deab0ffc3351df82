"""Move blobs between the cache and stores.

What goes wrong with single blobs is collected; the first error of a store ends what is done with that store.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import BlobCorrupt, PartialFailure, StoreError
from gitblob.store.base import Blob, Store
from gitblob.transfer import large
from gitblob.transfer import limits as limiting
from gitblob.transfer import plan as plans
from gitblob.transfer.batch import Batch
from gitblob.transfer.flow import Flow
from gitblob.transfer.limits import Limits
from gitblob.transfer.plan import Plan
from gitblob.transfer.progress import SILENT, Progress

Take = large.Take


def upload(
    cache: Cache,
    store: Store,
    blobs: Sequence[Blob],
    progress: Progress = SILENT,
    limits: Limits = limiting.NONE,
) -> Plan:
    """Put these blobs, of which the caller knows that the store lacks them, on the store; what was to be moved.

    A remote store is asked for all of them once more when it has taken them.
    Raises StoreError at once; PartialFailure, when all others are there, for blobs that the cache lacks or that the
    store does not have afterwards.
    """
    plan = plans.make(blobs)
    if not plan.blobs:
        return plan
    flow = Flow(store, progress, limits)
    can = store.capabilities
    order = plans.spread(plan.blobs) if can.remote and can.parallelism > 1 else plan.blobs
    batch = Batch(flow, order, lambda blob: cache.restorable(*blob, flow.moved), lambda _: None)
    progress.begin("upload", len(plan.blobs), plan.size)
    try:
        batch.run(store.put)
    finally:
        progress.end()
    if store.capabilities.remote and batch.arrived:
        lost = store.missing(sorted(batch.arrived))
        batch.failures.update((b, "the store took it, and does not have it") for b in batch.arrived if b.oid in lost)
    if batch.failures:
        message = f"{len(batch.failures)} of {len(plan.blobs)} blobs could not be brought to store {store.name}"
        raise PartialFailure(message, _listed(batch.failures), _remedy(store))
    return plan


def _remedy(store: Store) -> str:
    return f"`gitblob fsck` looks for damage here, `gitblob store check {store.name}` tries the store"


def download(
    cache: Cache,
    stores: Sequence[Store],
    blobs: Sequence[Blob],
    progress: Progress = SILENT,
    limits: Limits = limiting.NONE,
    *,
    take: Take | None = None,
) -> list[Blob]:
    """Bring these blobs to the cache, from the first store that has them whole; those found nowhere.

    An error of one store, or wrong bytes there, matter only when no other store has what is asked for: then, with all
    the rest in the cache, the first StoreError or a PartialFailure is raised. take: instead of `cache.adopt`, which
    hashes what has come; may raise BlobCorrupt.
    """
    plan = plans.make(blobs, {blob for blob in blobs if cache.find(*blob)})
    if not plan.blobs:
        return []
    left, errors, failures = list(plan.blobs), list[StoreError](), dict[Blob, str]()
    progress.begin("download", len(left), plan.size)
    try:
        for store in stores:
            try:
                if store.capabilities.remote and not store.exists():
                    continue
            except StoreError as error:
                errors.append(error)
                continue
            some, others = large.split(store, left)  # the store has been reached: now it knows what it can
            whole = _incoming(cache, Flow(store, progress, limits), some, take)
            parts = large.Parts(cache, Flow(store, progress, limits), others, take)
            try:
                if some:
                    whole.run(store.get)
                if others:
                    parts.run()
            except StoreError as error:
                errors.append(error)
            failures |= whole.failures | parts.failures
            left = [blob for blob in left if blob not in whole.arrived and blob not in parts.arrived]
            if not left:
                break
    finally:
        progress.end()
    if left and errors:
        raise errors[0]
    failures = {blob: failures[blob] for blob in left if blob in failures}
    if failures:
        message = f"{len(failures)} of {len(plan.blobs)} blobs are damaged where they were found"
        raise PartialFailure(message, _listed(failures), "`gitblob fsck --store NAME` checks a store")
    return left


def _incoming(cache: Cache, flow: Flow, blobs: Sequence[Blob], take: Take | None) -> Batch:
    """A batch whose blobs land in temporary files and are adopted by the cache one by one."""
    stem = f"{cache.prepare('tmp')}/{filesystem.stem()}{os.urandom(4).hex()}-"

    def settle(blob: Blob) -> str | None:
        try:
            if take:
                take(stem + blob.oid, *blob)
            else:
                cache.adopt(stem + blob.oid, *blob, watch=batch.moved)
        except BlobCorrupt as error:
            return f"store {flow.store.name} ({flow.store.url}): {error.message}"
        finally:
            # a second link to a blob that is here already is left behind by rename(2)
            filesystem.remove(stem + blob.oid)
        return None

    batch = Batch(flow, blobs, lambda blob: stem + blob.oid, settle)  # settle reads the name when a blob is there
    return batch


def _listed(failures: dict[Blob, str]) -> list[tuple[str, str]]:
    return [(blob.oid.text, reason) for blob, reason in sorted(failures.items())]
