"""Before a commit: nothing large goes into Git itself, and what a rule covers is a pointer.

A staged raw file under a rule, or one above `track.above` that no rule covers, is converted on the spot: its blob goes
to the cache, its pointer to the index, and a rule for its path where there was none. In the temporary index of
`git commit PATH` that would be undone by the commit itself, so there the commit is refused with the commands to type.
"""

from __future__ import annotations

import os
import shlex
from typing import NamedTuple

from gitblob import filesystem
from gitblob.errors import GitblobError, PointerError
from gitblob.filter import clean
from gitblob.git import attributes, command
from gitblob.model import pointer as pointers
from gitblob.ops import restage
from gitblob.ops.restage import Entry
from gitblob.workspace import Workspace

PARTIAL = "next-index-"  # what git calls the index of `git commit PATH` (builtin/commit.c)


class Staged(NamedTuple):
    """A regular file in the index that differs from HEAD: path (raw), mode, object name (hex), size (bytes)."""

    path: bytes
    mode: bytes
    name: bytes
    size: int


class Converted(NamedTuple):
    """A staged file that has become a pointer; `ruled` where a rule for its path was added."""

    path: str
    size: int
    ruled: bool


class Refused(GitblobError):
    """A commit that would put wrong bytes into Git."""

    code = "commit-refused"


def run(workspace: Workspace) -> list[Converted]:
    """Check the index that the commit is made of (GIT_INDEX_FILE), converting what must be a pointer.

    Raises Refused for a malformed pointer, and for files to convert in a partial index.
    """
    top = workspace.repository.worktree
    if top is None:
        return []
    staged = _staged(top)
    tracked = attributes.tracked((file.path for file in staged), cwd=top, cached=True)
    small = [file for file in staged if file.path in tracked and file.size <= pointers.MAX_BYTES]
    raw = _raw(small, top) + [file for file in staged if file.path in tracked and file.size > pointers.MAX_BYTES]
    loose = [file for file in staged if file.path not in tracked and not clean.is_git_file(file.path)]
    large = [file for file in loose if file.size > workspace.settings.track_above] if _may_be_large(loose) else []
    if not raw and not large:
        return []
    if os.path.basename(workspace.repository.index).startswith(PARTIAL):
        raise _partial([*raw, *large], large)
    restage.as_pointers(workspace.cache, top, [Entry(file.path, file.mode, file.name) for file in (*raw, *large)])
    if large:
        _add_rules(top, [file.path for file in large])
    return [Converted(os.fsdecode(file.path), file.size, file in large) for file in (*raw, *large)]


def _may_be_large(files: list[Staged]) -> bool:
    """Spares commits of small text files the reading of the settings."""
    return any(file.size > pointers.MAX_BYTES for file in files)


def _staged(top: str) -> list[Staged]:
    against = "HEAD" if command.succeeds("rev-parse", "--verify", "--quiet", "HEAD", cwd=top) else _empty_tree(top)
    fields = command.lines("diff-index", "--cached", "-z", "--no-renames", "--diff-filter=AMT", against, "--", cwd=top)
    found = []
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        _, mode, _, name, _ = head.split(b" ")
        if mode.startswith(b"100"):
            found.append((path, mode, name))
    sizes = _sizes([name for _, _, name in found], top)
    return [Staged(path, mode, name, sizes.get(name, 0)) for path, mode, name in found]


def _empty_tree(top: str) -> str:
    return command.text("hash-object", "-t", "tree", "--stdin", cwd=top)


def _sizes(names: list[bytes], top: str) -> dict[bytes, int]:
    if not names:
        return {}
    query = ("cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer")
    answer = command.run(*query, cwd=top, data=b"\n".join(dict.fromkeys(names)) + b"\n")
    fields = [line.split() for line in answer.splitlines()]
    return {pair[0]: int(pair[1]) for pair in fields if pair[1].isdigit()}


def _raw(files: list[Staged], top: str) -> list[Staged]:
    """Those of the small files under a rule that are content. Raises Refused for malformed pointers."""
    found, wrong = [], []
    with command.objects(top) as objects:
        contents = dict(objects.read(file.name for file in files)) if files else {}
    for file in files:
        data = contents.get(file.name) or b""
        try:
            if data and not pointers.decode(data) and not clean.is_git_file(file.path):
                found.append(file)
        except PointerError as error:
            wrong.append(f"{os.fsdecode(file.path)}: {error.message}")
    if wrong:
        raise Refused("; ".join(wrong), "`git restore --staged` the file, put its content back, and `git add` it again")
    return found


def _partial(files: list[Staged], large: list[Staged]) -> Refused:
    names = [shlex.quote(os.fsdecode(file.path)) for file in files]
    track = [f"gitblob track --exact -- {' '.join(names[-len(large) :])}"] if large else []
    added = [".gitattributes"] if large else []
    steps = [*track, f"git add --renormalize -- {' '.join([*names, *added])}", "git commit"]
    return Refused(
        f"{', '.join(names)}: large content would go into Git itself, and `git commit PATH` uses an index of its own",
        "type: " + " && ".join(steps),
    )


def _add_rules(top: str, paths: list[bytes]) -> None:
    """A rule for each path: in the staged .gitattributes for the commit, in the one of the work tree for the user.

    The two may differ, when the user has edits that are not staged; those stay unstaged.
    """
    lines = [attributes.line(attributes.exact(path)) for path in paths]
    worktree = os.path.join(os.fsencode(top), attributes.FILE)
    try:
        with open(worktree, "rb") as file:
            text = file.read()
    except FileNotFoundError:
        text = b""
    staged = command.run("cat-file", "blob", b":" + attributes.FILE, cwd=top, ok=(0, 128))
    for line in lines:
        text, staged = attributes.add(text, line), attributes.add(staged, line)
    filesystem.write_new(os.fsdecode(worktree), text)
    restage.stage(top, [(Entry(attributes.FILE, b"100644", b""), staged)])
