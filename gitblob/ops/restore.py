"""Old versions of files and folders in the work tree, as `git restore --source` puts them there.

Git does it, through the filter where the cache has all that is needed. Else git writes the pointers, without the
filter, and all content comes in one batch, with progress. Before that every file is looked at that git would overwrite
or remove without a word: one whose content Git has never seen is not given up.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gitblob import materialise
from gitblob.errors import GitblobError, PointerError
from gitblob.git import bulk, command, history, index, pathspecs, tracking
from gitblob.git.at_paths import SUBMODULE
from gitblob.git.command import GitFailed
from gitblob.git.repository import Repository
from gitblob.model.pointer import Pointer
from gitblob.ops import place, sync
from gitblob.stub import Outcome, Stub
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace

SHOWN = 5  # paths named in one error


class Restored(NamedTuple):
    """The commit (hex), the files that it has (raw paths), those that were removed, and what became of pointers."""

    commit: str
    files: list[bytes]
    removed: list[bytes]
    outcome: Outcome


class Unsaved(GitblobError):
    """A file would be overwritten whose content is nowhere else."""

    code = "unsaved"


def restore(
    workspace: Workspace,
    rev: str,
    specs: Sequence[str],
    *,
    staged: bool = False,
    force: bool = False,
    progress: Progress = SILENT,
) -> Restored:
    """Give the work tree (staged: and the index) what a revision has within git pathspecs (relative to the top).

    Raises UsageError for a revision that does not exist, Unsaved (not with force) before anything is changed,
    StoreError and the like where content could not be fetched: then its pointer stands.
    """
    repository, top = workspace.repository, place.worktree(workspace.repository)
    commit = history.commit(rev, top)
    with pathspecs.as_index(history.tree(commit, top), top) as env:
        then = _entries(command.lines("ls-files", "-s", "-z", "--", *specs, cwd=top, env=env))
    now = _entries(command.lines("ls-files", "-s", "-z", "--", *specs, cwd=top))
    dirty = command.lines("diff-files", "-z", "--name-only", "--no-renames", "--", *specs, cwd=top)
    edited = set(dirty)
    if not force:
        lost = _unsaved(repository, top, dirty, [path for path in then if path not in now])
        nested = (path for path in then.keys() & now.keys() if now[path][0] == SUBMODULE != then[path][0])
        lost |= {path for path in nested if _is_edited(os.path.join(os.fsencode(top), path))}
        if lost:
            raise _refusal(sorted(lost))
    written = {entry[1] for path, entry in then.items() if now.get(path) != entry or path in edited}
    filtered = [] if _has_content(workspace, written) else _without_filter(top)
    where = ["--worktree", *(["--staged"] if staged else [])]
    data = b"".join(os.fsencode(spec) + b"\0" for spec in specs)
    query = ("restore", f"--source={commit}", *where, "--pathspec-from-file=-", "--pathspec-file-nul")
    command.run(*filtered, *query, cwd=top, data=data)
    outcome = sync.bring(workspace, list(_standing(top, then)), progress)
    return Restored(commit, list(then), sorted(now.keys() - then.keys()), outcome)


def _entries(listing: Iterable[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
    """Mode and object name (hex) of the path of each record of `ls-files -s -z`."""
    records = (record.partition(b"\t") for record in listing)
    return {path: (head.split(b" ")[0], head.split(b" ")[1]) for head, _, path in records}


def _has_content(workspace: Workspace, names: Iterable[bytes]) -> bool:
    """Has the cache what all pointers among these objects (hex) stand for?"""
    kinds = history.classify(names, workspace.top).values()
    return all(workspace.cache.find(kind.oid, kind.size) for kind in kinds if isinstance(kind, Pointer))


def _without_filter(top: str) -> list[str]:
    """Options with which git puts pointers into the work tree as they are."""
    words = (f"filter.{name}.{key}" for name in tracking.names(top) for key in ("process=", "required=false"))
    return [option for word in words for option in ("-c", word)]


def _standing(top: str, paths: Iterable[bytes]) -> Iterator[Stub]:
    for path in paths:
        try:
            stub = materialise.standing(top, path)
        except PointerError:
            continue  # left to fsck
        if stub:
            yield stub


def _unsaved(repository: Repository, top: str, dirty: Sequence[bytes], new: Sequence[bytes]) -> set[bytes]:
    """Files that git would write over, or remove, and whose content Git does not have, as it is or as a pointer.

    dirty: paths where the work tree is not as the index. new: paths that the commit has and the index has not, so that
    what is there now is no file of Git's.
    """
    names: dict[bytes, bytes] = {}
    files, lost = list[bytes](), set[bytes]()
    for path in dict.fromkeys([*dirty, *_in_the_way(top, new)]):
        try:
            mode = os.lstat(os.path.join(os.fsencode(top), path)).st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISREG(mode):
            files.append(path)
        elif stat.S_ISLNK(mode):
            target = os.readlink(os.path.join(os.fsencode(top), path))
            names[path] = index.blob_name(target, repository.is_sha256()).hex().encode()
        elif stat.S_ISDIR(mode):
            lost |= _unknown(top, path)
        else:
            lost.add(path)
    names |= _cleaned(top, files)
    here = bulk.sizes(names.values(), top)
    return lost | {path for path in (*files, *names) if names.get(path) not in here}


def _in_the_way(top: str, new: Iterable[bytes]) -> Iterator[bytes]:
    """These paths, and what stands where one of their folders has to be."""
    seen = set[bytes]()
    for path in new:
        yield path
        folder = os.path.dirname(path)
        while folder and folder not in seen:
            seen.add(folder)
            full = os.path.join(os.fsencode(top), folder)
            if os.path.lexists(full) and (os.path.islink(full) or not os.path.isdir(full)):
                yield folder
            folder = os.path.dirname(folder)


def _unknown(top: str, folder: bytes) -> set[bytes]:
    """What a folder has that Git does not follow; nothing of a submodule."""
    return set(command.lines("ls-files", "--others", "-z", "--", b":(literal)" + folder, cwd=top))


def _is_edited(submodule: bytes) -> bool:
    """Has a submodule files that its own repository has not? Its commits are kept when its folder goes."""
    if not os.path.lexists(os.path.join(submodule, b".git")):
        return False
    return bool(command.run("status", "--porcelain", "--ignored", cwd=os.fsdecode(submodule)))


def _cleaned(top: str, files: Sequence[bytes]) -> dict[bytes, bytes]:
    """The name (hex) that each file would have in Git; the filter leaves its content in the cache.

    Those are not told that git cannot clean: a conflict around a pointer, say.
    """
    plain = [path for path in files if b"\n" not in path]
    try:
        listing = command.run("hash-object", "--stdin-paths", cwd=top, data=b"".join(p + b"\n" for p in plain))
        found = dict(zip(plain, listing.split(), strict=True))
        odd = [path for path in files if b"\n" in path]
        return found | {path: command.run("hash-object", "--", path, cwd=top).strip() for path in odd}
    except GitFailed:
        return {}


def _refusal(lost: Sequence[bytes]) -> Unsaved:
    shown = ", ".join(os.fsdecode(path) for path in lost[:SHOWN])
    more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
    return Unsaved(
        f"{shown}{more}: would be replaced, and what is there now was never added or committed",
        "`git add` keeps it in Git, `--force` gives it up; nothing was changed",
    )
