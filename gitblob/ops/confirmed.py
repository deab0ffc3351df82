"""What a store is known to have: `<common git dir>/gitblob/confirmed/<name>`, one file for each store and remote URL.

Its first line is the identity that the store had; the second names blobs (OID:SIZE) that the latest pushes asked it
for; each further one is the name (hex) of a commit that was pushed to that URL: the store has all files of its tree,
and of its history all that was asked for when it was pushed. Only pushes believe it, and only while the store has
that identity and those blobs: one that was put back to an older state looks the same but for its newest blobs.
`gitblob push` and `gitblob fsck --store` ask the store about everything. The file is empty until a push needs blobs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, TypeVar

from gitblob import filesystem
from gitblob.errors import StoreError
from gitblob.model import oid as oids
from gitblob.store.base import Blob, Store

FOLDER = "confirmed"
KEPT = 64  # commits in one file, the newest first
WITNESSES = 8  # blobs in one file, the newest first

_T = TypeVar("_T")


class Record(NamedTuple):
    """The identity of a store, blobs that show that it is in no older state, commits (hex) that it has."""

    identity: str
    witnesses: list[Blob]
    commits: list[str]


NOTHING = Record("", [], [])


class Notes:
    """What is noted of one store and the commits that are pushed to one URL."""

    def __init__(self, cache_root: str, store: Store, url: str) -> None:
        key = hashlib.sha256(f"{store.url}\0{url}".encode("utf-8", "surrogateescape")).hexdigest()
        self._path = f"{cache_root}/{FOLDER}/{key[:32]}"
        self._store = store

    def read(self) -> Record | None:
        """What is noted of it, NOTHING where that cannot be read; None where there was no push. Asks nobody."""
        try:
            with open(self._path, encoding="ascii") as file:
                identity, words, *commits = file.read().splitlines()
            return Record(identity, [_blob(word) for word in words.split()], commits)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return NOTHING

    def is_true(self, record: Record) -> bool:
        """Is it that store still, in no older state? False where it cannot be asked, too."""
        try:
            return record.identity == self._store.identity() and not self._store.missing(record.witnesses)
        except StoreError:
            return False  # whoever needs something of it will hear why

    def begin(self) -> None:
        """Note that there was a push which needed nothing of the store: what follows is no first one."""
        if not os.path.exists(self._path):
            self._write(b"")

    def add(self, known: Record, identity: str | None, commits: list[str], asked: list[Blob]) -> None:
        """Note these commits, of which the store has all that was asked for; where that cannot be written, nothing.

        known: what was true before. identity: what the store had before it was asked; None: it was made since.
        """
        now = self._store.identity()
        if now is None or identity not in {None, now}:
            return
        new = Record(now, _newest(asked, known.witnesses, WITNESSES), _newest(commits, known.commits, KEPT))
        if new == known:
            return
        words = " ".join(f"{blob.oid}:{blob.size}" for blob in new.witnesses)
        data = "".join(f"{line}\n" for line in (now, words, *new.commits)).encode()
        self._write(data)

    def _write(self, data: bytes) -> None:
        with suppress(OSError):  # a full disk, say: the next push asks for more
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            filesystem.write_new(self._path, data)


def _newest(new: Sequence[_T], old: Sequence[_T], limit: int) -> list[_T]:
    return list(dict.fromkeys([*new, *old]))[:limit]


def _blob(word: str) -> Blob:
    digits, _, size = word.partition(":")
    return Blob(oids.parse(oids.PREFIX + digits), int(size))
