"""Progress as events: who moves blobs tells a receiver, and only the command line draws."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the events of one transfer. Called from several threads."""

    def begin(self, what: str, files: int, size: int) -> None:
        """A transfer starts: a verb for people (`upload`, `download`, `materialise`), files and bytes to come."""

    def advance(self, size: int) -> None:
        """That many bytes more."""

    def done(self, name: str) -> None:
        """One file (by oid or path) is complete."""

    def end(self) -> None:
        """The transfer is over, whether or not it succeeded."""


class Silent:
    """Receives and does nothing."""

    def begin(self, what: str, files: int, size: int) -> None:
        """Nothing."""

    def advance(self, size: int) -> None:
        """Nothing."""

    def done(self, name: str) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


SILENT = Silent()
