"""The files of one commit, looked up folder by folder, so that a folder costs what lies in it and nothing else."""

from __future__ import annotations

import os
import posixpath
import threading
from collections.abc import Iterable
from typing import NamedTuple

from gitblob.api.paths import IsAFolder, NoSuchFile
from gitblob.api.repositories import Opened
from gitblob.errors import PointerError, UsageError
from gitblob.git import folders
from gitblob.git.folders import Content, Item
from gitblob.model.pointer import Pointer

FILE, FOLDER, LINK, SUBMODULE = "file", "folder", "link", "submodule"
KINDS = {folders.FOLDER: FOLDER, folders.LINK: LINK, folders.SUBMODULE: SUBMODULE}
KEPT = 256  # folders
MANY = 2_000  # files in a folder from which on only those that are asked for are looked at
NOT_HERE = Content(None)


class Found(NamedTuple):
    """What a commit has at a path (from the top). size: bytes of content, None where that is not known here.

    name: Git's (hex). pointer: of files. wrong: why what claims to be a pointer is none.
    """

    path: str
    kind: str
    name: str
    size: int | None = None
    pointer: Pointer | None = None
    wrong: str | None = None


def is_content(pointer: Pointer) -> bool:
    """Is the blob the content of the file? Not where a Git LFS extension has made the one out of the other."""
    return not pointer.extensions


def check(pointer: Pointer, where: str) -> None:
    """Raise PointerError for a pointer whose blob is not the content of the file. where: the file, for messages."""
    if not is_content(pointer):
        raise PointerError(f"{where} was made with a Git LFS extension", "only git-lfs can undo that")


class Tree:
    """commit: hex. What was looked up is kept: a commit never changes."""

    def __init__(self, repository: Opened, commit: str) -> None:
        self.repository = repository
        self.commit = commit
        self._folders: dict[str, dict[str, Item]] = {}
        self._contents: dict[bytes, Content] = {}
        self._lock = threading.Lock()

    def folder(self, path: str) -> list[Found]:
        """What lies in a folder. Raises NoSuchFile where it is none."""
        items = self._items(path)
        if not items and path:
            raise NoSuchFile(f"{self.commit[:12]} has no folder {path}", "`gitblob ls REV` lists files")
        return self._found(path, items.values())

    def below(self, path: str) -> list[Found]:
        """Every file, link and submodule below a folder, at any depth; nothing where it is none."""
        items = folders.items(self.commit, os.fsencode(path), self.repository.top, recursive=True)
        return self._found(path, items)

    def find(self, path: str) -> Found:
        """What is at a path; a link as such. Raises NoSuchFile."""
        if not path:
            return Found("", FOLDER, "")
        parent = posixpath.dirname(path)
        items = self._items(parent)
        item = items.get(path)
        if item is None:
            raise NoSuchFile(
                f"{self.commit[:12]} has no {path}", "paths count from the top; `gitblob log PATH` lists who has it"
            )
        alone = len(items) > MANY or not folders.is_file(item)
        return self._found(parent, [item] if alone else items.values(), path)[0]

    def file(self, path: str) -> Found:
        """The file at a path, also one that a link within the commit leads to. Raises NoSuchFile, UsageError."""
        found = self._find_or_none(path)
        if found is None or found.kind == LINK:
            found = self._through_links(path) or found
        if found is None:
            return self.find(path)
        if found.kind == FOLDER:
            raise IsAFolder(f"{self.commit[:12]}:{path} is a folder", "gitblob.list shows what is in it")
        if found.kind != FILE:
            raise UsageError(f"{self.commit[:12]}:{path} is a {found.kind}, which leads to no file of this commit")
        return self._complete(found)

    def _find_or_none(self, path: str) -> Found | None:
        try:
            return self.find(path)
        except NoSuchFile:
            return None

    def _through_links(self, path: str) -> Found | None:
        top = self.repository.top
        name = folders.leads_to(self.commit, os.fsencode(path), top)
        if name is None:
            return None
        content = self._look([name], "").get(name, NOT_HERE)
        return Found(path, FILE, name.decode(), *content)

    def _complete(self, found: Found) -> Found:
        """A file of which all is known; what a partial clone left out has been brought."""
        if found.size is None:
            name = found.name.encode()
            folders.bring(self.commit, os.fsencode(posixpath.dirname(found.path)), [name], self.repository.top)
            content = folders.contents([name], self.repository.top).get(name, NOT_HERE)
            found = Found(found.path, FILE, found.name, *content)
        where = f"{self.commit[:12]}:{found.path}"
        if found.size is None:
            raise NoSuchFile(f"{where} is not in this clone", "`git fetch --refetch` brings what was left out")
        if found.wrong:
            raise PointerError(f"{where}: {found.wrong}", f"`git cat-file blob {found.name}` shows it")
        if found.pointer:
            check(found.pointer, where)
        return found

    def _items(self, folder: str) -> dict[str, Item]:
        known = self._folders.get(folder)
        if known is None:
            listed = folders.items(self.commit, os.fsencode(folder), self.repository.top)
            known = {os.fsdecode(item.path): item for item in listed}
            with self._lock:
                while len(self._folders) >= KEPT:
                    del self._folders[next(iter(self._folders))]
                self._folders[folder] = known
        return known

    def _found(self, folder: str, items: Iterable[Item], only: str | None = None) -> list[Found]:
        items = list(items)
        contents = self._look([item.name for item in items if folders.is_file(item)], folder)
        found = []
        for item in items:
            path, name = os.fsdecode(item.path), item.name.decode()
            if only is not None and path != only:
                continue
            if folders.is_file(item):
                found.append(Found(path, FILE, name, *contents.get(item.name, NOT_HERE)))
            else:
                found.append(Found(path, KINDS.get(item.mode, LINK), name))
        return found

    def _look(self, names: Iterable[bytes], folder: str) -> dict[bytes, Content]:
        with self._lock:
            unknown = [name for name in names if name not in self._contents]
        if unknown:
            top = self.repository.top
            if self.repository.lacks_small:
                folders.bring(self.commit, os.fsencode(folder), unknown, top)
            fresh = folders.contents(unknown, top)
            with self._lock:
                self._contents.update(fresh)
        return self._contents
