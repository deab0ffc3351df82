"""Would git run our hooks in this repository, and would they find gitblob?

Git's own rule is applied (githooks(5)): the hooks directory in force, a file of the hook's name, executable; or hooks
in the configuration. Nothing is run: the hooks of others would run with ours.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator

from gitblob.git import command, config, config_hooks, hook_files, hooks, shims
from gitblob.git.repository import Repository
from gitblob.ops.doctor.finding import OK, PROBLEM, WARNING, Finding

INSTALL = "gitblob install"
PROGRAM = re.compile(rb"^program=(.+)$", re.MULTILINE)


def would_run(repository: Repository) -> Iterator[Finding]:
    """The way in force: switched off, configuration, or files."""
    if not repository.worktree:
        return
    env = config.environment(repository)
    if config.is_off(hooks.SWITCH, env):
        scope = config.effective(hooks.SWITCH, env)[-1].scope
        text = f"hooks are off ({hooks.SWITCH} is false in git's {scope} configuration): a push uploads nothing"
        yield Finding("hooks", WARNING, text, f"gitblob push by hand, or git config --{scope} --unset {hooks.SWITCH}")
    elif scope_in_force := config_hooks.scope_in_force(env):
        yield Finding("hooks", OK, f"hooks in git's {scope_in_force} configuration")
    else:
        yield from _files(repository, repository.worktree)


def _files(repository: Repository, top: str) -> Iterator[Finding]:
    directory = os.path.join(top, command.text("rev-parse", "--git-path", "hooks", cwd=top))
    wrong = {name: reason for name in shims.NAMES if (reason := _wrong(os.path.join(directory, name)))}
    if not wrong:
        yield Finding("hooks", OK, f"hooks in {directory}")
    elif len(wrong) == len(shims.NAMES) and not os.path.isdir(repository.cache_root):
        yield Finding("hooks", OK, "no hooks yet: git's first use of the filter in this repository puts them in place")
    else:
        for name, reason in wrong.items():
            yield Finding("hooks", PROBLEM, f"hook {name} would not run: {reason}", INSTALL)


def _wrong(path: str) -> str | None:
    """Why git would not get from this path to gitblob, or None. The pre-commit framework calls ours as HOOK.legacy."""
    ours = path if shims.is_ours(path) or not shims.is_of_pre_commit(path) else path + hook_files.LEGACY
    if not os.path.lexists(ours):
        return f"there is no {ours}"
    if not shims.is_ours(ours):
        return f"{ours} is another one, which does not lead to gitblob"
    for file in {path, ours}:
        if not os.access(file, os.X_OK):
            return f"{file} is not executable"
    program = _program(ours)
    if not os.access(program, os.X_OK) and not shutil.which("gitblob"):
        return f"{program}, which it starts, is not there"
    return None


def _program(path: str) -> str:
    """The program that a shim starts."""
    with open(path, "rb") as file:
        found = PROGRAM.search(file.read())
    return shlex.split(os.fsdecode(found[1]))[0] if found else ""
