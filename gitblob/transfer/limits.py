"""How much of this machine and its network a transfer may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

SLICE = 0.2  # seconds of a pause between two looks at whether the transfer goes on
BURST = 0.25  # seconds that a transfer may be ahead of its rate


class Limits(NamedTuple):
    """concurrency: calls to a store at a time; None: what the store can use. rate: bytes per second; None: no limit."""

    concurrency: int | None = None
    rate: int | None = None


NONE = Limits()


class Pace:
    """A bucket that fills with `rate` bytes per second; whoever has moved bytes waits until it has held them."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._due = 0.0

    def wait(self, size: int, look: Callable[[], None]) -> None:
        """Wait for so many bytes. look: called before each part of the pause, may raise to end it."""
        with self._lock:
            due = self._due = max(self._due, time.monotonic()) + size / self._rate
        while (left := due - BURST - time.monotonic()) > 0:
            look()
            time.sleep(min(left, SLICE))
