"""Where a repository keeps its things, found without starting git.

Used on the hot path, where git has set the scene: the current directory is the top of the work tree (the git
directory in a bare repository), and GIT_DIR, GIT_COMMON_DIR, GIT_INDEX_FILE are set where they differ from the
defaults. Elsewhere `gitblob.git.command` asks git itself.
"""

from __future__ import annotations

import os

from gitblob.errors import NotARepository


class Repository:
    """Paths: worktree (None when bare), git_dir (of this work tree), common_dir (of all linked ones), index."""

    __slots__ = ("common_dir", "git_dir", "index", "worktree")

    def __init__(self, worktree: str | None, git_dir: str, common_dir: str, index: str) -> None:
        self.worktree = worktree
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.index = index

    @property
    def cache_root(self) -> str:
        """Where the cache of this repository lies."""
        return f"{self.common_dir}/gitblob"

    @property
    def state_dir(self) -> str:
        """Where gitblob keeps what belongs to this work tree alone (the journal)."""
        return f"{self.git_dir}/gitblob"

    def is_sha256(self) -> bool:
        """Are Git's own object names SHA-256 (extensions.objectFormat)?"""
        try:
            with open(f"{self.common_dir}/config", encoding="utf-8", errors="replace") as file:
                lines = [line.strip().lower().replace(" ", "") for line in file if "bject" in line.lower()]
        except OSError:
            return False
        return "objectformat=sha256" in lines


def here() -> Repository:
    """The repository of the current directory, which git has chosen. Raises NotARepository."""
    top = os.getcwd()
    git_dir = os.environ.get("GIT_DIR") or f"{top}/.git"
    if not os.path.isdir(git_dir):
        git_dir = _gitfile(git_dir) if os.path.isfile(git_dir) else top
    git_dir = os.path.abspath(git_dir)
    if not os.path.exists(f"{git_dir}/HEAD"):
        raise NotARepository(f"{top} is not the top of a git work tree", "run this inside a repository")
    common = os.environ.get("GIT_COMMON_DIR") or _common(git_dir)
    index = os.environ.get("GIT_INDEX_FILE") or f"{git_dir}/index"
    return Repository(None if git_dir == top else top, git_dir, os.path.abspath(common), os.path.abspath(index))


def _gitfile(path: str) -> str:
    """A `.git` file leads to the git directory: `gitdir: PATH`, relative to the file (gitrepository-layout(5))."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        text = file.read().rstrip("\n")
    return os.path.join(os.path.dirname(path), text.removeprefix("gitdir: "))


def _common(git_dir: str) -> str:
    try:
        with open(f"{git_dir}/commondir", encoding="utf-8", errors="surrogateescape") as file:
            return os.path.join(git_dir, file.read().rstrip("\n"))
    except FileNotFoundError:
        return git_dir
