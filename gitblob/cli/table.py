"""Tables on stdout: drawn by rich on a terminal, aligned plain text in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gitblob.cli import text

GAP = "  "


def write(columns: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    """Write rows under a header; a column of numbers only is aligned to the right. Nothing for no rows."""
    if not rows:
        return
    right = [all(isinstance(row[n], int) for row in rows) for n in range(len(columns))]
    cells = [[_shown(str(cell)) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _draw(columns, cells, right)
    else:
        sys.stdout.write(_aligned([list(columns), *cells], right))


def _shown(cell: str) -> str:
    """A cell is one line; a path that the caller has quoted, or a commit's subject, stays as it is."""
    return cell if cell.isprintable() else text.quoted(cell)


def _aligned(lines: list[list[str]], right: list[bool]) -> str:
    widths = [max(len(line[n]) for line in lines) for n in range(len(right))]
    return "".join(
        GAP.join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def _draw(columns: Sequence[str], rows: list[list[str]], right: list[bool]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0), header_style="bold")
    for title, to_right in zip(columns, right, strict=True):
        table.add_column(Text(title), justify="right" if to_right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(file=sys.stdout).print(table)
