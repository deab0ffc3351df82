"""`<common git dir>/gitblob/hooks-installed`: that the hooks are in place, seen with a few stats.

The mark holds the path of the repository it was made for (hooks name absolute paths, repositories are moved and mounted
elsewhere) and how each file looked that decides which hooks git runs. On the hot path: os only.
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
        return os.read(fd, 1 << 16) == _state(repository)
    finally:
        os.close(fd)


def is_outdated(repository: Repository) -> bool:
    """Is there a mark, and something that matters has changed since?"""
    return os.path.exists(_path(repository)) and not is_current(repository)


def set_current(repository: Repository) -> None:
    """Leave the mark."""
    from gitblob import filesystem

    path = _path(repository)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    filesystem.write_new(path, _state(repository))


def remove(repository: Repository) -> None:
    """Take the mark away."""
    from gitblob import filesystem

    filesystem.remove(_path(repository))


def _path(repository: Repository) -> str:
    return f"{repository.common_dir}/gitblob/{NAME}"


def _state(repository: Repository) -> bytes:
    """The repository's place, then time, inode and size of each file: two changes in one tick have one time."""
    home = os.path.expanduser("~")
    lines = [os.fsencode(os.path.realpath(repository.common_dir))]
    for path in (
        f"{repository.common_dir}/config",
        f"{repository.common_dir}/hooks",
        f"{repository.git_dir}/config.worktree",
        os.environ.get("GIT_CONFIG_GLOBAL") or f"{home}/.gitconfig",
        f"{os.environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/git/config",
    ):
        try:
            info = os.stat(path)
            lines.append(b"%d %d %d" % (info.st_mtime_ns, info.st_ino, info.st_size))
        except OSError:
            lines.append(b"-")
    return b"\n".join(lines)
