"""Tell git about gitblob, and take that back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gitblob.errors import NotARepository
from gitblob.git import command, config, config_hooks, driver, hooks, program
from gitblob.git.hooks import State
from gitblob.git.repository import Repository
from gitblob.ops import track

GLOBAL = "global"


class Installed(NamedTuple):
    """What `install` has done: where, for which program; was anything written to the configuration?

    hooks: None outside a repository. configured: do hooks run from the configuration of that scope? lfs: is gitblob the
    `lfs` driver of that scope? shadow: scope and value of another `lfs` driver that comes before it, or None.
    """

    scope: str
    program: str
    changed: bool
    configured: bool
    hooks: State | None
    lfs: bool = False
    shadow: tuple[str, str] | None = None


class Removed(NamedTuple):
    """What `uninstall` has done.

    driver, lfs, hooks: was there something to take back? hooks: None outside a repository.
    still: the scope where git still finds the filter, or None. lfs_now: what git runs as the `lfs` filter now, or None.
    """

    scope: str
    driver: bool
    hooks: bool | None
    still: str | None
    lfs: bool = False
    lfs_now: str | None = None


def install(scope: str = GLOBAL, with_hooks: bool = True, cwd: str | None = None, lfs: bool = False) -> Installed:
    """Configure the drivers in this scope, and the hooks there (git 2.54) or in the repository around cwd.

    with_hooks=False switches them off for the scope. lfs: as the `lfs` driver, too; where gitblob is that already it
    stays so. Raises HookError, GitFailed; NotARepository for the scopes local and worktree.
    """
    repository = _repository(scope, cwd)
    env = config.environment(repository)
    executable = program.find(repository.worktree if repository else None)
    changed = driver.install(executable, scope, env)
    if lfs := lfs or driver.is_lfs(scope, env):
        changed |= driver.install_lfs(executable, scope, env)
    done = _hooks(scope, with_hooks, executable, changed, repository)
    found = driver.lfs_in_force(env) if lfs else None
    return done._replace(lfs=lfs, shadow=found[:2] if found and not found[2] else None)


def _hooks(scope: str, with_hooks: bool, executable: str, changed: bool, repository: Repository | None) -> Installed:
    env = config.environment(repository)
    if not with_hooks:
        return _without_hooks(scope, executable, changed, repository)
    changed |= config.remove(hooks.SWITCH, scope, env)
    configured = config_hooks.supported()
    if configured:
        changed |= config_hooks.register(executable, scope, env)
    state = hooks.install(repository, executable) if repository else None
    return Installed(scope, executable, changed, configured, state)


def uninstall(scope: str = GLOBAL, cwd: str | None = None) -> Removed:
    """Take back what install wrote to this scope and to the repository around cwd. The cache stays."""
    repository = _repository(scope, cwd)
    env = config.environment(repository)
    lfs = driver.uninstall_lfs(scope, env)
    changed = driver.uninstall(scope, env)
    changed |= config.remove(hooks.SWITCH, scope, env)
    changed |= config_hooks.unregister(scope, env)
    in_repository = hooks.uninstall(repository) if repository else None
    return Removed(scope, changed, in_repository, driver.scope_in_force(env), lfs, _lfs_now(env))


def uninstall_lfs(scope: str = GLOBAL, cwd: str | None = None) -> Removed:
    """Give the `lfs` driver back, in this scope, to whom it belonged.

    Everything else of gitblob stays, but for the hooks of a repository that has no rule for gitblob's own name: git-lfs
    puts its own only where there are none.
    """
    repository = _repository(scope, cwd)
    env = config.environment(repository)
    lfs = driver.uninstall_lfs(scope, env)
    in_repository = None
    if repository and lfs:
        is_mixed = repository.worktree is None or bool(track.listed(repository))
        in_repository = hooks.wake_git_lfs(repository) if is_mixed else hooks.uninstall(repository)
    return Removed(scope, False, in_repository, None, lfs, _lfs_now(env))


def _lfs_now(env: Mapping[str, str]) -> str | None:
    found = driver.lfs_in_force(env)
    return found[1] if found else None


def _without_hooks(scope: str, executable: str, changed: bool, repository: Repository | None) -> Installed:
    env = config.environment(repository)
    changed |= config.assign(hooks.SWITCH, "false", scope, env)
    changed |= config_hooks.unregister(scope, env)
    state = None
    if repository:
        gone = hooks.uninstall(repository)
        state = State(hooks.OFF, scope, (), gone)
    return Installed(scope, executable, changed, False, state)


def _repository(scope: str, cwd: str | None) -> Repository | None:
    try:
        return command.find(cwd)
    except NotARepository:
        if scope in {"local", "worktree"}:
            raise
        return None
