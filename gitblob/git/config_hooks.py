"""Hooks in Git's configuration (git 2.54 and newer): `hook.gitblob-pre-push.event` and `.command`.

They run whatever core.hooksPath says and beside the hooks of everybody else, so nothing has to be chained. A global one
runs in every repository of the user: the command ends in sh, without a process, where gitblob is not in use. A
push alone asks git for that.
"""

from __future__ import annotations

from collections.abc import Mapping

from gitblob.git import command, config, shims
from gitblob.git.program import quoted

SINCE = (2, 54)
PLACE = 'd=${GIT_DIR:-.git}; [ -d "$d/objects" ] || d=$(git rev-parse --git-common-dir)'
USED = f'{PLACE}; [ -d "$d/gitblob" ] || return 0'
# A clone in which the filter never ran (--bare, --mirror, --no-checkout) has no such folder: before a push the trees of
# the pushed tips are looked at for rules. Git tells the refs on stdin once, so they are kept for gitblob.
PUSHED = (
    f'{PLACE}; r=; [ -d "$d/gitblob" ] || {{ r=$(cat); '
    "case $(git config filter.lfs.process) in *gitblob*) k='(gitblob|lfs)' ;; *) k=gitblob ;; esac; "
    "printf '%s\\n' \"$r\" | while read -r _ t _; do case $t in *[!0]*) "
    'git grep --no-recurse-submodules -qE "filter=$k" "$t" -- \':(glob)**/.gitattributes\'; '
    "[ $? = 1 ] || exit 9 ;; esac; done; [ $? = 9 ] || return 0; }"
)
REST = (
    'd=${GIT_DIR:-.git}; [ -d "$d" ] || d=$(git rev-parse --git-dir); '
    'for f in "$d"/gitblob/journal/*; do [ -f "$f" ] || return 0; break; done'
)
FIRST = {"pre-commit": USED, "pre-push": PUSHED, "post-checkout": REST, "post-merge": REST}
WANTED = '[ "$(git config --type=bool gitblob.hooks)" != false ] || return 0'
FIND = 'p=@; [ -x "$p" ] || p=$(command -v gitblob); case $p in "$PWD"/*) p= ;; /*) ;; *) p= ;; esac'
MISSING = {
    "pre-commit": "gitblob: not found, so the commit was not checked",
    "pre-push": "gitblob: not found, so nothing was pushed: the content of large files would stay behind",
    "post-checkout": "gitblob: not found, so some large files are still pointers",
    "post-merge": "gitblob: not found, so some large files are still pointers",
}


def supported() -> bool:
    """Does this git know hooks in its configuration?"""
    return command.version() >= SINCE


def register(program: str, scope: str, env: Mapping[str, str]) -> bool:
    """Write our hooks to one scope; False when they were there already."""
    return config.assign_all(_settings(program), scope, env)


def unregister(scope: str, env: Mapping[str, str]) -> bool:
    """Take our hooks out of one scope; False when there were none."""
    return config.remove_all(_settings(""), scope, env)


def scope_in_force(env: Mapping[str, str]) -> str | None:
    """Where our hooks are configured; None unless all are, and this git knows such hooks."""
    found = config.scopes_of(r"^hook\.gitblob-.*\.command$", env)
    scopes = [found.get(f"hook.gitblob-{name}.command") for name in shims.NAMES]
    return scopes[0] if all(scopes) and supported() else None


def _settings(program: str) -> dict[str, str]:
    found = {}
    for name in shims.NAMES:
        found[f"hook.gitblob-{name}.event"] = name
        found[f"hook.gitblob-{name}.command"] = _script(name, program)
    return found


def _script(name: str, program: str) -> str:
    """A function and its call: git puts the hook's arguments at the end."""
    run = f'"$p" hook {name} "$@" >&2'
    failed = f"{{ echo '{MISSING[name]}' >&2; return {int(name == 'pre-push')}; }}"
    steps = [FIRST[name], WANTED, FIND.replace("@", quoted(program), 1), f'[ -n "$p" ] || {failed}']
    if name == "pre-push":
        run = f'if [ -n "$r" ]; then printf \'%s\\n\' "$r" | {run}; else {run}; fi'
    steps.append(f"{run} || :" if name.startswith("post-") else run)
    return f"gitblob() {{ {'; '.join(steps)}; }}; gitblob"
