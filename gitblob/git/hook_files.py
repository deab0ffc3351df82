"""Hooks as files in a hooks directory, in front of what is there: `pre-push` becomes `pre-push.before-gitblob`.

The pre-commit framework does the same with ours (`pre-push.legacy`), so ours counts under either name. lefthook puts
ours aside (`pre-push.old`) and never runs it, and gives up where that name is taken: there ours is removed.
"""

from __future__ import annotations

import os
import shutil

from gitblob import filesystem
from gitblob.errors import HookError
from gitblob.git import shims

PRE_PUSH = "pre-push"
OF_GIT_LFS = (PRE_PUSH, "post-checkout", "post-commit", "post-merge")
BEFORE, LEGACY, OLD = ".before-gitblob", ".legacy", ".old"


def install(directory: str, program: str) -> bool:
    """Put our hooks in this directory; False when they were there already. Raises HookError."""
    os.makedirs(directory, exist_ok=True)
    changed = [_install(os.path.join(directory, name), name, program) for name in shims.NAMES]
    return any(changed)


def uninstall(directory: str) -> bool:
    """Take our hooks out of this directory and give back what was there; False when there was none of ours."""
    changed = [_uninstall(os.path.join(directory, name)) for name in shims.NAMES]
    return any(changed)


def rest_git_lfs(directory: str) -> bool:
    """Put git-lfs's own hooks aside that would do harm and in front of which ours do not stand; False when none is.

    Content that git-lfs does not have itself would fail the push; where it is gone, every hook fails.
    """
    names = (PRE_PUSH,) if shutil.which("git-lfs") else OF_GIT_LFS
    paths = [path for name in names if shims.is_of_git_lfs(path := os.path.join(directory, name))]
    for path in paths:
        os.replace(path, path + BEFORE)
    return bool(paths)


def wake_git_lfs(directory: str) -> bool:
    """Give those hooks their names back."""
    paths = [path for name in OF_GIT_LFS if shims.is_of_git_lfs((path := os.path.join(directory, name)) + BEFORE)]
    paths = [path for path in paths if not os.path.lexists(path)]
    for path in paths:
        os.replace(path + BEFORE, path)
    return bool(paths)


def chained(directory: str) -> list[str]:
    """The names of the hooks that were there before ours and run first."""
    return [name for name in shims.NAMES if os.path.lexists(os.path.join(directory, name + BEFORE))]


def write(path: str, script: bytes) -> bool:
    """Put an executable script there at once; False when it is there already."""
    try:
        with open(path, "rb") as file:
            if file.read() == script and os.access(path, os.X_OK):
                return False
    except FileNotFoundError:
        pass
    filesystem.write_new(path, script, 0o777)
    return True


def _install(path: str, name: str, program: str) -> bool:
    script = shims.render(name, program, f'"${{0%/*}}/{name}{BEFORE}"')
    if not shims.is_ours(path) and shims.is_of_pre_commit(path) and shims.is_ours(path + LEGACY):
        return write(path + LEGACY, script)
    if os.path.lexists(path) and not shims.is_ours(path):
        _set_aside(path, path + BEFORE)
    return write(path, script) | _clear(path + OLD)


def _set_aside(path: str, before: str) -> None:
    """Give the hook its second name; the first one is then replaced, so that at no moment there is no hook.

    A link refuses to replace, so two processes that do this at once lose nothing.
    """
    try:
        os.link(path, before, follow_symlinks=False)
    except FileExistsError:
        _settle(path, before)
    except (NotImplementedError, OSError):  # a file system without links, or someone else's file
        if os.path.lexists(before):
            _settle(path, before)
        else:
            os.rename(path, before)


def _settle(path: str, before: str) -> None:
    """Both names are taken: by the same file (cut short), by a newer version of the same hook, or by two hooks."""
    if shims.is_ours(path) or os.path.samestat(os.lstat(path), os.lstat(before)):
        return
    if not shims.generator(path) or shims.generator(path) != shims.generator(before):
        raise HookError(
            f"{path} was written over gitblob's hook, and {before} is still there",
            f"make one hook of the two, remove {os.path.basename(before)}, then `gitblob install`",
        )
    os.replace(path, before)


def _clear(path: str) -> bool:
    """Remove a file of ours."""
    if ours := shims.is_ours(path):
        os.unlink(path)
    return ours


def _uninstall(path: str) -> bool:
    found = _clear(path + OLD)
    if shims.is_ours(path):
        _give_back(path, path + BEFORE)
        found = True
    if shims.is_ours(path + LEGACY):
        if shims.is_of_pre_commit(path) and shims.is_of_pre_commit(path + BEFORE):
            os.unlink(path + BEFORE)  # its successor is in place
        _give_back(path + LEGACY, path + BEFORE)
        found = True
    return found


def _give_back(ours: str, before: str) -> None:
    if os.path.lexists(before):
        os.replace(before, ours)
    else:
        os.unlink(ours)
