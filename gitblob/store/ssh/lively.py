"""A server that takes its time (to hash, to bring much to a slow disk) says that it is at work.

A client gives up a transfer in which nothing moves, and would do so each time at the same place.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gitblob import filesystem
from gitblob.store.ssh import frames

EVERY = 5.0  # seconds


@contextmanager
def told(sink: int) -> Iterator[None]:
    """Meanwhile, send `busy` frames to a descriptor, to which nobody else writes."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(EVERY):
            with suppress(OSError):  # the client is gone: whoever writes next will see it
                filesystem.write_all(sink, frames.message({"busy": True}))

    thread = threading.Thread(target=tell, name="gitblob-busy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
