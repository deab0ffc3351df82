"""What the index says a path holds, as a guess about what `git add` or `git status` sends for it.

A file that was only touched, or is racily clean (technical/racy-git), comes through the filter with the content that
the index knows. A wrong guess costs a comparison of one piece, so the look may be a quick one.
"""

from __future__ import annotations

from gitblob.errors import GitblobError, PointerError
from gitblob.git import index, loose
from gitblob.git.repository import Repository
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer


def pointer_at(repository: Repository, path: bytes) -> Pointer | None:
    """The pointer that the index has for a path (raw), where it can be had without much ado."""
    name = index.name_of(repository.index, path, repository.is_sha256())
    if name is None:
        return None
    try:
        return pointers.decode(_object(repository, name.hex().encode()))
    except (PointerError, GitblobError):
        return None


def _object(repository: Repository, name: bytes) -> bytes:
    data = loose.reader(repository.common_dir)(name, pointers.MAX_BYTES)
    if data is None:
        from gitblob.git import command, history

        small = history.small_blobs([name])  # a raw file that has just come under a rule may be of any size
        data = command.small_objects(small).get(name, b"")
    return data
