"""The lock API of Git LFS (docs/api/locking.md): who keeps others from pushing which file."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote, urlencode

from gitblob.errors import Locked, StoreDenied, StoreError
from gitblob.store import retry
from gitblob.store.http import Response
from gitblob.store.lfs import api
from gitblob.store.lfs.api import DOWNLOAD, UPLOAD, Lock
from gitblob.store.lfs.connection import Connection, said

NO_LOCKS = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
PAGES = 1000  # that are read at most


class Held(NamedTuple):
    """Locks, by whether they are the asking user's."""

    ours: list[Lock]
    theirs: list[Lock]


class Locks:
    """The locks of one server. ref: the branch that is meant (`refs/heads/…`), where the server looks at that."""

    def __init__(self, label: str, connection: Connection) -> None:
        self._label, self._connection = label, connection

    def held(self, ref: str | None = None) -> Held | None:
        """All locks, as before a push. None where the server has no locks, or does not show them to this user."""
        held = Held([], [])
        cursor = ""
        for _ in range(PAGES):
            body = api.verify_request(cursor, ref)
            try:
                response = self._ask(UPLOAD, "POST", "locks/verify", body, (HTTPStatus.OK, *NO_LOCKS))
            except StoreDenied:
                return None
            if response.status != HTTPStatus.OK:
                return None
            document = response.json()
            held.ours.extend(api.locks(document, "ours"))
            held.theirs.extend(api.locks(document, "theirs"))
            cursor = api.cursor(document)
            if not cursor:
                return held
        raise StoreError(f"store {self._label}: the server's list of locks does not end")

    def listed(self, path: str | None = None) -> list[Lock]:
        """All locks, or those of one path. Raises StoreError where the server has no locks."""
        found: list[Lock] = []
        query = {"path": path} if path else {}
        for _ in range(PAGES):
            where = f"locks?{urlencode(query)}" if query else "locks"
            response = self._ask(DOWNLOAD, "GET", where, None, (HTTPStatus.OK, *NO_LOCKS))
            self._expect_locks(response.status)
            document = response.json()
            found += api.locks(document, "locks")
            query["cursor"] = api.cursor(document)
            if not query["cursor"]:
                return found
        raise StoreError(f"store {self._label}: the server's list of locks does not end")

    def take(self, path: str, ref: str | None = None) -> Lock:
        """Lock a file. Raises Locked where someone has, StoreError where the server has no locks."""
        ok = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.CONFLICT, *NO_LOCKS)
        response = self._ask(UPLOAD, "POST", "locks", api.lock_request(path, ref), ok)
        self._expect_locks(response.status)
        document = response.json()
        lock = api.lock(document.get("lock") if isinstance(document, dict) else None)
        if response.status == HTTPStatus.CONFLICT:
            raise Locked(
                f"{lock.path or path} is locked{by(lock)} on {self._label}",
                "ask them, or wait: `gitblob locks` shows all; `gitblob unlock --force` takes a lock away",
            )
        return lock

    def give_back(self, lock: Lock, force: bool = False, ref: str | None = None) -> None:
        """Unlock. Raises StoreDenied for someone else's lock without force, and where the server does not let us."""
        where = f"locks/{quote(lock.id, safe='')}/unlock"
        response = self._ask(
            UPLOAD, "POST", where, api.unlock_request(force, ref), (HTTPStatus.OK, HTTPStatus.FORBIDDEN, *NO_LOCKS)
        )
        if response.status == HTTPStatus.FORBIDDEN:
            hint = "the server lets only its administrators do that" if force else "`gitblob unlock --force PATH`"
            raise StoreDenied(f"store {self._label}: {lock.path} stays locked{by(lock)}: {said(response)}", hint)
        self._expect_locks(response.status)

    def _ask(self, operation: str, method: str, path: str, body: bytes | None, ok: tuple[int, ...]) -> Response:
        return retry.call(lambda: self._connection.api(operation, method, path, body, ok), self._connection.contact)

    def _expect_locks(self, status: int) -> None:
        if status != HTTPStatus.OK and status in NO_LOCKS:
            raise StoreError(f"store {self._label}: this Git LFS server has no locks")


def by(lock: Lock) -> str:
    """` by OWNER since TIME`, as far as it is known."""
    return (f" by {lock.owner}" if lock.owner else "") + (f" since {lock.since}" if lock.since else "")
