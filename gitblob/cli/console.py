"""The only place that prints, asks and draws: results on stdout, talk on stderr.

On a terminal colours (unless NO_COLOR is set or TERM is dumb), tables and progress bars; in a pipe plain text.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from gitblob.cli import text
from gitblob.transfer.progress import SILENT, Progress

COLOURS = {"ok": "32", "warning": "33", "problem": "1;31", "error": "1;31"}  # of marks
UNSAFE = {n: f"\\u{n:04x}" for n in range(0x7F, 0xA0)}  # control characters that JSON itself does not escape
RESET = "\x1b[m"


class Console:
    """Writes to sys.stdout and sys.stderr, whatever they are when a method is called."""

    def result(self, line: str, mark: str = "") -> None:
        """A result of one or more lines on stdout; the newline is added. mark: a word of COLOURS to put in front.

        On a terminal control characters are escaped; in a pipe they pass. See `quoted` for paths.
        """
        line = text.visible(line) if sys.stdout.isatty() else line
        sys.stdout.write(f"{_painted(mark, sys.stdout)}{line}\n")

    def talk(self, line: str, mark: str = "") -> None:
        """What is being done, on stderr. mark: as for `result`."""
        sys.stdout.flush()
        sys.stderr.write(f"{_painted(mark, sys.stderr)}{text.visible(line)}\n")
        sys.stderr.flush()

    def warn(self, line: str) -> None:
        """Something that is not as it should be, on stderr."""
        self._program("warning", line)

    def error(self, line: str, hint: str | None = None) -> None:
        """What failed and what to do next, on stderr; for the one error handler."""
        self._program("error", line)
        if hint:
            self.talk(f"  hint: {hint}")

    def quoted(self, path: str) -> str:
        """A path on one line, quoted as git does it when it holds control characters."""
        return text.quoted(path)

    def json(self, value: object) -> None:
        r"""One JSON document on stdout: sorted keys, UTF-8; a byte of a path that is no UTF-8 appears as `\udcXX`."""
        import json

        document = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
        sys.stdout.write(f"{_safe(document)}\n")

    def json_lines(self, items: Iterable[object]) -> None:
        """A list as one JSON document with an item on each line, which for thousands is ten times as fast as `json`."""
        import json

        encoder = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
        lines = ",\n".join(_safe(encoder.encode(item)) for item in items)
        sys.stdout.write(f"[\n{lines}\n]\n" if lines else "[]\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
        """Rows under a header on stdout; columns of numbers are aligned to the right. Nothing for no rows."""
        from gitblob.cli import table

        table.write(columns, [list(row) for row in rows])

    def progress(self, *, events: bool = False) -> Progress:
        """A receiver that draws a bar on stderr if that is a terminal, else one that does nothing.

        events: one that writes JSON lines there, for programs.
        """
        if events:
            from gitblob.cli.events import Events

            return Events()
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            return SILENT
        from gitblob.cli.progress import Bar

        return Bar()

    def ask(self, question: str) -> bool:
        """Yes or no; no where nobody can answer (stdin or stderr is no terminal)."""
        if not sys.stdin.isatty() or not sys.stderr.isatty():
            return False
        sys.stdout.flush()
        sys.stderr.write(f"{text.visible(question)} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def _program(self, mark: str, line: str) -> None:
        sys.stdout.flush()
        sys.stderr.write(f"gitblob: {_painted(mark, sys.stderr, ':')}{text.one_line(line)}\n")
        sys.stderr.flush()


def _safe(document: str) -> str:
    return document.translate(UNSAFE).encode("utf-8", "backslashreplace").decode()


def _painted(mark: str, stream: TextIO, end: str = "") -> str:
    """The mark, in its colour where the stream shows colours, and a blank."""
    if not mark:
        return ""
    if stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return f"\x1b[{COLOURS[mark]}m{mark}{end}{RESET} "
    return f"{mark}{end} "
