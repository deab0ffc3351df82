"""The words of the Git LFS API as values: what is asked, and what an answer says.

Source: docs/api/{batch,basic-transfers,locking,authentication}.md of git-lfs. Servers answer in many voices, so
whatever an answer lacks is taken as not said; what makes it useless raises StoreError.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gitblob.errors import StoreError
from gitblob.store.base import Blob

MEDIA = "application/vnd.git-lfs+json"
HEADERS = {"Accept": MEDIA, "Content-Type": MEDIA}
UPLOAD, DOWNLOAD = "upload", "download"
MARGIN = 5.0  # seconds before its end at which an action is no longer begun
FRAMING = {"transfer-encoding", "content-length", "host"}  # headers that belong to whoever sends the bytes
LONGEST = 300  # characters of what a server says
YEAR = 365 * 86400  # seconds
LONGEST_PATH = 4096  # characters of a word of a lock


class Action(NamedTuple):
    """One request that the server has prepared. href is a secret.

    ours: it wants our own login, if the host wants one. until: when it ends (time.monotonic()), None for never.
    """

    href: str
    headers: Mapping[str, str]
    ours: bool
    until: float | None

    @property
    def is_over(self) -> bool:
        """Is it too late to begin?"""
        return self.until is not None and time.monotonic() > self.until - MARGIN


class Answer(NamedTuple):
    """What a batch says of one object.

    size: as the server knows it. action: None where there is nothing to do or to have. verify: what to ask after an
    upload. code and message: of an error with this object alone; 0 for none.
    """

    size: int
    action: Action | None
    verify: Action | None
    code: int
    message: str


class Lock(NamedTuple):
    """A file that someone keeps others from pushing. owner: "" where the server does not tell; since: RFC 3339."""

    id: str
    path: str
    owner: str
    since: str


def batch(operation: str, blobs: Sequence[Blob]) -> bytes:
    """What to POST to `objects/batch`."""
    objects = [{"oid": str(blob.oid), "size": blob.size} for blob in blobs]
    return _json({"operation": operation, "transfers": ["basic"], "objects": objects, "hash_algo": "sha256"})


def answers(document: Any, operation: str, what: str) -> dict[str, Answer]:
    """What a batch says, by oid; an object that it does not name is not among them. Raises StoreError."""
    if not isinstance(document, dict) or not isinstance(document.get("objects"), list):
        raise StoreError(f"{what}: this is no answer of a Git LFS server")
    if document.get("transfer", "basic") != "basic" or document.get("hash_algo", "sha256") != "sha256":
        raise StoreError(f"{what}: the server wants another kind of transfer than `basic` with SHA-256")
    found = [entry for entry in document["objects"] if isinstance(entry, dict)]
    return {str(entry.get("oid")): _answer(entry, operation, what) for entry in found}


def verification(blob: Blob) -> bytes:
    """What to POST to a `verify` action."""
    return _json({"oid": str(blob.oid), "size": blob.size})


def action(value: Any, what: str, ours: bool = True) -> Action:
    """An action, or the answer of git-lfs-authenticate, which has the same form. Raises StoreError."""
    href = value.get("href", "") if isinstance(value, dict) else None
    headers = value.get("header") or {} if isinstance(value, dict) else None
    if not isinstance(href, str) or not isinstance(headers, dict):
        raise StoreError(f"{what}: this is no answer of a Git LFS server")
    sent = {str(name): str(word) for name, word in headers.items() if str(name).lower() not in FRAMING}
    signed = any(name.lower() == "authorization" for name in sent)
    return Action(href, sent, ours and not signed, _until(value))


def lock_request(path: str, ref: str | None) -> bytes:
    """What to POST to `locks`."""
    return _json({"path": path, **_ref(ref)})


def unlock_request(force: bool, ref: str | None) -> bytes:
    """What to POST to `locks/ID/unlock`."""
    return _json({"force": force, **_ref(ref)})


def verify_request(cursor: str, ref: str | None) -> bytes:
    """What to POST to `locks/verify`."""
    return _json({**({"cursor": cursor} if cursor else {}), **_ref(ref)})


def lock(value: Any) -> Lock:
    """A lock; what the server does not say of it is empty."""
    told = _table(value)
    owner = _table(told.get("owner")).get("name")
    words = (told.get("id"), told.get("path"), owner, told.get("locked_at"))
    return Lock(*(str(word or "")[:LONGEST_PATH] for word in words))


def locks(document: Any, key: str) -> list[Lock]:
    """The locks that a document has under a key."""
    found = document.get(key) if isinstance(document, dict) else None
    return [lock(value) for value in found] if isinstance(found, list) else []


def cursor(document: Any) -> str:
    """Where a list goes on; "" at its end."""
    found = document.get("next_cursor") if isinstance(document, dict) else None
    return str(found or "")


def message(document: Any) -> str:
    """What the server says for people, on one line; "" for nothing."""
    said = document.get("message") if isinstance(document, dict) else None
    return "".join(c if c.isprintable() else " " for c in str(said or "")[:LONGEST])


def _answer(entry: Mapping[str, Any], operation: str, what: str) -> Answer:
    error, actions = _table(entry.get("error")), _table(entry.get("actions"))
    ours = entry.get("authenticated") is not True
    size = entry.get("size")
    return Answer(
        size if isinstance(size, int) else -1,
        action(actions[operation], what, ours) if operation in actions else None,
        action(actions["verify"], what, ours) if "verify" in actions else None,
        _code(error) if error else 0,
        message(error),
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _code(error: Mapping[str, Any]) -> int:
    code = error.get("code")
    return code if isinstance(code, int) and code else 500


def _until(value: Mapping[str, Any]) -> float | None:
    """expires_in (seconds) comes first, as with git-lfs, since clocks differ; else expires_at (RFC 3339)."""
    seconds = value.get("expires_in")
    if isinstance(seconds, (int, float)) and seconds:
        return time.monotonic() + min(seconds, YEAR)
    moment = value.get("expires_at")
    if not isinstance(moment, str) or not moment or moment.startswith("0001-"):
        return None
    try:
        at = datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return None
    return time.monotonic() + at - time.time()


def _ref(name: str | None) -> dict[str, dict[str, str]]:
    return {"ref": {"name": name}} if name else {}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
