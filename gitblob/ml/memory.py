"""What has been computed once, kept below the git directory: expendable at any time, shared by linked work trees.

A file that is damaged, locked or not writable is the same as an empty one: everything can be computed again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from itertools import islice

FILE = "ml-1.sqlite"
PATIENCE = 2.0  # seconds for another process that writes
MANY = 500  # keys in one question (SQLite allows 999 in its oldest versions)
MOST = 256 << 20  # bytes; a larger file begins anew, since nobody knows which of its values are still wanted
TABLE = "CREATE TABLE IF NOT EXISTS memory (kind TEXT, key BLOB, value BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID"


class Memory:
    """Values (bytes) by kind and key, in the file `path`. No method raises."""

    def __init__(self, path: str) -> None:
        self._path = path

    def get(self, kind: str, key: str) -> bytes | None:
        """One value, or None."""
        return self.get_many(kind, [key]).get(key)

    def get_many(self, kind: str, keys: Iterable[str]) -> dict[str, bytes]:
        """The values that are there."""
        found: dict[str, bytes] = {}
        if not os.path.exists(self._path):
            return found
        wanted = {_raw(key): key for key in keys}
        names = iter(wanted)
        with suppress(sqlite3.Error), closing(self._open()) as connection:
            while some := list(islice(names, MANY)):
                marks = ",".join("?" * len(some))
                query = f"SELECT key, value FROM memory WHERE kind = ? AND key IN ({marks})"  # noqa: S608 only marks
                found.update((wanted[key], value) for key, value in connection.execute(query, (kind, *some)))
        return found

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Keep one value."""
        self.put_many(kind, {key: value})

    def put_many(self, kind: str, values: Mapping[str, bytes]) -> None:
        """Keep these values, in place of older ones."""
        if not values:
            return
        with suppress(OSError, sqlite3.Error):
            try:
                self._put(kind, values)
            except sqlite3.OperationalError:
                pass  # locked, or not writable
            except sqlite3.DatabaseError:  # damaged
                os.unlink(self._path)
                self._put(kind, values)

    def _put(self, kind: str, values: Mapping[str, bytes]) -> None:
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        if os.path.exists(self._path) and os.path.getsize(self._path) > MOST:
            os.unlink(self._path)
        with closing(self._open()) as connection, connection:
            connection.execute(TABLE)
            rows = ((kind, _raw(key), value) for key, value in values.items())
            connection.executemany("INSERT OR REPLACE INTO memory VALUES (?, ?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=PATIENCE)
        connection.execute("PRAGMA synchronous = OFF")  # what a crash takes away is computed again
        return connection


def open(home: str) -> Memory:  # noqa: A001 read as memory.open
    """The memory below a cache's home."""
    return Memory(os.path.join(home, FILE))


def _raw(key: str) -> bytes:
    """A key may hold the name of a file, in whatever bytes."""
    return key.encode("utf-8", "surrogatepass")
