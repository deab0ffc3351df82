"""A clear error where a pointer stands in for the data that a program is about to load."""

from __future__ import annotations

import functools
import os
import shlex
import stat
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import ParamSpec, TypeVar, overload

from gitblob.api.paths import NoSuchFile, Path
from gitblob.api.worktree import GIT, standing
from gitblob.errors import BlobMissing
from gitblob.model import pointer as pointers

SHOWN = 3  # paths in one message

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Guard:
    """Paths that were looked at. As a context manager: looks once more when the block fails."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        _refuse(_stubs(paths))

    def __enter__(self) -> Guard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and (found := list(_stubs(p for p in self._paths if os.path.exists(p)))):
            raise _missing(found) from error


@overload
def guard(things: Callable[_P, _R], /) -> Callable[_P, _R]: ...
@overload
def guard(things: Path | Iterable[Path], /) -> Guard: ...
def guard(things: Path | Iterable[Path] | Callable[_P, _R], /) -> Guard | Callable[_P, _R]:
    """Make sure that no pointer stands in for data: in these files, or in a function's arguments.

    things: a file or folder, or several, from the current directory; raises BlobMissing, which names the files and
    what to type, or NoSuchFile. What is returned can be used as `with gitblob.guard(PATH):`. A function: the same
    function, which looks at those of its arguments that are paths or open files first: `gitblob.guard(torch.load)`.
    """
    if callable(things):
        return _guarded(things)
    given = [things] if isinstance(things, (str, os.PathLike)) else things
    return Guard([os.fspath(path) for path in given])


def _guarded(function: Callable[_P, _R]) -> Callable[_P, _R]:
    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        values: list[object] = [*args, *kwargs.values()]
        _refuse(_stubs(path for path in map(_path, values) if path and os.path.isfile(path)))
        return function(*args, **kwargs)

    return call


def _path(value: object) -> str | None:
    """The path that an argument is, or that an open file has."""
    named = getattr(value, "name", None) if hasattr(value, "read") else value
    if not isinstance(named, (str, os.PathLike)):
        return None
    path = os.fspath(named)
    return path if isinstance(path, str) and "\0" not in path else None


def _stubs(paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Files that are pointers, with the size (bytes) of their content. Raises NoSuchFile."""
    for path in paths:
        if os.path.isdir(path):
            yield from _stubs(_files(path))
            continue
        try:
            info = os.stat(path)
        except FileNotFoundError:
            raise NoSuchFile(f"there is no {path}") from None
        small = stat.S_ISREG(info.st_mode) and info.st_size <= pointers.MAX_BYTES  # to open a pipe may wait for ever
        pointer = standing(path)[0] if small else None
        if pointer:
            yield path, pointer.size


def _files(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != GIT)
        yield from (path for name in sorted(names) if os.path.isfile(path := os.path.join(place, name)))


def _refuse(stubs: Iterator[tuple[str, int]]) -> None:
    if found := list(stubs):
        raise _missing(found)


def _missing(found: list[tuple[str, int]]) -> BlobMissing:
    path, size = found[0]
    others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    shown = " ".join(shlex.quote(path) for path, _ in found[:SHOWN]) if len(found) <= SHOWN else ""
    return BlobMissing(
        f"{path}{others} is not here: a pointer stands in for its {size:,} bytes",
        f"`gitblob pull{' ' + shown if shown else ''}` brings the content",
    )
