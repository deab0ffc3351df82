"""One table in the form that was asked for: aligned text, Markdown, CSV; JSON is the caller's own document."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from gitblob.cli.console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json, --md or --csv."""
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_const", dest="form", const="json", help="one JSON document")
    forms.add_argument("--md", action="store_const", dest="form", const="md", help="a table for pull requests")
    forms.add_argument("--csv", action="store_const", dest="form", const="csv", help="comma-separated values, uncut")


def write(form: str | None, columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """Write rows under a header; in text nothing for no rows. columns of Markdown are taken as they are."""
    if form == "md":
        from gitblob.cli import markdown

        console.result(markdown.table(columns, rows))
    elif form == "csv":
        console.result(_separated([columns, *rows]))
    else:
        console.table(columns, rows)


def _separated(lines: Sequence[Sequence[str]]) -> str:
    """RFC 4180, with plain newlines. Python quotes only what its own line ends are made of: a lone CR has to be one."""
    import csv
    from types import SimpleNamespace

    rows: list[str] = []
    csv.writer(SimpleNamespace(write=rows.append), lineterminator="\r\n").writerows(lines)
    return "\n".join(row.removesuffix("\r\n") for row in rows)
