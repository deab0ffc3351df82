"""Git's configuration: values in one scope (local, global, system, worktree), and where the one in force is from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gitblob.git import command
from gitblob.git.repository import Repository

SCOPES = ("system", "global", "local", "worktree")  # later ones win
TO_RESOLVE = ("~", "%(prefix)/", ":(optional)")  # git-config(1), "pathname"


class Value(NamedTuple):
    """scope: a word of SCOPES. text: as written. path: with `~` and `%(prefix)` resolved, as for a path."""

    scope: str
    text: str
    path: str


def environment(repository: Repository | None) -> dict[str, str]:
    """The environment for git to see the configuration as it lies in files, without `git -c` of a caller."""
    clean = command.foreign_environment()
    return {**clean, "GIT_DIR": repository.git_dir} if repository else clean


def values(key: str, scope: str, env: Mapping[str, str]) -> list[str]:
    """All values of a key in one scope."""
    return _split(command.run("config", f"--{scope}", "-z", "--get-all", key, env=env, ok=(0, 1)))


def effective(key: str, env: Mapping[str, str]) -> list[Value]:
    """All values of a key in all files, the one in force last."""
    query = ("config", "--show-scope", "-z", "--get-all", key)
    raw = _split(command.run(*query, env=env, ok=(0, 1)))
    paths = raw
    if any(text.startswith(TO_RESOLVE) for text in raw[1::2]):
        paths = _split(command.run(query[0], "--type=path", *query[1:], env=env))
    found = [Value(*fields) for fields in zip(raw[::2], raw[1::2], paths[1::2], strict=True)]
    return [value for value in found if value.scope in SCOPES]


def scopes_of(pattern: str, env: Mapping[str, str]) -> dict[str, str]:
    """The keys (lower case but for the middle part) that match a regular expression, with the scope in force."""
    fields = _split(command.run("config", "--show-scope", "-z", "--get-regexp", pattern, env=env, ok=(0, 1)))
    return {entry.split("\n", 1)[0]: scope for scope, entry in zip(fields[::2], fields[1::2], strict=True)}


def is_off(key: str, env: Mapping[str, str]) -> bool:
    """Is this switch set to a false value?"""
    return command.run("config", "--type=bool", "--get", key, env=env, ok=(0, 1)) == b"false\n"


def is_on(key: str, env: Mapping[str, str]) -> bool:
    """Is this switch set to a true value? Raises GitFailed for a value that is neither true nor false."""
    return command.run("config", "--type=bool", "--get", key, env=env, ok=(0, 1)) == b"true\n"


def assign(key: str, value: str, scope: str, env: Mapping[str, str]) -> bool:
    """Make this the only value of the key in the scope. False when it was so already: the file stays untouched."""
    if values(key, scope, env) == [value]:
        return False
    command.run("config", f"--{scope}", "--replace-all", key, value, env=env)
    return True


def remove(key: str, scope: str, env: Mapping[str, str]) -> bool:
    """Take the key out of the scope. False when it was not there."""
    if not values(key, scope, env):
        return False
    command.run("config", f"--{scope}", "--unset-all", key, env=env)
    return True


def assign_all(settings: Mapping[str, str], scope: str, env: Mapping[str, str]) -> bool:
    """Assign each; False when all were so already. Keys in lower case."""
    present = _all(scope, env)
    missing = [key for key, value in settings.items() if present.get(key) != [value]]
    for key in missing:
        assign(key, settings[key], scope, env)
    return bool(missing)


def remove_all(keys: Iterable[str], scope: str, env: Mapping[str, str]) -> bool:
    """Remove each; False when none was there. Keys in lower case."""
    present = _all(scope, env)
    found = [key for key in keys if key in present]
    for key in found:
        remove(key, scope, env)
    return bool(found)


def _all(scope: str, env: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in _split(command.run("config", f"--{scope}", "-z", "--get-regexp", ".", env=env, ok=(0, 1))):
        key, _, value = entry.partition("\n")
        found.setdefault(key, []).append(value)
    return found


def _split(output: bytes) -> list[str]:
    return os.fsdecode(output).split("\0")[:-1]
