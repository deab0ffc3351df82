"""Where core.hooksPath leads out of the git directory (husky, a tracked folder, one for all repositories).

Nothing is written there. core.hooksPath is led to `<common git dir>/gitblob/hooks` instead: our hooks, and a
pass-through for every other hook, each of which runs what the previous directory holds at that moment. The previous
value and its scope are remembered in `gitblob.chainedHooksPath` and `gitblob.chainedHooksScope` of the same file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from gitblob import filesystem
from gitblob.errors import HookError
from gitblob.git import config, hook_files, shims
from gitblob.git.config import Value
from gitblob.git.program import quoted
from gitblob.git.repository import Repository

KEY, CHAINED, CHAINED_SCOPE = "core.hooksPath", "gitblob.chainedHooksPath", "gitblob.chainedHooksScope"
FOLDERS = {"local": "hooks", "worktree": "worktree-hooks"}
PASSED = (  # githooks(5)
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-merge-commit", "prepare-commit-msg", "commit-msg",
    "post-commit", "pre-rebase", "pre-receive", "update", "post-receive", "post-update", "pre-auto-gc", "post-rewrite",
    "sendemail-validate", "post-index-change",
    "p4-changelist", "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit",
)  # fmt: skip
# Being there changes what git does, or costs at every ref: passed on only where the previous directory has them.
PASSED_IF_PRESENT = ("reference-transaction", "push-to-checkout", "proc-receive")


def previous(env: Mapping[str, str]) -> Value | None:
    """The value of core.hooksPath that would be in force without us."""
    given = config.effective(KEY, env)
    foreign = [value for value in given if not _is_ours(value)]
    mine = [value.scope for value in given if _is_ours(value)]
    recorded = [value for value in _recorded(env) if value.scope in mine]
    return max([*foreign, *recorded], key=lambda value: config.SCOPES.index(value.scope), default=None)


def leads_outside(repository: Repository, value: Value) -> bool:
    """Is this hooks directory one that is not the repository's own?"""
    path = os.path.realpath(absolute(repository, value))
    inner = (repository.git_dir, repository.common_dir)
    return not any(path.startswith(os.path.join(os.path.realpath(top), "")) for top in inner)


def absolute(repository: Repository, value: Value) -> str:
    """The directory a value means: relative to where hooks run."""
    return os.path.join(repository.worktree or repository.git_dir, value.path)


def take_over(repository: Repository, value: Value, program: str, env: Mapping[str, str]) -> tuple[str, bool]:
    """Lead core.hooksPath to our directory; the directory, and whether something had to be done."""
    scope = value.scope if value.scope in FOLDERS else "local"
    directory = _directory(repository, scope)
    changed = _fill(directory, value, absolute(repository, value), program)
    # Remembered before it is replaced.
    changed |= config.assign(CHAINED, value.text, scope, env)
    changed |= config.assign(CHAINED_SCOPE, value.scope, scope, env)
    return directory, config.assign(KEY, directory, scope, env) or changed


def give_back(repository: Repository, env: Mapping[str, str]) -> bool:
    """Restore core.hooksPath as it was; False when it did not lead to us and nothing of ours is left."""
    changed = False
    for value in config.effective(KEY, env):
        if _is_ours(value):
            _restore(value.scope, env)
            changed = True
    for scope in {value.scope for key in (CHAINED, CHAINED_SCOPE) for value in config.effective(key, env)}:
        changed |= config.remove(CHAINED, scope, env) | config.remove(CHAINED_SCOPE, scope, env)
    for scope in FOLDERS:
        changed |= _empty(_directory(repository, scope))
    return changed


def _restore(scope: str, env: Mapping[str, str]) -> None:
    before = [value.text for value in _recorded(env) if value.scope == scope]
    if before:
        config.assign(KEY, before[-1], scope, env)
    else:
        config.remove(KEY, scope, env)


def _recorded(env: Mapping[str, str]) -> list[Value]:
    """Values that stood in the very file where ours stands now."""
    scopes = {value.scope: value.text for value in config.effective(CHAINED_SCOPE, env)}
    return [value for value in config.effective(CHAINED, env) if scopes.get(value.scope) == value.scope]


def _is_ours(value: Value) -> bool:
    """Also in a repository that has been moved since."""
    return value.scope in FOLDERS and value.text.endswith(f"/gitblob/{FOLDERS[value.scope]}")


def _directory(repository: Repository, scope: str) -> str:
    base = repository.common_dir if scope == "local" else repository.git_dir
    return f"{base}/gitblob/{FOLDERS[scope]}"


def _fill(directory: str, value: Value, here: str, program: str) -> bool:
    os.makedirs(directory, exist_ok=True)
    present = [name for name in PASSED_IF_PRESENT if os.path.exists(os.path.join(here, name))]
    changed = _remove(directory, [name for name in PASSED_IF_PRESENT if name not in present])
    for name in (*shims.NAMES, *PASSED, *present):
        path = f"{directory}/{name}"
        if os.path.lexists(path) and not shims.is_ours(path):
            raise HookError(f"{path} is in the way", "move that hook to the directory you keep your hooks in")
        shim = name if name in shims.NAMES else shims.ANY_OTHER
        changed |= hook_files.write(path, shims.render(shim, program, quoted(f"{value.path}/{name}")))
    return changed


def _empty(directory: str) -> bool:
    """Remove our files, and the directory unless someone else keeps something there."""
    try:
        changed = _remove(directory, os.listdir(directory))
        os.rmdir(directory)
    except FileNotFoundError:
        return False
    except OSError:
        return changed
    return True


def _remove(directory: str, names: list[str]) -> bool:
    ours = [path for name in names if shims.is_ours(path := f"{directory}/{name}")]
    for path in ours:
        filesystem.remove(path)
    return bool(ours)
