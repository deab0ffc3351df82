"""`<common git dir>/gitblob/hooks-installed`: that the hooks are in place, seen with a few stats.

The mark holds the path of the repository it was made for (hooks name absolute paths, repositories are moved and
mounted elsewhere) and is as new as the newest of what decides which hooks git runs. On the hot path: os only.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitblob.git.repository import Repository

NAME = "hooks-installed"


def is_current(repository: Repository) -> bool:
    """Was everything in place when last looked at, and has nothing that matters changed since?"""
    try:
        fd = os.open(_path(repository), os.O_RDONLY)
    except OSError:
        return False
    try:
        place, time = os.read(fd, 1 << 16), os.fstat(fd).st_mtime_ns
    finally:
        os.close(fd)
    return place == _place(repository) and _newest(repository) <= time


def set_current(repository: Repository) -> None:
    """Leave the mark."""
    from gitblob import filesystem

    path, time = _path(repository), _newest(repository)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    filesystem.write_new(path, _place(repository))
    os.utime(path, ns=(time, time))


def remove(repository: Repository) -> None:
    """Take the mark away."""
    from gitblob import filesystem

    filesystem.remove(_path(repository))


def _path(repository: Repository) -> str:
    return f"{repository.common_dir}/gitblob/{NAME}"


def _place(repository: Repository) -> bytes:
    return os.fsencode(os.path.realpath(repository.common_dir))


def _newest(repository: Repository) -> int:
    """Nanoseconds: the last change of git's configuration or of the hooks directory."""
    home = os.path.expanduser("~")
    newest = 0
    for path in (
        f"{repository.common_dir}/config",
        f"{repository.common_dir}/hooks",
        f"{repository.git_dir}/config.worktree",
        os.environ.get("GIT_CONFIG_GLOBAL") or f"{home}/.gitconfig",
        f"{os.environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/git/config",
    ):
        try:
            newest = max(newest, os.stat(path).st_mtime_ns)
        except OSError:
            continue
    return newest
