"""A program that is spoken to through its stdin and stdout; the other place, beside `command`, that starts any."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO, cast

PATIENCE = 0.5  # seconds that a program gets to end by itself, and again to end when it is told
TOLD = 1 << 14  # bytes of its last words that are kept


class Pipe:
    """stdin and stdout are unbuffered. What it says on stderr lies in a file, so that it never waits for a reader."""

    def __init__(self, argv: Sequence[str], cwd: str | None = None, env: Mapping[str, str] | None = None) -> None:
        """Raises FileNotFoundError where there is no such program."""
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 closed by close
        try:
            self._process = subprocess.Popen(
                argv, cwd=cwd, env=env, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._told
            )
        except BaseException:
            self._told.close()
            raise
        self.stdin = cast(BinaryIO, self._process.stdin)
        self.stdout = cast(BinaryIO, self._process.stdout)
        self._ended: tuple[int, str] | None = None

    def close(self) -> tuple[int, str]:
        """Its exit code and last words; it is ended if it does not end. May be called again."""
        if self._ended is None:
            with suppress(OSError):
                self.stdin.close()
            code = self._wait()
            with suppress(OSError):
                self.stdout.close()
            size = os.fstat(self._told.fileno()).st_size
            words = os.pread(self._told.fileno(), TOLD, max(size - TOLD, 0))
            self._told.close()
            self._ended = code, words.decode(errors="replace")
        return self._ended

    def _wait(self) -> int:
        for end in (self._process.terminate, self._process.kill):
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(PATIENCE)
            end()
        return self._process.wait()


def succeeds(argv: Sequence[str], cwd: str | None = None) -> bool:
    """Does the program, with nothing on stdin, exit with 0? What it prints is lost."""
    null = subprocess.DEVNULL
    try:
        return subprocess.run(argv, cwd=cwd, stdin=null, stdout=null, stderr=null, check=False).returncode == 0
    except OSError:
        return False


def attend(argv: Sequence[str]) -> int:
    """Run a program of the user's in the foreground, with our own stdin, stdout and stderr; its exit code.

    Negative: the signal that ended it. Ctrl-C reaches it, too, and what it makes of that is its own affair; SIGTERM,
    with which schedulers end a job, is passed on. Raises OSError where it cannot be started.
    """
    process = subprocess.Popen(argv)
    before = signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, before)
