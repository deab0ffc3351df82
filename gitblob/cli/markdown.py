"""Tables in Markdown, for pull requests: nothing in a cell is markup, a mention or the end of the cell."""

from __future__ import annotations

from collections.abc import Sequence

from gitblob.cli import text

SPECIAL = "`|\\"  # what a code span in a table's cell cannot hold as it is


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as GitHub shows it (GitHub Flavored Markdown, 4.10); cells stand in code spans."""
    lines = [columns, ["---"] * len(columns), *([code(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(cell: str) -> str:
    """A cell or a heading as a code span; as HTML with entities where that could be broken out of."""
    line = text.one_line(cell)
    if not line.strip():
        return ""
    if not any(mark in line for mark in SPECIAL):
        return f"`{line}`"
    return f"<code>{''.join(c if c.isalnum() or c == ' ' else f'&#{ord(c)};' for c in line)}</code>"
