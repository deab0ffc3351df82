"""What the filter tells the person at the terminal: on stderr, few lines, never stdout."""

from __future__ import annotations

import errno
import os
import sys
import time

from gitblob.model.size import human
from gitblob.stub import Stub

FULL = (errno.ENOSPC, errno.EDQUOT)
SHOWN = 3  # paths named in one line
DRAW_AFTER, DRAW_EVERY = 0.7, 0.1  # seconds


def line(text: str) -> None:
    """One line, with the program's name."""
    try:
        os.write(2, f"gitblob: {text}\n".encode("utf-8", "surrogateescape"))
    except OSError:
        pass  # nobody listens


def failed(error: Exception) -> None:
    """What went wrong and what to do."""
    path = error.filename if isinstance(error, OSError) else None
    line(f"{_shown(os.fsencode(path))}: {_reason(error)}" if path else _reason(error))
    _hint(error)


def refused(path: bytes, error: Exception) -> None:
    """A path that `git add` cannot take, why, and what to do."""
    line(f"{_shown(path)}: {_reason(error)}")
    _hint(error)


def malformed(path: bytes, error: Exception) -> None:
    """A pointer in a commit that is none: left as it is."""
    line(f"{_shown(path)}: {error}; left as it is (`gitblob fsck` finds such files)")


def extended(path: bytes) -> None:
    """A pointer to what a program has made of the file: not ours to undo."""
    line(f"{_shown(path)}: made with a Git LFS extension, which only git-lfs can undo; left as a pointer")


def lacking(stubs: list[Stub]) -> None:
    """Content that is nowhere, where that is an error; git fails next, at the first of these paths."""
    size = sum(stub.pointer.size for stub in stubs)
    line(f"{_files(stubs)} ({human(size)}) not found, which is an error here: gitblob.strict is set")
    line("  hint: `gitblob push --all` in a clone that has the content brings it to the store")


def left(absent: list[Stub], failed: list[tuple[Stub, str]], unpatched: list[Stub]) -> None:
    """One summary of what still is a pointer, and of what the index could not be told."""
    if absent:
        size = sum(stub.pointer.size for stub in absent)
        line(f"{_files(absent)} ({human(size)}) not found, left as pointers; `gitblob pull` fetches them")
    for stub, reason in failed[:SHOWN]:
        line(f"{_shown(stub.path)}: {reason}; left as a pointer, `gitblob pull` tries again")
    if len(failed) > SHOWN:
        line(f"and {len(failed) - SHOWN} more")
    if unpatched:
        line(f"{_files(unpatched)}: git's index was locked; `gitblob checkout` tells git that nothing has changed")


def interrupted() -> None:
    """The journal has the rest."""
    line("interrupted; the files that still are pointers come back with `gitblob pull`")


def bug(kind: type, value: BaseException) -> None:
    """An error that is ours."""
    line(f"a bug in gitblob: {kind.__name__}: {value}; please report it (GITBLOB_TRACE=1 shows where)")
    if os.environ.get("GITBLOB_TRACE"):
        sys.__excepthook__(kind, value, value.__traceback__)


class Meter:
    """Progress in one line on a terminal; silent elsewhere and for what is quick. See transfer.progress.Progress."""

    def __init__(self) -> None:
        self._what, self._total, self._done = "", 0, 0
        self._start = self._drawn = 0.0
        self._live = os.isatty(2) and os.environ.get("TERM") != "dumb"

    def begin(self, what: str, files: int, size: int) -> None:
        """So many files and bytes are to come."""
        self._what, self._total, self._done = f"{what} {files} file{'s' if files != 1 else ''}", size, 0
        self._start, self._drawn = time.monotonic(), 0.0

    def advance(self, size: int) -> None:
        """That many bytes more."""
        self._done += size
        now = time.monotonic()
        if self._live and now - self._start > DRAW_AFTER and now - self._drawn > DRAW_EVERY:
            self._drawn = now
            left = (now - self._start) * (self._total - self._done) / max(self._done, 1)
            text = f"gitblob: {self._what}: {human(self._done)} of {human(self._total)}, {left:.0f} s left"
            os.write(2, f"\r{text}\x1b[K".encode())

    def done(self, name: str) -> None:
        """Nothing: bytes are shown, not names."""

    def end(self) -> None:
        """Clear the line."""
        if self._drawn:
            os.write(2, b"\r\x1b[K")


def _files(stubs: list[Stub]) -> str:
    names = ", ".join(_shown(stub.path) for stub in stubs[:SHOWN])
    return names if len(stubs) <= SHOWN else f"{names} and {len(stubs) - SHOWN} more files"


def _shown(path: bytes) -> str:
    """A path as one line of text: control characters, which may not reach a terminal, are escaped."""
    text = path.decode("utf-8", "surrogateescape")
    return text if text.isprintable() else ascii(text)


def _hint(error: Exception) -> None:
    full = isinstance(error, OSError) and error.errno in FULL
    hint = "make room (`gitblob prune` frees the cache), then do it again" if full else getattr(error, "hint", None)
    if hint:
        line(f"  hint: {hint}")


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
