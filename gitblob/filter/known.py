"""What the index says a path holds, as a guess about what `git add` or `git status` sends for it.

A file that was only touched, or is racily clean (technical/racy-git), comes through the filter with the content that
the index knows. A wrong guess costs a comparison of one piece, so the look may be a quick one.
"""

from __future__ import annotations

from gitblob.errors import GitblobError, PointerError
from gitblob.git import index, loose
from gitblob.git.lookup import Search
from gitblob.git.repository import Repository
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer


class Known:
    """The index of one repository, for one filter process."""

    def __init__(self, repository: Repository) -> None:
        self._common_dir = repository.common_dir
        self._sha256 = repository.is_sha256()
        self._index = Search(repository.index, self._sha256)

    def pointer_at(self, path: bytes) -> Pointer | None:
        """The pointer that the index has for a path (raw), where it can be had without much ado."""
        name = self._index.name(path)
        if name is None:
            return None
        try:
            return pointers.decode(self._object(name.hex().encode()))
        except (PointerError, GitblobError):
            return None

    def has(self, path: bytes, data: bytes) -> bool:
        """Does the index have these bytes for a path? Git's objects need not be read for that."""
        return self._index.name(path) == index.blob_name(data, self._sha256)

    def _object(self, name: bytes) -> bytes:
        data = loose.reader(self._common_dir)(name, pointers.MAX_BYTES)
        if data is None:
            from gitblob.git import command, history

            small = history.small_blobs([name])  # a raw file that has just come under a rule may be of any size
            data = command.small_objects(small).get(name, b"")
        return data
