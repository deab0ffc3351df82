"""Progress on a terminal: bytes, rate and time left, drawn by rich on stderr."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """A receiver of transfer.progress events, from any thread; several transfers may follow one another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._what, self._files, self._finished = "", 0, 0

    def begin(self, what: str, files: int, size: int) -> None:
        """Start a bar for `files` files with `size` bytes in all."""
        with self._lock:
            self._stop()
            self._what, self._files, self._finished = what, files, 0
            self._bar = _bar()
            self._task = self._bar.add_task(self._title(), total=size)
            self._bar.start()

    def advance(self, size: int) -> None:
        """Move the bar by that many bytes."""
        with self._lock:
            if self._bar and self._task is not None:
                self._bar.advance(self._task, size)

    def done(self, name: str) -> None:  # noqa: ARG002 thousands of names would flicker by
        """Count one more file."""
        with self._lock:
            self._finished += 1
            if self._bar and self._task is not None:
                self._bar.update(self._task, description=self._title())

    def end(self) -> None:
        """Take the bar away and leave the terminal as it was."""
        with self._lock:
            self._stop()

    def _title(self) -> str:
        return f"{self._what} {self._finished}/{self._files}"

    def _stop(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = self._task = None


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
