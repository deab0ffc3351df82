"""The journal: pointers that still stand in for content because a command was cut short or could not fetch.

`<git dir>/gitblob/journal/<pid>-<n>` holds, for one command, `path NUL pointer-bytes NUL` for each path. It is written
before the first file is replaced and rewritten with what is left, so at any crash point the next hook or `gitblob`
command can carry on; to take one up twice does no harm, since only a file that is still the pointer is replaced.
"""

from __future__ import annotations

import os
from itertools import count

from gitblob import filesystem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_numbers = count()


class Entry:
    """path: raw bytes, relative to the work tree. stub: the pointer's bytes as they stand there."""

    __slots__ = ("path", "stub")

    def __init__(self, path: bytes, stub: bytes) -> None:
        self.path = path
        self.stub = stub


def write(state_dir: str, entries: Iterable[Entry], name: str | None = None) -> str:
    """Record these entries, all or none, as a new journal (or in place of `name`); its name. None left: removed."""
    directory = f"{state_dir}/journal"
    name = name or f"{os.getpid()}-{next(_numbers)}"
    data = b"".join(b"%s\0%s\0" % (entry.path, entry.stub) for entry in entries)
    if data:
        os.makedirs(directory, exist_ok=True)
        filesystem.write_new(f"{directory}/{name}", data)
    else:
        filesystem.remove(f"{directory}/{name}")
    return name


def read(state_dir: str) -> dict[str, list[Entry]]:
    """All journals by name; one that is torn or foreign counts as far as it can be read."""
    found = {}
    try:
        names = sorted(os.listdir(f"{state_dir}/journal"))
    except FileNotFoundError:
        return {}
    for name in names:
        if name.startswith(filesystem.TEMPORARY):
            continue
        try:
            with open(f"{state_dir}/journal/{name}", "rb") as file:
                fields = file.read().split(b"\0")
        except FileNotFoundError:
            continue  # another process has just finished it
        found[name] = [Entry(path, stub) for path, stub in zip(fields[:-1:2], fields[1::2], strict=False)]
    return found


def remove(state_dir: str, names: Iterable[str]) -> None:
    """Forget these journals: nothing of them is left to do."""
    for name in names:
        filesystem.remove(f"{state_dir}/journal/{name}")
