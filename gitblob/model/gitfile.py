"""Git's (and our) own small text files, which must stay readable under a rule for everything."""

from __future__ import annotations

NAMES = (b".gitattributes", b".gitignore", b".gitmodules", b".gitblob.yaml", b".mailmap")
RECORD = b"experiment.yaml"  # of a run, at the top: history is searched for it, by whoever has no content
MERGED = (b".gitblob.lock", RECORD)  # at the top; rules of their own say how they are merged


def is_one(path: bytes) -> bool:
    """Is this path (raw) the record of a run, or one of the others in whatever folder?"""
    return path == RECORD or path.rpartition(b"/")[2] in NAMES
