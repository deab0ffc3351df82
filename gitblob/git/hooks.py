"""Our hooks in one repository, by whichever way fits: git's configuration, files, or a detour of core.hooksPath."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from gitblob.errors import GitblobError
from gitblob.git import config, config_hooks, driver, hook_files, hookmark, hooks_path, program
from gitblob.git.repository import Repository

SWITCH = "gitblob.hooks"
OFF, CONFIGURED, FILES, DETOUR = "off", "configured", "files", "detour"


class State(NamedTuple):
    """How the hooks of a repository run.

    way: OFF, CONFIGURED, FILES or DETOUR. place: the scope that says so, or the directory with our files.
    chained: names of the hooks that run before ours, or the directory in which a detour finds them.
    changed: had something to be done?
    """

    way: str
    place: str
    chained: tuple[str, ...]
    changed: bool


def install(repository: Repository, executable: str) -> State:
    """Put the hooks in place and mark that they are. Raises HookError where they cannot be.

    executable: absolute path of gitblob.
    """
    with _alone(repository):
        state = _install(repository, executable, config.environment(repository))
        hookmark.set_current(repository)  # its folder is what a configured hook looks for
    return state


def uninstall(repository: Repository) -> bool:
    """Take our hooks out of the repository and give back what was there; False when there was none of ours.

    Hooks that are configured for more than this repository stay.
    """
    env = config.environment(repository)
    with _alone(repository):
        hookmark.remove(repository)
        changed = _take_back(repository, env)
        try:
            os.rmdir(repository.cache_root)
        except OSError:
            pass  # there are blobs in it, or nothing was ever there
    return changed


def wake_git_lfs(repository: Repository) -> bool:
    """Let git-lfs's own hook run again; one in front of which ours stands needs nothing, and then it is False."""
    with _alone(repository):
        woken = [hook_files.wake_git_lfs(place) for place in _places(repository, config.environment(repository))]
    return any(woken)


def ensure(repository: Repository) -> str | None:
    """Make sure of the hooks, for the filter process; never raises. What the user should be told, or None."""
    try:
        executable = program.find(repository.worktree)
        with _alone(repository):
            if hookmark.is_current(repository):
                return None
            state = _install(repository, executable, config.environment(repository))
            hookmark.set_current(repository)
    except (GitblobError, OSError) as error:
        hint = getattr(error, "hint", None)
        return f"the hooks are not in place: {error}" + (f" ({hint})" if hint else "")
    if state.way == DETOUR and state.changed:
        return f"core.hooksPath now leads to gitblob's hooks, which run those in {state.chained[0]} first"
    return None


@contextmanager
def _alone(repository: Repository) -> Iterator[None]:
    """One process at a time changes hooks here: two filters may run at once.

    A lock on the git directory itself leaves no file behind; where there is no such lock we go on without.
    """
    fd = os.open(repository.common_dir, os.O_RDONLY)
    try:
        try:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX)
        except (ImportError, OSError):
            pass
        yield
    finally:
        os.close(fd)


def _install(repository: Repository, executable: str, env: Mapping[str, str]) -> State:
    if config.is_off(SWITCH, env):
        return State(OFF, config.effective(SWITCH, env)[-1].scope, (), _take_back(repository, env))
    if config_hooks.supported():
        return _configure(repository, executable, env)
    value = hooks_path.previous(env)
    if value and hooks_path.leads_outside(repository, value):
        place, changed = hooks_path.take_over(repository, value, executable, env)
        return State(DETOUR, place, (value.text,), changed)
    changed = hooks_path.give_back(repository, env)
    place = hooks_path.absolute(repository, value) if value else f"{repository.common_dir}/hooks"
    changed |= hook_files.install(place, executable)
    changed |= _rest_git_lfs(repository, env)
    return State(FILES, place, tuple(hook_files.chained(place)), changed)


def _configure(repository: Repository, executable: str, env: Mapping[str, str]) -> State:
    """Configured hooks only: beside files they would run twice."""
    scope = config_hooks.scope_in_force(env)
    changed = scope is None and config_hooks.register(executable, "local", env)
    changed |= _remove_files(repository, env)
    changed |= _rest_git_lfs(repository, env)
    changed |= hooks_path.give_back(repository, env)
    return State(CONFIGURED, scope or "local", (), changed)


def _rest_git_lfs(repository: Repository, env: Mapping[str, str]) -> bool:
    """While gitblob is the `lfs` driver."""
    lfs = driver.lfs_in_force(env)
    stands_in = lfs is not None and lfs[2]
    rested = [hook_files.rest_git_lfs(place) for place in _places(repository, env) if stands_in]
    return any(rested)


def _take_back(repository: Repository, env: Mapping[str, str]) -> bool:
    changed = config_hooks.unregister("local", env)
    changed |= _remove_files(repository, env)
    return hooks_path.give_back(repository, env) or changed


def _remove_files(repository: Repository, env: Mapping[str, str]) -> bool:
    changed = [hook_files.uninstall(place) | hook_files.wake_git_lfs(place) for place in _places(repository, env)]
    return any(changed)


def _places(repository: Repository, env: Mapping[str, str]) -> set[str]:
    """The hooks directory of the repository, and the one core.hooksPath names if it is its own."""
    places = {f"{repository.common_dir}/hooks"}
    value = hooks_path.previous(env)
    if value and not hooks_path.leads_outside(repository, value):
        places.add(hooks_path.absolute(repository, value))
    return places
