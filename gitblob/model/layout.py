"""The plain layout of a store, and of every cache: `<root>/<2 hex>/<62 hex>` and a format marker.

A blob's file holds its raw bytes and nothing else, so `sha256sum` checks it and a file browser finds it.
"""

from __future__ import annotations

from gitblob.model import oid as oids
from gitblob.model.oid import Oid

MARKER = "gitblob-store"
MARKER_TEXT = b"gitblob store, format 1: <2 hex>/<62 hex> is the SHA-256 of the file's bytes\n"
FANOUT = tuple(f"{n:02x}" for n in range(256))


def key(oid: Oid) -> str:
    """The blob's key below the root."""
    return oid.key


def lfs_key(oid: Oid) -> str:
    """The same below a folder in which git-lfs keeps its objects: git-lfs's docs/spec.md, Intercepting Git."""
    return f"{oid[:2]}/{oid[2:4]}/{oid}"


def oid_at(key: str) -> Oid | None:
    """The Oid whose blob lies at this key, or None for a file that is no blob."""
    return oids.from_key(key)


def is_supported(marker: bytes) -> bool:
    """Is this the marker of a layout that this version can read?"""
    return marker.startswith(b"gitblob store, format 1:")
