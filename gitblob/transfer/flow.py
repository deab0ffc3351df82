"""The threads of one transfer: started together, stopped together, and watched by the thread that waits for them.

They are daemon threads and the main thread waits in short steps: Ctrl-C ends a command at once though a thread hangs in
a call that nothing interrupts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from gitblob.errors import StoreUnavailable
from gitblob.store.base import Blob, Store
from gitblob.transfer.limits import Limits, Pace
from gitblob.transfer.progress import Progress

STALLED = 60.0  # seconds without a byte and without a blob that came to its end
TICK = 0.2  # seconds between two looks of who waits
GRACE = 0.7  # seconds in which threads that were stopped may clean up
IN_FLIGHT = 96 << 20  # bytes in the hands of all threads together
PIECE = 8 << 20  # bytes of a file that one call may hold


class Stopped(Exception):
    """The transfer ends for a reason that another thread knows."""


class Flow:
    """The bytes of one transfer with one store, which is run once. Its `moved` is what stores are given."""

    def __init__(self, store: Store, progress: Progress, limits: Limits) -> None:
        self.store = store
        self.progress = progress
        self._limits = limits
        self._pace = Pace(limits.rate) if limits.rate else None
        self._stopped = False
        self._alive = time.monotonic()
        self._asked = ""

    def look(self, asked: str = "") -> None:
        """The transfer lives. asked: the oid that is handled next. Raises Stopped."""
        if self._stopped:
            raise Stopped
        self._alive = time.monotonic()
        self._asked = asked or self._asked

    def moved(self, size: int) -> None:
        """So many bytes more, also none at all; fewer, for a try that failed. Raises Stopped."""
        self.look()
        if size:
            self.progress.advance(size)
        if self._pace and size > 0:
            self._pace.wait(size, self.look)

    def workers(self, blobs: Sequence[Blob]) -> int:
        """How many threads these blobs are worth."""
        can = self.store.capabilities
        size = sum(blob.size for blob in blobs)
        if can.parallelism == 1 or size < can.grain * len(blobs):
            return 1
        wanted = self._limits.concurrency or can.parallelism
        if not can.remote:
            wanted = min(wanted, can.parallelism)
        held = min(max(blob.size for blob in blobs), PIECE)
        return max(1, min(wanted, len(blobs), IN_FLIGHT // max(held, 1)))

    def run(self, task: Callable[[], None], workers: int) -> None:
        """Let that many threads do the task; the first error is raised, and the others are stopped.

        Raises StoreUnavailable when nothing moves any more.
        """
        if workers <= 1 and not self.store.capabilities.remote:
            task()
            return
        ends: SimpleQueue[BaseException | None] = SimpleQueue()

        def work() -> None:
            try:
                task()
            except BaseException as error:  # noqa: BLE001 raised again by who waits
                ends.put(error)
            else:
                ends.put(None)

        self._alive = time.monotonic()
        threads = [threading.Thread(target=work, name="gitblob-transfer", daemon=True) for _ in range(workers)]
        try:
            for thread in threads:  # Ctrl-C may come here already
                thread.start()
            for _ in threads:
                if error := self._end_of_one(ends):
                    raise error
        finally:
            self._stopped = True
            until = time.monotonic() + GRACE
            for thread in threads:
                if thread.ident:
                    thread.join(max(0, until - time.monotonic()))

    def _end_of_one(self, ends: SimpleQueue[BaseException | None]) -> BaseException | None:
        while True:
            try:
                return ends.get(timeout=TICK)
            except Empty:
                if self.store.capabilities.remote and time.monotonic() - self._alive > STALLED:
                    raise StoreUnavailable(
                        f"store {self.store.label}: nothing has moved for {STALLED:.0f} seconds"
                        + (f" (last asked for {self._asked})" if self._asked else ""),
                        "is the network up? what has been transferred stays; run this again",
                    ) from None
