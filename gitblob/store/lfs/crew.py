"""Threads that share the work of one call on a store; the first error ends it for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import TypeVar

from gitblob.store.base import Watch

GRACE = 0.5  # seconds that threads get to end when the caller is interrupted; they die with the process

T = TypeVar("T")


def begun(ask: Callable[[], T]) -> Callable[[], T]:
    """Begin a call on a thread of its own; the result waits for its end, and returns or raises what it does."""
    ends: SimpleQueue[tuple[list[T], BaseException | None]] = SimpleQueue()

    def work() -> None:
        try:
            ends.put(([ask()], None))
        except BaseException as error:  # noqa: BLE001 raised again by who waits
            ends.put(([], error))

    threading.Thread(target=work, name="gitblob-lfs", daemon=True).start()

    def wait() -> T:
        results, error = ends.get()
        if error:
            raise error
        return results[0]

    return wait


class Over(Exception):
    """The call ends for a reason that another thread knows."""


class Crew:
    """The threads of one call. watch: is told of bytes from all of them."""

    def __init__(self, watch: Watch | None = None) -> None:
        self._watch = watch
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._error: BaseException | None = None

    def run(self, items: Iterator[T], work: Callable[[T], None], count: int) -> None:
        """Do the work for each item, `count` at a time; items are drawn by one thread at a time. Raises its errors."""
        lock = threading.Lock()

        def lane() -> None:
            try:
                while True:
                    with lock:
                        self._check()
                        item = next(items)
                    work(item)
            except (StopIteration, Over):
                return
            except BaseException as error:  # noqa: BLE001 raised again in the caller's thread
                self._stop(error)

        threads = [threading.Thread(target=lane, name="gitblob-lfs", daemon=True) for _ in range(count)]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            self._end.set()
            until = time.monotonic() + GRACE
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
            raise
        if self._error:
            raise self._error

    def moved(self, size: int) -> None:
        """Tell the watch; 0 asks whether the call goes on. Raises Over."""
        self._check()
        if self._watch:
            self._watch.moved(size)

    def _check(self) -> None:
        if self._end.is_set():
            raise Over

    def _stop(self, error: BaseException) -> None:
        with self._lock:
            self._error = self._error or error
        self._end.set()
