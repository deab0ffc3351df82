"""Tell git about gitblob, and take that back."""

from __future__ import annotations

from typing import NamedTuple

from gitblob.errors import NotARepository
from gitblob.git import command, config, config_hooks, driver, hooks, program
from gitblob.git.hooks import State
from gitblob.git.repository import Repository

GLOBAL = "global"


class Installed(NamedTuple):
    """What `install` has done: where, for which program; was anything written to the configuration?

    hooks: None outside a repository. configured: do hooks run from the configuration of that scope?
    """

    scope: str
    program: str
    changed: bool
    configured: bool
    hooks: State | None


class Removed(NamedTuple):
    """What `uninstall` has done.

    driver, hooks: was there something to take back? hooks: None outside a repository.
    still: the scope where git still finds the filter, or None.
    """

    scope: str
    driver: bool
    hooks: bool | None
    still: str | None


def install(scope: str = GLOBAL, with_hooks: bool = True, cwd: str | None = None) -> Installed:
    """Configure the drivers in this scope, and the hooks there (git 2.54) or in the repository around cwd.

    with_hooks=False switches them off for the scope. Raises HookError, GitFailed; NotARepository for the scopes
    local and worktree.
    """
    repository = _repository(scope, cwd)
    env = config.environment(repository)
    executable = program.find(repository.worktree if repository else None)
    changed = driver.install(executable, scope, env)
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
    changed = driver.uninstall(scope, env)
    changed |= config.remove(hooks.SWITCH, scope, env)
    changed |= config_hooks.unregister(scope, env)
    in_repository = hooks.uninstall(repository) if repository else None
    return Removed(scope, changed, in_repository, driver.scope_in_force(env))


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
