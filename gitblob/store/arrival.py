"""A file that comes from a network, on its way to a path of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gitblob import filesystem
from gitblob.errors import GitblobError
from gitblob.store.base import Moved


def save(pieces: Iterable[bytes], path: str, moved: Moved) -> None:
    """Write the pieces to a new file; nothing is left there on errors.

    Raises GitblobError where it cannot be written.
    """
    try:
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | filesystem.BINARY, 0o644)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        for piece in pieces:
            _write(target, piece, path)
            moved(len(piece))
    except BaseException:
        filesystem.remove(path)
        raise
    finally:
        os.close(target)


def _write(target: int, data: bytes, path: str) -> None:
    try:
        filesystem.write_all(target, data)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: OSError) -> GitblobError:
    return GitblobError(
        f"{path} could not be written: {error.strerror or error}", "is the disk full? `gitblob prune` frees the cache"
    )
