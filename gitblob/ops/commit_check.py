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
from gitblob.errors import GitblobError
from gitblob.git import attributes, staged, tracking
from gitblob.git.entries import Entry
from gitblob.git.staged import Staged
from gitblob.model import gitfile
from gitblob.ops import restage, rulefile
from gitblob.workspace import Workspace

PARTIAL = "next-index-"  # what git calls the index of `git commit PATH` (builtin/commit.c)


class Converted(NamedTuple):
    """A staged file that has become a pointer; `ruled` where a rule for its path was added."""

    path: str
    ruled: bool


class Refused(GitblobError):
    """A commit that would put wrong bytes into Git."""

    code = "commit-refused"


def run(workspace: Workspace) -> list[Converted]:
    """Check the index that the commit is made of (GIT_INDEX_FILE), converting what must be a pointer.

    Raises Refused for a malformed pointer, for files to convert in a partial index, and where a rule has no place.
    """
    top = workspace.repository.worktree
    if top is None:
        return []
    files = staged.changed(top)
    ruled = tracking.drivers((file.path for file in files), top, cached=True)
    sizes = staged.sizes(files, top)
    raw = _raw([file for file in files if file.path in ruled], sizes, top)
    loose = [file for file in files if file.path not in ruled and not gitfile.is_one(file.path)]
    limit = workspace.settings.track_above
    large = [file for file in loose if limit and sizes.get(file.name, 0) > limit]
    if not raw and not large:
        return []
    if os.path.basename(workspace.repository.index).startswith(PARTIAL):
        raise _partial([*raw, *large], large)
    before = _rules(top) if large else (b"", b"")
    is_lfs = attributes.is_lfs(before[1]) and tracking.stands_in(top)  # then what git-lfs's users read, too
    lfs = {path for path, driver in ruled.items() if driver == tracking.LFS}
    lfs |= {file.path for file in large if is_lfs}
    restage.as_pointers(workspace.cache, top, [Entry(file.path, file.mode, file.name) for file in (*raw, *large)], lfs)
    if large:
        _add_rules(top, [attributes.line(attributes.exact(file.path), lfs=is_lfs) for file in large], *before)
    return [Converted(os.fsdecode(file.path), file in large) for file in (*raw, *large)]


def _raw(files: list[Staged], sizes: dict[bytes, int], top: str) -> list[Staged]:
    """Those of the files under a rule that are content. Raises Refused for malformed pointers."""
    found = staged.raw(files, sizes, top)
    wrong = [f"{os.fsdecode(file.path)}: {reason}" for file, reason in found if reason]
    if wrong:
        raise Refused("; ".join(wrong), "`git restore --staged` the file, put its content back, and `git add` it again")
    return [file for file, _ in found]


def _partial(files: list[Staged], large: list[Staged]) -> Refused:
    names = [shlex.quote(os.fsdecode(file.path)) for file in files]
    track = [f"gitblob track --exact -- {' '.join(names[-len(large) :])}"] if large else []
    added = [".gitattributes"] if large else []
    steps = [*track, f"git add --renormalize -- {' '.join([*names, *added])}", "git commit"]
    return Refused(
        f"{', '.join(names)}: large content would go into Git itself, and `git commit PATH` uses an index of its own",
        "type: " + " && ".join(steps),
    )


def _rules(top: str) -> tuple[bytes, bytes]:
    """The .gitattributes of the work tree and of the index. Raises Refused where one is no regular file."""
    try:
        return rulefile.read(os.path.join(os.fsencode(top), attributes.FILE)), rulefile.staged(top)
    except GitblobError as error:
        raise Refused(f"{error.message}, and a large file needs a rule in it", error.hint) from error


def _add_rules(top: str, lines: list[bytes], text: bytes, indexed: bytes) -> None:
    """These rules: in the staged .gitattributes for the commit, in the one of the work tree for the user.

    The two may differ, when the user has edits that are not staged; those stay unstaged.
    """
    for line in lines:
        text, indexed = attributes.add(text, line), attributes.add(indexed, line)
    filesystem.write_new(os.fsdecode(os.path.join(os.fsencode(top), attributes.FILE)), text)
    restage.stage(top, [(Entry(attributes.FILE, b"100644", b""), indexed)])
