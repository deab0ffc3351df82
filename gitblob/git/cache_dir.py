"""`gitblob.cacheDir` in git's configuration: one cache for many clones (`gitblob help cache`).

The filter waits for the answer, and to start git costs milliseconds. So git is asked only where a file that it reads,
or its environment, mentions the setting: wrongly, perhaps, in a comment or under a condition, and git has the last
word. Included files are followed whatever their condition; a path that only git can resolve is a reason to ask it.

On the hot path: os only. Source: git-config(1), FILES, Includes and ENVIRONMENT.
"""

from __future__ import annotations

import os

from gitblob.cache import Cache
from gitblob.errors import SettingsError
from gitblob.git.repository import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "gitblob.cacheDir"
MENTIONS = (b"cachedir", b"include")
SYSTEM = ("/etc/gitconfig", "/usr/local/etc/gitconfig", "/opt/homebrew/etc/gitconfig", "/opt/local/etc/gitconfig")
DEPTH = 10  # of includes, as git has it
UNSURE = (b"\\", b'"', b"#", b";")  # in a path: git's own rules of quoting count


def open(repository: Repository, cwd: str | None = None) -> Cache:  # noqa: A001 read as cache_dir.open
    """The cache to use for a repository around a directory (default: the current one). Raises SettingsError."""
    shared = configured(repository, cwd)
    if not shared:
        return Cache(repository.cache_root)
    from gitblob.cache.shared import SharedCache

    return SharedCache(repository.cache_root, shared)


def configured(repository: Repository, cwd: str | None = None) -> str | None:
    """The directory that git's configuration names, or None. Raises SettingsError for a value that is no path."""
    if not _in_environment() and not any(_mentioned(path, 0) for path in _files(repository)):
        return None
    from gitblob.git import command

    try:
        value = os.fsdecode(command.run("config", "--type=path", "-z", "--get", KEY, cwd=cwd, ok=(0, 1)).rstrip(b"\0"))
    except command.GitFailed as error:
        raise SettingsError(f"{KEY} in git's configuration is no path ({error.message})", _HINT) from None
    if value and not os.path.isabs(value):
        raise SettingsError(f"{KEY} in git's configuration is {value!r}, which is not an absolute path", _HINT)
    return os.path.normpath(value) if value else None


_HINT = f"such as `git config {KEY} /srv/gitblob-cache`"


def _in_environment() -> bool:
    """`git -c`, `--config-env` and GIT_CONFIG_COUNT."""
    texts = [os.environ.get("GIT_CONFIG_PARAMETERS", "")]
    if "GIT_CONFIG_COUNT" in os.environ:
        texts += [value for name, value in os.environ.items() if name.startswith("GIT_CONFIG_KEY_")]
    return any(word.decode() in text.lower() for text in texts if text for word in MENTIONS)


def _files(repository: Repository) -> Iterator[str]:
    yield f"{repository.common_dir}/config"
    yield f"{repository.git_dir}/config.worktree"
    home = os.environ.get("HOME", "")
    if "GIT_CONFIG_GLOBAL" in os.environ:
        yield os.environ["GIT_CONFIG_GLOBAL"]
    else:
        yield f"{home}/.gitconfig"
        yield f"{os.environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/git/config"
    if "GIT_CONFIG_SYSTEM" in os.environ:
        yield os.environ["GIT_CONFIG_SYSTEM"]
    elif not os.environ.get("GIT_CONFIG_NOSYSTEM"):
        yield from SYSTEM
        programs = os.environ.get("PATH", "").partition(os.pathsep)[0]  # for what it starts, git puts its own first
        if programs.endswith("/git-core"):
            yield f"{os.path.dirname(os.path.dirname(programs))}/etc/gitconfig"


def _mentioned(path: str, depth: int) -> bool:
    """Does the file, or one that it includes, mention the setting, or something that only git understands?"""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        data = b"".join(iter(lambda: os.read(fd, 1 << 16), b""))
    except OSError:
        return False
    finally:
        os.close(fd)
    lower = data.lower()
    if MENTIONS[0] in lower:
        return True
    if b"[include" not in lower:
        return False
    return depth == DEPTH or any(_leads_there(line, path, depth) for line in data.split(b"\n"))


def _leads_there(line: bytes, path: str, depth: int) -> bool:
    key, sign, value = line.partition(b"=")
    key, value = key.strip().lower(), value.strip()
    if not sign or not key.endswith(b"path"):
        return False
    if value[:1] == value[-1:] == b'"':
        value = value[1:-1]
    if key != b"path" or not value or value[:1] in {b"%", b":"} or any(sign in value for sign in UNSURE):
        return True
    target = os.fsdecode(value)
    if target.startswith("~/"):
        target = os.environ.get("HOME", "") + target[1:]
    elif target.startswith("~"):
        return True
    return _mentioned(os.path.join(os.path.dirname(path), target), depth + 1)
