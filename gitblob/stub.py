"""Pointers that stand in the work tree, and what becomes of them. On the hot path: imports nothing but C modules."""

from __future__ import annotations

import time

from gitblob.model.pointer import Pointer


class Stub:
    """A pointer in the work tree: path (raw, relative to the top), its bytes as they stand there, what they say."""

    __slots__ = ("data", "path", "pointer")

    def __init__(self, path: bytes, data: bytes, pointer: Pointer) -> None:
        self.path = path
        self.data = data
        self.pointer = pointer


class Written:
    """Paths (raw) that Git wrote in this command: how many files and bytes in which second of Unix time."""

    __slots__ = ("paths", "seconds")

    def __init__(self) -> None:
        self.paths: set[bytes] = set()
        self.seconds: dict[int, tuple[int, int]] = {}

    def add(self, path: bytes, size: int) -> None:
        """Git is about to write this file of so many bytes."""
        self.paths.add(path)
        second = int(time.time())
        files, total = self.seconds.get(second, (0, 0))
        self.seconds[second] = (files + 1, total + size)


NOTHING = Written()


class Outcome:
    """What became of stubs: `done`, `changed` (no longer the pointer), `absent` (no blob), `failed` (stub, reason).

    `damaged` are among the absent: their blob was here with wrong bytes. `unpatched` are among the done, but the index
    still calls them modified: somebody held its lock.
    """

    __slots__ = ("absent", "changed", "damaged", "done", "failed", "unpatched")

    def __init__(self) -> None:
        self.done: list[Stub] = []
        self.changed: list[Stub] = []
        self.absent: list[Stub] = []
        self.damaged: list[Stub] = []
        self.failed: list[tuple[Stub, str]] = []
        self.unpatched: list[Stub] = []

    @property
    def left(self) -> list[Stub]:
        """Stubs for which a later attempt may still do something."""
        return self.absent + [stub for stub, _ in self.failed] + self.unpatched

    def retried(self, later: Outcome) -> None:
        """What became of the damaged ones in a second attempt."""
        self.absent = [stub for stub in self.absent if stub not in self.damaged] + later.absent
        self.damaged = later.damaged
        self.done += later.done
        self.changed += later.changed
        self.failed += later.failed
        self.unpatched += later.unpatched
