"""One commit as a file system of fsspec: read-only, without a checkout.

What an instance is given is made definite before it is made: the repository becomes an absolute path, a revision or a
date the commit that it leads to now. So a copy that is unpickled in another process reads that commit, wherever the
branch has gone meanwhile, and two that were given different words for one commit are one.
"""

from __future__ import annotations

import errno
import io
import os
import posixpath
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, BinaryIO, NoReturn

from fsspec import AbstractFileSystem
from fsspec.callbacks import DEFAULT_CALLBACK
from fsspec.config import apply_config
from fsspec.utils import isfilelike

from gitblob.api import content, files
from gitblob.api.paths import NoSuchFile
from gitblob.api.repositories import Opened, opened
from gitblob.api.tree import FILE, FOLDER, LINK, Found, Tree, is_content
from gitblob.errors import GitblobError, UsageError
from gitblob.fs import copying
from gitblob.git import folders

ORDER = ("repo", "rev", "at")
OPTIONS = {
    *ORDER,
    *("asynchronous", "loop", "skip_instance_cache", "use_listings_cache", "listings_expiry_time", "max_paths"),
    *("add_docs", "add_aliases", "batch_size", "auto_mkdir", "target_protocol", "target_options", "fo", "protocol"),
}  # the rest are fsspec's own; `ref` or `revision`, if ignored, would read another commit than was meant
TYPES = {FILE: "file", FOLDER: "directory"}
BUFFER = 64 << 10  # bytes


class File(io.BufferedReader):
    """A file to read that knows its size, as users of fsspec expect."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        raw: Any = file.detach() if isinstance(file, (io.BufferedReader, io.BufferedRandom)) else file
        super().__init__(raw, BUFFER)
        self.size = size

    def __del__(self) -> None:
        """Close without a ResourceWarning: Arrow and DuckDB leave that to Python."""
        self.close()


class _Definite(type(AbstractFileSystem)):  # type: ignore[misc]  # fsspec has no types
    """Makes arguments definite before fsspec looks for an instance with the same ones."""

    def __call__(cls, *places: Any, **options: Any) -> Any:
        given = apply_config(cls, {**dict(zip(ORDER, places, strict=False)), **options})
        if unknown := [name for name in (*places[len(ORDER) :], *given) if name not in OPTIONS]:
            raise UsageError(f"gitblob:// knows no option {unknown[0]!r}", "repo, rev and at say what is read")
        repo, rev, at = given.pop("repo", "."), given.pop("rev", None), given.pop("at", None)
        repository = opened(repo)
        commit = repository.commit(rev or "HEAD", at)
        return super().__call__(repo=repository.folder, rev=commit, **given)


class GitblobFileSystem(AbstractFileSystem, metaclass=_Definite):  # type: ignore[misc]
    """repo: a folder in a repository, bare ones included. rev, at: as for gitblob.open; without both: HEAD.

    Paths count from the top of the repository.
    """

    protocol = "gitblob"
    root_marker = ""

    def __init__(self, repo: str = ".", rev: str = "HEAD", **options: Any) -> None:
        super().__init__(repo=repo, rev=rev, **options)
        self.repo = repo
        self.commit = rev

    @property
    def fsid(self) -> str:
        """The commit: it says which bytes every path has."""
        return f"gitblob-{self.commit}"

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """What lies in a folder; of a file, the file alone. Raises FileNotFoundError."""
        tree, inside = self._tree(), self._strip_protocol(path)
        here = tree.find(inside)
        found = tree.folder(inside) if here.kind == FOLDER else [here]
        return [_info(tree, each) if detail else each.path for each in sorted(found)]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """name, size (bytes of content), type, oid (None for what Git itself holds), git (Git's own name, hex)."""
        tree, inside = self._tree(), self._strip_protocol(path)
        try:
            return _info(tree, tree.find(inside))
        except NoSuchFile:
            return _info(tree, tree.file(inside))  # below a link to a folder

    def find(self, path: str, maxdepth: int | None = None, withdirs: bool = False, **options: Any) -> Any:
        """Every file below a folder; all at once, unless only so deep."""
        detail = options.pop("detail", False)
        if maxdepth is not None:
            return super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, **options)
        tree, inside = self._tree(), self._strip_protocol(path)
        below = tree.below(inside) or [each for each in self._here(tree, inside) if each.kind != FOLDER]
        found = {each.path: _info(tree, each) for each in below}
        if withdirs:
            found |= {folder: _info(tree, Found(folder, FOLDER, "")) for folder in _folders_of(found, inside)}
        names = sorted(found)
        return {name: found[name] for name in names} if detail else names

    def expand_path(
        self, path: str | list[str], recursive: bool = False, maxdepth: int | None = None, **options: Any
    ) -> list[str]:
        """The paths that are meant; of those below a folder only what has content.

        The others are submodules, and links that lead to no file of the commit.
        """
        if not isinstance(path, list):
            return self.expand_path([path], recursive, maxdepth, **options)
        found = super().expand_path(path, recursive, maxdepth, **options)
        given = set(self._strip_protocol(path))
        return [each for each in found if each in given or not recursive or self.info(each)["type"] != "other"]

    def ukey(self, path: str) -> str:
        """A word that only the same content has: `sha256:<64 hex>`, for what Git itself holds `git:<hex>`."""
        info = self.info(path)
        return info["oid"] or f"git:{info['git']}"

    def checksum(self, path: str) -> int:
        """The same as a number."""
        return int(self.ukey(path).partition(":")[2], 16)

    def modified(self, path: str) -> datetime:
        """The date of the commit that last changed the path."""
        inside = self._strip_protocol(path)
        seconds = folders.changed(self.commit, os.fsencode(inside), self._repository().top)
        if seconds is None:
            raise NoSuchFile(f"{self.commit[:12]} has no {inside}")
        return datetime.fromtimestamp(seconds, timezone.utc)

    created = modified

    def cat(self, path: str | list[str], recursive: bool = False, on_error: str = "raise", **options: Any) -> Any:
        """The content of files; what is not here is fetched at once."""
        if recursive or not isinstance(path, str) or "*" in path:
            self._bring(self.expand_path(path, recursive=recursive))
        return super().cat(path, recursive=recursive, on_error=on_error, **options)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        """The content of a file, or what lies from start to end; negative ones count from the end."""
        with self._open(path) as file:
            return file.read() if start is None and end is None else _part(file, start, end)

    def cat_ranges(
        self,
        paths: Sequence[str],
        starts: Sequence[int | None] | int | None,
        ends: Sequence[int | None] | int | None,
        max_gap: int | None = None,  # noqa: ARG002 neighbouring blocks come together
        on_error: str = "return",
        **_: Any,
    ) -> list[Any]:
        """Parts of files; each file is opened once."""
        wanted = list(zip(paths, _each(starts, len(paths)), _each(ends, len(paths)), strict=True))
        found: dict[int, Any] = {}
        for path in dict.fromkeys(paths):
            mine = [number for number, (of, _, _) in enumerate(wanted) if of == path]
            try:
                with self._open(path) as file:
                    found |= {number: _part(file, *wanted[number][1:]) for number in mine}
            except Exception as error:  # fsspec's way: the caller may want the others
                if on_error == "raise":
                    raise
                found |= dict.fromkeys(mine, error)
        return [found[number] for number in range(len(wanted))]

    def get(self, rpath: str | list[str], lpath: Any, recursive: bool = False, **options: Any) -> Any:
        """Copy files to this machine; what is not here is fetched at once."""
        if recursive or not isinstance(rpath, str) or "*" in rpath:
            self._bring(self.expand_path(rpath, recursive=recursive, maxdepth=options.get("maxdepth")))
        return super().get(rpath, lpath, recursive=recursive, **options)

    def get_file(self, rpath: str, lpath: Any, callback: Any = DEFAULT_CALLBACK, outfile: Any = None, **_: Any) -> None:
        """Copy one file: a blob by way of the cache, so that it is verified; it appears whole."""
        if isfilelike(lpath):
            outfile = lpath
        elif self.isdir(rpath):
            os.makedirs(lpath, exist_ok=True)
            return
        tree = self._tree()
        found = tree.file(self._strip_protocol(rpath))
        callback.set_size(found.size)
        if found.pointer:
            content.fetched(tree.repository, found.pointer, found.path)
        with content.of(tree.repository, found) as source:
            if outfile is None:
                copying.to_path(source, os.fspath(lpath), callback.relative_update)
            else:
                copying.pump(source, outfile.write, callback.relative_update)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> BinaryIO:
        if mode != "rb":
            self._refuse(path)
        tree = self._tree()
        found = tree.file(self._strip_protocol(path))
        return File(content.of(tree.repository, found), found.size or 0)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        """The path from the top; several at once, as fsspec has it."""
        if isinstance(path, list):
            return [cls._strip_protocol(each) for each in path]
        inside = posixpath.normpath(
            os.fspath(path).removeprefix("gitblob://").removeprefix("gitblob:").strip("/") or "."
        )
        if inside == ".." or inside.startswith("../"):
            raise UsageError(f"{path} is outside the repository", "paths count from its top")
        return "" if inside == "." else inside

    def _repository(self) -> Opened:
        return opened(self.repo)

    def _tree(self) -> Tree:
        return files.tree_of(self._repository(), self.commit)

    def _here(self, tree: Tree, path: str) -> list[Found]:
        try:
            return [tree.find(path)]
        except NoSuchFile:
            return []

    def _bring(self, paths: Iterable[str]) -> None:
        """Bring the blobs of these files to the cache, many at a time. What cannot be had is said when it is read."""
        tree = self._tree()
        found = [each for path in paths for each in self._here(tree, path)]
        with suppress(GitblobError):
            tree.repository.obtain([each.pointer for each in found if each.pointer and is_content(each.pointer)], "")

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        reason = f"gitblob:// is read-only: {self.commit[:12]} is a commit. Write in the work tree, then commit"
        raise OSError(errno.EROFS, reason)

    mkdir = makedirs = rmdir = rm = rm_file = _rm = touch = cp_file = mv = put_file = put = pipe_file = pipe = _refuse


def _info(tree: Tree, found: Found) -> dict[str, Any]:
    meant = _led_to(tree, found) if found.kind == LINK else found
    pointer = meant.pointer
    return {
        "name": found.path,
        "size": meant.size or 0,
        "type": TYPES.get(meant.kind, "other"),
        "oid": pointer.oid.text if pointer else None,
        "git": meant.name,
        "islink": found.kind == LINK,
    }


def _led_to(tree: Tree, link: Found) -> Found:
    try:
        return tree.file(link.path)
    except UsageError:
        return link


def _folders_of(paths: Iterable[str], top: str) -> set[str]:
    """The folders from `top` to these files."""
    found = {top} if top else set()
    for path in paths:
        while (path := posixpath.dirname(path)) and path != top and path not in found:
            found.add(path)
    return found


def _each(value: Sequence[int | None] | int | None, count: int) -> Sequence[int | None]:
    return [value] * count if value is None or isinstance(value, int) else value


def _part(file: BinaryIO, start: int | None, end: int | None) -> bytes:
    """Bytes from start to end; negative ones count from the end."""
    size = file.seek(0, os.SEEK_END)
    first, last, _ = slice(start, end).indices(size)
    file.seek(first)
    return file.read(max(0, last - first))
