"""`PATH` or `PATH:KEY.KEY`: a file of the repository, or one value in it."""

from __future__ import annotations

import re
from typing import NamedTuple

from gitblob.errors import SettingsError

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DRIVE = re.compile(r"[A-Za-z]:[\\/]")


class Reference(NamedTuple):
    """path: relative to the top of the repository. key: the way down to a value, () for the whole file."""

    path: str
    key: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.path}:{'.'.join(self.key)}" if self.key else self.path


def parse(text: str) -> Reference:
    """The reference that a person has written. Raises SettingsError for a path that could leave the repository."""
    path, colon, key = text.partition(":") if not DRIVE.match(text) else (text, "", "")
    keys = tuple(key.split(".")) if colon else ()
    if colon and not all(keys):
        raise SettingsError(f"{text!r}: after the colon belongs a key", "such as config/params.yaml:train.lr")
    return Reference(inside(path), keys)


def inside(path: str) -> str:
    """The path without a slash at its end. Raises SettingsError for one that is not inside the repository."""
    if not path or CONTROL.search(path):
        raise SettingsError(f"{path!r} is no path")
    if "\\" in path:
        raise SettingsError(f"{path!r} has a backslash", "folders end with `/` on every machine")
    parts = path.rstrip("/").split("/")
    if path.startswith("/") or DRIVE.match(path) or ".." in parts:
        raise SettingsError(f"{path!r} is outside the repository", "paths are relative to the top of the repository")
    if "." in parts or "" in parts or ".git" in (part.lower() for part in parts):
        raise SettingsError(f"{path!r} is no path of a file in Git", "write it as `git ls-files` shows it")
    return "/".join(parts)
