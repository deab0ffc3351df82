"""Pointers in the index: malformed ones, and raw files that should have been pointers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from gitblob.git import command, entries, history, tracking
from gitblob.git.entries import Entry
from gitblob.git.history import Malformed
from gitblob.model import pointer as pointers
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer
from gitblob.ops import conversion, restage
from gitblob.ops.fsck.finding import MALFORMED, RAW, Finding
from gitblob.workspace import Workspace

KNOWN_DIGITS = 8  # hex digits of a damaged oid that must have survived to look for it


def check(workspace: Workspace, top: str, repair: bool) -> Iterator[Finding]:
    """Findings about the index; with repair, right pointers are staged (the commit is the user's)."""
    wrong: list[Malformed] = []
    for _ in history.pointers_in_index(top, malformed=wrong.append):
        pass
    files = {entry.path: entry for entry in entries.regular(top)}
    damaged = {found.path for found in wrong}
    for found in wrong:
        mended = _mend(workspace, top, files[found.path]) if repair else None
        if mended:
            restage.stage(top, [(files[found.path], mended)])
            _rewrite(top, found.path, mended)
        yield Finding(MALFORMED, os.fsdecode(found.path), found.reason, bool(mended))
    drivers = tracking.drivers(files, top)
    raw = conversion.raw(top, set(drivers)) - damaged
    if repair and raw:
        lfs = {path for path in raw if drivers[path] == tracking.LFS}
        restage.as_pointers(workspace.cache, top, [files[path] for path in sorted(raw)], lfs)
    for path in sorted(raw):
        yield Finding(RAW, os.fsdecode(path), "Git itself has the content; a rule says it should be a pointer", repair)


def _mend(workspace: Workspace, top: str, entry: Entry) -> bytes | None:
    """The pointer that this damaged one was: the only blob in the cache, or in the path's history, that fits it."""
    text = command.run("cat-file", "blob", entry.name, cwd=top)
    digits = re.search(rb"sha256:([0-9a-f]{8,64})", text)
    if not digits or len(digits[1]) < KNOWN_DIGITS:
        return None
    prefix = digits[1].decode("ascii")
    candidates = {Pointer(Oid(oid), size) for oid, size in workspace.cache.blobs() if oid.startswith(prefix)}
    for found in history.pointers_in_range(["HEAD"], cwd=top):
        if found.pointer.oid.startswith(prefix):
            candidates.add(Pointer(found.pointer.oid, found.pointer.size))
    if len(candidates) != 1:
        return None
    only = candidates.pop()
    return pointers.encode(Pointer(only.oid, only.size, text.startswith(pointers.LFS_MAGIC)))


def _rewrite(top: str, path: bytes, pointer: bytes) -> None:
    """Where the damaged pointer stands in the work tree too, let the right one stand there."""
    name = os.path.join(os.fsencode(top), path)
    try:
        with open(name, "rb") as file:
            if not pointers.claims(file.read(pointers.MAX_BYTES + 1)):
                return
    except OSError:
        return
    with open(name, "wb") as file:
        file.write(pointer)
