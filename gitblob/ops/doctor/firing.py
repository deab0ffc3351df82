"""Would git run our hooks in this repository, and would they find gitblob?

Git's own rule is applied (githooks(5)): the hooks directory in force, a file of the hook's name, executable; for hooks
in the configuration git itself is asked. Nothing is run: the hooks of others would run with ours.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator

from gitblob.git import command, config, config_hooks, hook_files, hooks, remotes, shims, tracking
from gitblob.git.repository import Repository
from gitblob.ops.doctor.finding import OK, PROBLEM, WARNING, Finding

INSTALL = "gitblob install"
PROGRAM = re.compile(rb"\bp(?:rogram)?=((?:'[^']*'|\\')+)")  # in a shim and in a configured command, quoted for sh


def would_run(repository: Repository) -> Iterator[Finding]:
    """The way in force: switched off, configuration, or files. A bare repository pushes only if it has a remote."""
    top = repository.worktree or repository.git_dir
    if not repository.worktree and not remotes.names(top):
        return
    env = config.environment(repository)
    if config.is_off(hooks.SWITCH, env):
        scope = config.effective(hooks.SWITCH, env)[-1].scope
        text = f"hooks are off ({hooks.SWITCH} is false in git's {scope} configuration): a push uploads nothing"
        yield Finding("hooks", WARNING, text, f"gitblob push by hand, or git config --{scope} --unset {hooks.SWITCH}")
    elif scope_in_force := config_hooks.scope_in_force(env):
        yield from _configured(top, scope_in_force)
    else:
        yield from _files(repository, top)


def _configured(top: str, scope: str) -> Iterator[Finding]:
    wrong = {name: reason for name in shims.NAMES if (reason := _unlisted(name, top))}
    yield from _verdict(wrong, f"hooks in git's {scope} configuration")


def _unlisted(name: str, top: str) -> str | None:
    """Why git would not run the configured hook, or None."""
    key = f"gitblob-{name}"
    if key.encode() not in command.run("hook", "list", name, cwd=top, ok=(0, 1)).splitlines():
        return f"git does not list {key}; is hook.{key}.enabled false?"
    return _lost(command.run("config", "--get", f"hook.{key}.command", cwd=top))


def _files(repository: Repository, top: str) -> Iterator[Finding]:
    directory = os.path.join(top, command.text("rev-parse", "--git-path", "hooks", cwd=top))
    wrong = {name: reason for name in shims.NAMES if (reason := _wrong(os.path.join(directory, name)))}
    never = not repository.worktree or not os.path.isdir(repository.cache_root)  # has the filter not run here?
    if len(wrong) < len(shims.NAMES) or not never:
        yield from _verdict(wrong, f"hooks in {directory}")
    elif _has_rules(top):
        text = "no hooks here yet, as in every clone made without a checkout: a push would leave the content behind"
        yield Finding("hooks", WARNING, text, "run `gitblob install` here before you push")
    else:
        yield Finding("hooks", OK, "no hooks yet: git's first use of the filter in this repository puts them in place")


def _has_rules(top: str) -> bool:
    """Does the current commit hand files to gitblob?"""
    rules = [word for name in tracking.names(top) for word in ("-e", f"filter={name}")]
    query = ("grep", "--no-recurse-submodules", "-q", *rules, "HEAD", "--", ":(glob)**/.gitattributes")
    return command.succeeds(*query, cwd=top)


def _verdict(wrong: dict[str, str], right: str) -> Iterator[Finding]:
    for name, reason in wrong.items():
        yield Finding("hooks", PROBLEM, f"hook {name} would not run: {reason}", INSTALL)
    if not wrong:
        yield Finding("hooks", OK, right)


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
    with open(ours, "rb") as script:
        return _lost(script.read())


def _lost(script: bytes) -> str | None:
    """What a hook would not find: the program it names, or another gitblob on the PATH."""
    found = PROGRAM.search(script)
    program = shlex.split(os.fsdecode(found[1]))[0] if found else "gitblob"
    if os.access(program, os.X_OK) or shutil.which("gitblob"):
        return None
    return f"{program}, which it starts, is not there"
