"""Move blobs between the cache and stores.

Bounded workers share one queue and stop at the first fatal error; what goes wrong with single blobs is collected.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence

from gitblob import filesystem
from gitblob.cache import Cache
from gitblob.errors import BlobCorrupt, PartialFailure, StoreError
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Store
from gitblob.transfer import plan as plans
from gitblob.transfer.plan import Plan
from gitblob.transfer.progress import SILENT, Progress

Take = Callable[[str, Oid, int], None]  # makes a whole file (a path) the blob of this name and size


class Stopped(Exception):
    """The transfer ends for a reason that another thread knows."""


class _Batch(Iterator[tuple[Blob, str]]):
    """What the workers of one transfer share: the items still to do, what became of the others, and the brake."""

    def __init__(
        self, blobs: Sequence[Blob], path_of: Callable[[Blob], str | None], settle: Callable[[Blob], str | None],
        progress: Progress,
    ) -> None:  # fmt: skip
        """path_of: where a blob is or goes, None when it is nowhere. settle: called when it is there; what is wrong."""
        self.arrived: set[Blob] = set()
        self.failures: dict[Blob, str] = {}
        self._todo = iter(blobs)
        self._path_of, self._settle, self._progress = path_of, settle, progress
        self._lock = threading.Lock()
        self._stopped = False

    def __next__(self) -> tuple[Blob, str]:
        while True:
            with self._lock:
                if self._stopped:
                    raise Stopped
                blob = next(self._todo)
            path = self._path_of(blob)
            if path:
                return blob, path
            self.failed(blob, "it is not in the cache, or damaged there")

    def moved(self, size: int) -> None:
        """So many bytes more, also none at all. Raises Stopped."""
        if self._stopped:
            raise Stopped
        if size:
            self._progress.advance(size)

    def done(self, blob: Blob) -> None:
        reason = self._settle(blob)
        if reason:
            self.failed(blob, reason)
        else:
            self.arrived.add(blob)
            self._progress.done(blob.oid.text)

    def failed(self, blob: Blob, reason: str) -> None:
        self.failures[blob] = reason

    def run(self, call: Callable[[Iterator[tuple[Blob, str]], _Batch], None], workers: int) -> None:
        """Let that many threads call `call` (store.put or store.get) on the shared items; its first error is raised."""
        if workers <= 1:
            call(self, self)
            return
        from concurrent.futures import ThreadPoolExecutor, as_completed

        with ThreadPoolExecutor(workers, "gitblob-transfer") as pool:
            try:
                futures = [pool.submit(call, self, self) for _ in range(workers)]  # Ctrl-C may come here already
                for future in as_completed(futures):
                    future.result()
            finally:
                self._stopped = True  # the others finish the piece in their hands; the pool waits for that


def upload(cache: Cache, store: Store, blobs: Sequence[Blob], progress: Progress = SILENT) -> Plan:
    """Put these blobs, of which the caller knows that the store lacks them, on the store; what was to be moved.

    Raises StoreError at once; PartialFailure, when all others are there, for blobs that the cache lacks.
    """
    plan = plans.make(blobs)
    batch = _Batch(plan.blobs, lambda blob: cache.restorable(*blob), lambda _: None, progress)
    progress.begin("upload", len(plan.blobs), plan.size)
    try:
        if plan.blobs:
            batch.run(store.put, _workers(store, plan.blobs))
    finally:
        progress.end()
    if batch.failures:
        message = f"{len(batch.failures)} of {len(plan.blobs)} blobs could not be brought to store {store.name}"
        raise PartialFailure(message, _listed(batch.failures), "`gitblob fsck` looks for the damage")
    return plan


def download(
    cache: Cache,
    stores: Sequence[Store],
    blobs: Sequence[Blob],
    progress: Progress = SILENT,
    take: Take | None = None,
) -> list[Blob]:
    """Bring these blobs to the cache, from the first store that has them whole; those found nowhere.

    An error of one store, or wrong bytes there, matter only when no other store has what is asked for: then, with all
    the rest in the cache, the first StoreError or a PartialFailure is raised. take: instead of `cache.adopt`, which
    hashes what has come; may raise BlobCorrupt.
    """
    plan = plans.make(blobs, {blob for blob in blobs if cache.find(*blob)})
    left, errors, failures = list(plan.blobs), [], {}
    progress.begin("download", len(left), plan.size)
    try:
        for store in stores if left else ():
            batch = _incoming(cache, store, left, progress, take)
            try:
                batch.run(store.get, _workers(store, left))
            except StoreError as error:
                errors.append(error)
            failures.update(batch.failures)
            left = [blob for blob in left if blob not in batch.arrived]
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


def _workers(store: Store, blobs: Sequence[Blob]) -> int:
    can = store.capabilities
    if sum(blob.size for blob in blobs) < can.grain * len(blobs):
        return 1
    return min(can.parallelism, len(blobs))


def _incoming(cache: Cache, store: Store, blobs: Sequence[Blob], progress: Progress, take: Take | None) -> _Batch:
    """A batch whose blobs land in temporary files and are adopted by the cache one by one."""
    stem = f"{cache.prepare('tmp')}/{filesystem.TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}-"

    def settle(blob: Blob) -> str | None:
        try:
            if take:
                take(stem + blob.oid, *blob)
            else:
                cache.adopt(stem + blob.oid, *blob, watch=batch.moved)
        except BlobCorrupt as error:
            return f"store {store.name} ({store.url}): {error.message}"
        finally:
            # a second link to a blob that is here already is left behind by rename(2)
            filesystem.remove(stem + blob.oid)
        return None

    batch = _Batch(blobs, lambda blob: stem + blob.oid, settle, progress)  # settle reads it only when a blob is there
    return batch


def _listed(failures: dict[Blob, str]) -> list[tuple[str, str]]:
    return [(blob.oid.text, reason) for blob, reason in sorted(failures.items())]
