"""Git's (and our) own small text files, which must stay readable under a rule for everything."""

from __future__ import annotations

NAMES = (b".gitattributes", b".gitignore", b".gitmodules", b".gitblob.yaml", b".mailmap")


def is_one(path: bytes) -> bool:
    """Is this path (raw) one of them, in whatever folder?"""
    return path.rpartition(b"/")[2] in NAMES
