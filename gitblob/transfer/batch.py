"""What the threads of one transfer share: the blobs still to do, and what became of the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from gitblob.store.base import Blob
from gitblob.transfer.flow import Flow

Move = Callable[[Iterator[tuple[Blob, str]], "Batch"], None]  # store.put or store.get


class Batch(Iterator[tuple[Blob, str]]):
    """Blobs with their paths, drawn by any thread, and the watch of them."""

    def __init__(
        self,
        flow: Flow,
        blobs: Sequence[Blob],
        path_of: Callable[[Blob], str | None],
        settle: Callable[[Blob], str | None],
    ) -> None:
        """path_of: where a blob is or goes, None when it is nowhere. settle: called when it is there; what is wrong."""
        self.arrived: set[Blob] = set()
        self.failures: dict[Blob, str] = {}
        self.moved = flow.moved
        self._flow, self._blobs, self._todo = flow, blobs, iter(blobs)
        self._path_of, self._settle = path_of, settle
        self._lock = threading.Lock()

    def __next__(self) -> tuple[Blob, str]:
        while True:
            with self._lock:
                blob = next(self._todo)
            self._flow.look(blob.oid.text)
            path = self._path_of(blob)
            if path:
                return blob, path
            self.failed(blob, "it is not in the cache, or damaged there")

    def done(self, blob: Blob) -> None:
        """It is where it should be, unless `settle` finds something wrong. Raises Stopped, when that is done."""
        reason = self._settle(blob)
        if reason:
            self.failed(blob, reason)
        else:
            self.arrived.add(blob)
            self._flow.progress.done(blob.oid.text)
        self._flow.look()

    def failed(self, blob: Blob, reason: str) -> None:
        """It could not be moved."""
        self.failures[blob] = reason

    def run(self, move: Move) -> None:
        """Let threads call `move` on the shared blobs; its first error is raised."""
        self._flow.run(lambda: move(self, self), self._flow.workers(self._blobs))
