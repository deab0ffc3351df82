"""Content on its way out of a commit: to a file of this machine, or to whatever takes bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, BinaryIO

from gitblob import filesystem

COPIED = 1 << 20  # bytes


def to_path(source: BinaryIO, path: str, moved: Callable[[int], Any]) -> None:
    """Copy to a file, which appears whole, with the folders that it needs. moved: told of bytes."""
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    fd, name = filesystem.temporary(folder or ".", 0o666)
    try:
        try:
            pump(source, lambda data: filesystem.write_all(fd, data), moved)
        finally:
            os.close(fd)
        os.replace(name, path)
    except BaseException:
        filesystem.remove(name)
        raise


def pump(source: BinaryIO, write: Callable[[bytes], Any], moved: Callable[[int], Any]) -> None:
    """Copy to whatever takes bytes."""
    while data := source.read(COPIED):
        write(data)
        moved(len(data))
