"""What is known of unfinished uploads, so that the next push goes on where the last one stopped.

One small file each below a directory of the user's own; it names an upload and holds no secret. Without it, or where it
is wrong, the upload starts anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import NamedTuple

from gitblob import filesystem


class Note(NamedTuple):
    """An unfinished upload: its id, the file's size, the size of its parts; opaque: ETags are no MD5 of the parts."""

    upload: str
    size: int
    part: int
    opaque: bool = False


class Notes:
    """folder: where they lie, made when it is needed; None for nowhere. place: the store that they are about."""

    def __init__(self, folder: str | None, place: str) -> None:
        self.folder = folder
        self._place = place

    def read(self, key: str, size: int) -> Note | None:
        """What is noted of an upload of so many bytes to this key, or None."""
        if self.folder is None:
            return None
        try:
            with open(self._path(key), encoding="ascii") as file:
                note = Note(**json.load(file))
        except (OSError, ValueError, TypeError):
            return None
        good = isinstance(note.upload, str) and note.size == size and isinstance(note.part, int) and note.part > 0
        return note if good else None

    def write(self, key: str, note: Note) -> None:
        """Note an upload. A folder that cannot be written costs the resumption and nothing else."""
        if self.folder is not None:
            with suppress(OSError):
                os.makedirs(self.folder, 0o700, exist_ok=True)
                filesystem.write_new(self._path(key), json.dumps(note._asdict()).encode("ascii"), 0o600)

    def remove(self, key: str) -> None:
        """The upload is over."""
        if self.folder is not None:
            with suppress(OSError):
                filesystem.remove(self._path(key))

    def _path(self, key: str) -> str:
        name = hashlib.sha256(f"{self._place}\0{key}".encode()).hexdigest()[:40]
        return f"{self.folder}/upload-{name}.json"
