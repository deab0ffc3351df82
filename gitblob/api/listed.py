"""The files that a version is made of, as a program names them: a folder, paths, or what is known of each file."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator

from gitblob import cache as caches
from gitblob import filesystem, materialise, workspace
from gitblob.api import paths
from gitblob.api.paths import Path
from gitblob.errors import MlError, NotARepository, UsageError
from gitblob.ml.fingerprint import File
from gitblob.ml.worktree import WorkTree
from gitblob.workspace import Workspace

Known = tuple[str, str, int]
Files = Path | Iterable[Path | Known]
OID = re.compile(r"(?:link:)?sha256:[0-9a-f]{64}|commit:[0-9a-f]{40,64}")


def files(given: Files) -> tuple[File, ...]:
    """What is meant, with oid and size of each file. Raises MlError, NoSuchFile, UsageError.

    In a repository files have the names that `gitblob version` gives them (from its top), and those that Git ignores
    do not count. Elsewhere the files of a folder are named from there, and a single file has its last name.
    """
    items: list[Path | Known] = [given] if isinstance(given, (str, os.PathLike)) else list(given)
    found = [_known(item) for item in items if isinstance(item, tuple)]
    found += _at([os.fspath(item) for item in items if not isinstance(item, tuple)])
    names: set[str] = set()
    for file in found:
        if file.path in names:
            raise UsageError(f"two of the files are called {file.path}", "give (path, oid, size) for each")
        names.add(file.path)
    if not found:
        raise MlError("a version without files says nothing", "files= takes a folder, paths, or (path, oid, size)")
    return tuple(found)


def _known(item: Known) -> File:
    path, oid, size = item if len(item) == 3 else (None, None, None)
    if not isinstance(path, str) or not isinstance(oid, str) or isinstance(size, bool) or not isinstance(size, int):
        raise UsageError(f"{item!r} is not (path, oid, size)", 'such as ("data/a.csv", "sha256:…", 1024)')
    if not OID.fullmatch(oid) or size < 0:
        raise UsageError(f"{path}: {oid!r} with {size} bytes is no content", "an oid is `sha256:` and 64 hex digits")
    return File(path, oid, size)


def _at(names: list[str]) -> list[File]:
    """The files at and below these paths."""
    inside: dict[str, tuple[Workspace, list[str]]] = {}
    found: list[File] = []
    for name in names:
        full = os.path.abspath(name)
        if not os.path.lexists(full):
            raise paths.NoSuchFile(f"{name}: no such file or folder", "relative paths count from the current folder")
        around = _repository(full)
        if around is None:
            found += _elsewhere(full)
        else:
            inside.setdefault(around.top, (around, []))[1].append(full)
    for opened, some in inside.values():
        wanted = [paths.from_top(opened, os.getcwd(), full) or "." for full in some]
        found += WorkTree(opened).files(list(dict.fromkeys(wanted)))
    return found


def _repository(full: str) -> Workspace | None:
    """The repository whose work tree this lies in."""
    try:
        opened = workspace.open(full if os.path.isdir(full) else os.path.dirname(full))
    except NotARepository:
        return None
    return opened if opened.repository.worktree is not None else None


def _elsewhere(full: str) -> Iterator[File]:
    """The files of a folder that no repository has."""
    if not os.path.isdir(full):
        yield _hashed(os.path.dirname(full), os.path.basename(full))
        return
    for folder, below, names in os.walk(full):
        links = [name for name in below if os.path.islink(os.path.join(folder, name))]
        for name in (*names, *links):
            yield _hashed(full, os.path.relpath(os.path.join(folder, name), full).replace(os.sep, "/"))


def _hashed(top: str, name: str) -> File:
    full = os.path.join(top, name)
    info = os.lstat(full)
    if stat.S_ISLNK(info.st_mode):
        target = os.fsencode(os.readlink(full))
        return File(name, f"link:sha256:{hashlib.sha256(target).hexdigest()}", len(target))
    if not stat.S_ISREG(info.st_mode):
        raise MlError(f"{full} is neither a file nor a link", "a version is made of files")
    if stub := materialise.standing(top, os.fsencode(name)):
        return File(name, stub.pointer.oid.text, stub.pointer.size)
    fd = os.open(full, os.O_RDONLY | filesystem.BINARY)
    try:
        return File(name, caches.digest(fd).text, info.st_size)
    finally:
        os.close(fd)
