"""The bytes of a `.gitattributes`, in the work tree and in the index; never through a link."""

from __future__ import annotations

import os
import stat

from gitblob.errors import GitblobError
from gitblob.git import attributes, command

LINK = "is a symbolic link, which git ignores"
OTHER = "is not a regular file"
HINT = "replace it with a file"


def read(path: bytes) -> bytes:
    """The bytes of the file; none where there is no file. Raises GitblobError for a link or a special file."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return b""
    if not stat.S_ISREG(mode):
        raise GitblobError(f"{os.fsdecode(path)} {LINK if stat.S_ISLNK(mode) else OTHER}", HINT)
    with open(path, "rb") as file:
        return file.read()


def staged(top: str) -> bytes:
    """The bytes that the index has for the file at the top. Raises GitblobError where it has no regular file."""
    found = command.lines("ls-files", "--stage", "-z", "--", attributes.FILE, cwd=top)
    modes = {line.partition(b" ")[0]: line.split(b" ")[1] for line in found}
    if not modes:
        return b""
    if any(not mode.startswith(b"100") for mode in modes):
        kind = LINK if b"120000" in modes else OTHER
        raise GitblobError(f"{os.fsdecode(attributes.FILE)} in the index {kind}", f"{HINT} and `git add` that")
    return command.run("cat-file", "blob", modes.popitem()[1], cwd=top)
