"""Files that are declared to only grow, by an attribute on their rule: `*.jsonl … gitblob-append-only`.

Every commit asks: imports nothing that `git.command` does not need anyway, and starts no program where no file of
attributes that could decide speaks of it. The user's own attributes count for nothing, so that every clone agrees.
"""

from __future__ import annotations

import os

from gitblob.git import command
from gitblob.model import gitfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ATTRIBUTE = "gitblob-append-only"
FILE, FILE_MAX_BYTES = b".gitattributes", 1 << 24
SET = b"set"


def are_mentioned(paths: Iterable[bytes], common_dir: str) -> bool:
    """Does a .gitattributes above one of these paths (raw, from the current directory, the top) speak of such files?

    The files of the work tree are read. The staged ones, which decide, are the same but for edits in that very moment.
    """
    folders = {b""}
    for path in paths:
        folder = path.rpartition(b"/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition(b"/")[0]
    places = [os.path.join(folder, FILE) for folder in folders]
    return any(_speaks(place) for place in (*places, os.fsencode(f"{common_dir}/info/attributes")))


def declared(paths: Iterable[bytes], cwd: str | None = None, env: Mapping[str, str] | None = None) -> set[bytes]:
    """Those of the paths (raw, relative to cwd) that the staged attributes declare to only grow; none of Git's own.

    env: names another index.
    """
    data = b"".join(path + b"\0" for path in paths if not gitfile.is_one(path))
    if not data:
        return set()
    query = ("-c", f"core.attributesFile={os.devnull}", "check-attr", "--cached", "-z", "--stdin", ATTRIBUTE)
    fields = command.lines(*query, cwd=cwd, data=data, env=env)
    return {path for path, value in zip(fields[::3], fields[2::3], strict=True) if value == SET}


def _speaks(path: bytes) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return ATTRIBUTE.encode() in os.read(fd, FILE_MAX_BYTES)
    except OSError:
        return False
    finally:
        os.close(fd)
