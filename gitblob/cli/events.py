"""Progress for programs: one JSON object a line on stderr, each with a key `event` (`gitblob help transfers`)."""

from __future__ import annotations

import json
import sys
import threading
import time

EVERY = 0.5  # seconds between two events of how far it is


class Events:
    """A receiver of transfer.progress events, from any thread; several transfers may follow one another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files = self._bytes = 0
        self._begun = self._told = 0.0

    def begin(self, what: str, files: int, size: int) -> None:
        """So much is to come."""
        with self._lock:
            self._files = self._bytes = 0
            self._begun = self._told = time.monotonic()
            _write({"event": "begin", "what": what, "files": files, "bytes": size})

    def advance(self, size: int) -> None:
        """That many bytes more."""
        with self._lock:
            self._bytes += size
            if time.monotonic() - self._told > EVERY:
                self._tell("progress")

    def done(self, name: str) -> None:
        """One file is complete."""
        with self._lock:
            self._files += 1
            _write({"event": "done", "name": name})

    def end(self) -> None:
        """No more comes."""
        with self._lock:
            self._tell("end")

    def _tell(self, event: str) -> None:
        self._told = time.monotonic()
        seconds = round(self._told - self._begun, 3)
        _write({"event": event, "files": self._files, "bytes": self._bytes, "seconds": seconds})


def _write(event: dict[str, str | int | float]) -> None:
    sys.stderr.write(json.dumps(event) + "\n")
    sys.stderr.flush()
