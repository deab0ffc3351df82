"""`gitblob log`: the versions of one file or folder."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

from gitblob import workspace
from gitblob.cli import dated
from gitblob.cli.console import Console
from gitblob.errors import UsageError
from gitblob.git.versions import FolderVersion, Version
from gitblob.ops import change, log, place
from gitblob.ops.change import Change
from gitblob.workspace import Workspace

SHORT = 12  # digits of a name in the table
WORDS = ("commit", "author", "date", "subject")
EPILOG = """\
`gitblob cat COMMIT:PATH` shows the content of a version, `gitblob restore PATH --rev COMMIT` brings it back.

The column `change` compares with the version before, and fetches nothing:
  new                  the commit added the file
  +120 appended        all that was there still is, at the beginning, and 120 bytes are new
  -30, 55 at 1000      30 bytes less; all that differs are 55 bytes of the new version, from byte 1000 on
  +120                 120 bytes more; the contents are not both here, or more than 1 GiB to compare"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, from where, how to show it."""
    parser.epilog = EPILOG
    parser.add_argument("path", metavar="PATH", help="a file or a folder")
    dated.add_arguments(parser)
    parser.add_argument("-n", dest="limit", type=_number, metavar="N", help="only the newest N")
    parser.add_argument("--data-version", action="store_true", help="the data versions, too, that the path belonged to")
    parser.add_argument("--json", action="store_true", help="one JSON document, with whole names")


def run(args: argparse.Namespace, console: Console) -> int:
    """List the commits that changed the path, newest first."""
    here = workspace.open()
    found = log.log(here, args.path, dated.revision(args) or "HEAD", limit=args.limit)
    rows = list(_rows(here, found, as_json=args.json))
    if args.data_version:
        for row, versions in zip(rows, _data_versions(here, args.path, found), strict=True):
            row["data_versions" if args.json else "data version"] = versions if args.json else " ".join(versions) or "-"
    if args.json:
        console.json(rows)
    else:
        order = ("commit", "date", "author", "size", "files", "change", "data version", "oid", "subject")
        columns = [column for column in order if column in rows[0]]
        console.table(columns, [[row[column] for column in columns] for row in rows])
    return 0


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise UsageError(f"-n takes a number of versions, not {text!r}")
    return int(text)


def _rows(here: Workspace, found: list[Version] | list[FolderVersion], *, as_json: bool) -> Iterator[dict[str, Any]]:
    files = [version for version in found if isinstance(version, Version)]
    for version, changed in zip(files, change.of(here, files), strict=True):
        yield _document(version, changed) if as_json else _row(version, changed)
    for folder in found:
        if isinstance(folder, FolderVersion):
            yield folder._asdict() if as_json else _folder_row(folder)


def _row(version: Version, changed: Change) -> dict[str, str | int]:
    size: str | int = "?" if version.size is None else version.size
    oid = version.pointer.oid[:SHORT] if version.pointer else "-" if version.size is None else "raw"
    return {
        **_common(version),
        "size": "removed" if version.removed else size,
        "change": "new" if version.before is None else _shown(changed),
        "oid": oid,
    }


def _folder_row(folder: FolderVersion) -> dict[str, str | int]:
    counts = {"new": folder.added, "changed": folder.changed, "removed": folder.removed}
    files = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return {**_common(folder), "files": files, "change": _signed(folder.grown)}


def _common(version: Version | FolderVersion) -> dict[str, str | int]:
    values = {word: getattr(version, word) for word in WORDS}
    return {**values, "commit": version.commit[:SHORT]}


def _shown(changed: Change) -> str:
    if changed.appended:
        return f"{_signed(changed.grown)} appended"
    if changed.start is None:
        return _signed(changed.grown)
    return f"{_signed(changed.grown)}, {changed.span} at {changed.start}"


def _signed(grown: int | None) -> str:
    return "?" if grown is None else f"{grown:+d}"


def _document(version: Version, changed: Change) -> dict[str, object]:
    values = {word: getattr(version, word) for word in (*WORDS, "size", "removed")}
    oid = version.pointer.oid.text if version.pointer else None
    return {**values, "oid": oid, "new": version.before is None, "change": changed._asdict()}


def _data_versions(here: Workspace, path: str, found: list[Version] | list[FolderVersion]) -> list[list[str]]:
    from gitblob.ml import of_path

    inside = os.fsdecode(place.from_top(here.repository, path))
    return of_path.data_versions(here, inside, (version.commit for version in found))
