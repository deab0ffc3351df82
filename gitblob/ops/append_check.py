"""Before a commit: files that are declared to only grow still begin with all that HEAD has of them.

A pointer tells how many bytes there were and their SHA-256, so the old blob is needed for the message alone. A commit
that concludes a merge keeps every line of each parent, in its order; what one parent has rewritten and the others have
not touched since was decided when that was committed.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from typing import BinaryIO

from gitblob import cache as caches
from gitblob.errors import GitblobError
from gitblob.git import append_only, command, history, staged
from gitblob.git.staged import Staged
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer
from gitblob.ops import sync, union
from gitblob.workspace import Workspace

SHOWN = 5  # files that are named
WIDTH = 60  # characters of a line that are shown
HINT = (
    "put the old rows back and add new ones behind them (`git diff --cached` shows the change); "
    "`git commit --no-verify` records a rewrite that is meant"
)


class Rewritten(GitblobError):
    """A commit that would change what is there in a file that only grows."""

    code = "append-only"


def run(workspace: Workspace) -> None:
    """Look at the index that the commit is made of (GIT_INDEX_FILE). Raises Rewritten, StoreError."""
    top = workspace.repository.worktree
    if top is None:
        return
    parents = ["HEAD", *staged.merged(workspace.repository.git_dir)]
    differing = {parent: staged.differing(top, parent if number else None) for number, parent in enumerate(parents)}
    grown = append_only.declared({path for files in differing.values() for path in staged.at_stake(files)}, top)
    wrong: dict[bytes, str] = {}
    for parent, files in differing.items():
        for file in files:
            is_asked = file.path in grown and file.before[0].startswith(staged.REGULAR)
            if is_asked and (reason := rewritten(workspace, file, parent, parents)):
                wrong.setdefault(file.path, reason)
    if wrong:
        told = [f"{os.fsdecode(path)} is append-only: {reason}" for path, reason in list(wrong.items())[:SHOWN]]
        more = f" (and {len(wrong) - SHOWN} more)" if len(wrong) > SHOWN else ""
        raise Rewritten("; ".join(told) + more, HINT)


def rewritten(workspace: Workspace, file: Staged, parent: str, parents: list[str]) -> str:
    """Why a file has not only grown since one of a commit's parents; "" where it has. Raises StoreError."""
    reason = _reason(workspace, file, is_merge=len(parents) > 1)
    return "" if reason and _is_decided(file, parent, parents, workspace.top) else reason


def first_change(before: BinaryIO, now: BinaryIO) -> str:
    """Which line is the first that is not as it was, with both texts."""
    number, at = _line_at(before, union.shared(before, now, 0, quotes=False))
    before.seek(at)
    now.seek(at)
    while old := before.readline(union.PIECE):
        new = now.readline(union.PIECE)
        if not new:
            return f"line {number}, {_shown(old)}, is gone"
        if old.removesuffix(b"\n") != new.removesuffix(b"\n"):
            return f"line {number} was {_shown(old)} and is {_shown(new)} now"
        number += 1
    return "its line ends have changed"


def _reason(workspace: Workspace, file: Staged, is_merge: bool) -> str:
    """Why the file has not only grown; "" where it has."""
    if not file.mode.startswith(staged.REGULAR):
        return "it is removed or renamed" if file.mode.strip(b"0") == b"" else "it is no regular file any more"
    top = workspace.top
    kinds = history.classify((file.before[1], file.name), top)
    with ExitStack() as opened:
        old, oid, size = _old(opened, workspace, file.before[1], kinds)
        now = _opened(opened, workspace, file.name, kinds, fetch=True)
        if now is None:
            return "what is staged is neither here nor in a store, so nobody can tell whether it has only grown"
        if union.starts_with(now, oid, size):
            return ""
        if is_merge:
            old = old or _opened(opened, workspace, file.before[1], kinds, fetch=True)
            if old and _has_lines(now, old):
                return ""
        return first_change(old, now) if old else "it does not begin with what was there"


def _old(
    opened: ExitStack, workspace: Workspace, name: bytes, kinds: dict[bytes, Pointer | str | None]
) -> tuple[BinaryIO | None, Oid, int]:
    """The old content if it is here, its oid and size (bytes)."""
    pointer = kinds.get(name)
    file = _opened(opened, workspace, name, kinds, fetch=False)
    if isinstance(pointer, Pointer):
        return file, pointer.oid, pointer.size
    assert file
    return file, caches.digest(file.fileno()), os.fstat(file.fileno()).st_size


def _opened(
    opened: ExitStack, workspace: Workspace, name: bytes, kinds: dict[bytes, Pointer | str | None], fetch: bool
) -> BinaryIO | None:
    """The content behind an object (hex), blob or raw; None for a blob that is not here, nor (fetch) in a store."""
    pointer = kinds.get(name, "")
    if isinstance(pointer, Pointer):
        path = workspace.cache.restorable(pointer.oid, pointer.size)
        if not path and fetch:
            sync.obtain(workspace, [pointer])
            path = workspace.cache.restorable(pointer.oid, pointer.size)
        return opened.enter_context(open(path, "rb")) if path else None
    file = opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 it is
    if pointer is not None:  # else it is empty
        file.writelines(command.stream("cat-file", "blob", name, cwd=workspace.top))
        file.flush()
    return file


def _has_lines(now: BinaryIO, old: BinaryIO) -> bool:
    """Does a file have all lines of another one, in their order?"""
    now.seek(0)
    old.seek(0)
    lines = (line.rstrip(b"\r\n") for line in now)
    return all(any(line == wanted.rstrip(b"\r\n") for line in lines) for wanted in old)


def _is_decided(file: Staged, parent: str, parents: list[str], top: str) -> bool:
    """Does the merge only take what another parent has made of a file that this one has left alone?"""
    chosen = (file.mode, file.name) if file.mode.strip(b"0") else None
    for other in parents:
        if other == parent or _entry(other, file.path, top) != chosen:
            continue
        base = command.text("merge-base", parent, other, cwd=top, ok=(0, 1))
        if base and _entry(base, file.path, top) == file.before:
            return True
    return False


def _entry(rev: str, path: bytes, top: str) -> tuple[bytes, bytes] | None:
    """Mode and object name (hex) that a commit has for a path."""
    found = command.run("--literal-pathspecs", "ls-tree", "-z", "--full-tree", rev, "--", path, cwd=top)
    words = found.partition(b"\t")[0].split(b" ")
    return (words[0], words[2]) if found else None


def _line_at(file: BinaryIO, position: int) -> tuple[int, int]:
    """The number of the line that this position lies in, and where it begins."""
    file.seek(0)
    number, start, at = 1, 0, 0
    while at < position and (data := file.read(min(union.PIECE, position - at))):
        number += data.count(b"\n")
        start = at + data.rfind(b"\n") + 1 if b"\n" in data else start
        at += len(data)
    return number, start


def _shown(line: bytes) -> str:
    text = line[: 4 * WIDTH].removesuffix(b"\n").decode("utf-8", "backslashreplace").replace("\r", "\\r")
    return f'"{text[:WIDTH]}…"' if len(text) > WIDTH else f'"{text}"'
