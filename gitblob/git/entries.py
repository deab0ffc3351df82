"""The regular files of the index that are not in conflict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitblob.git import command

REGULAR = (b"100644", b"100755", b"100664")


class Entry(NamedTuple):
    """A regular file in the index: path (raw), mode (`100644`), object name (hex)."""

    path: bytes
    mode: bytes
    name: bytes


def regular(top: str, *pathspecs: str) -> Iterator[Entry]:
    """The entries within git pathspecs (relative to the top), in the order of the index."""
    for record in command.lines("ls-files", "-s", "-z", "--", *pathspecs, cwd=top):
        head, _, path = record.partition(b"\t")
        mode, name, stage = head.split(b" ")
        if stage == b"0" and mode in REGULAR:
            yield Entry(path, mode, name)
