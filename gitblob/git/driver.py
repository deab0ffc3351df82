"""The filter, diff and merge driver in Git's configuration: gitattributes(5), `gitblob help filter`.

`lfs` is a second name for them, in repositories that live with Git LFS (`gitblob help lfs`). What was configured under
that name is remembered in the same scope, `gitblob.filter.lfs.process.was`, and comes back on uninstall.
"""

from __future__ import annotations

from collections.abc import Mapping

from gitblob.git import config
from gitblob.git.program import NAME, quoted
from gitblob.git.tracking import LFS, OWN, STANDS_IN

FILTER, LFS_FILTER = f"filter.{OWN}.process", f"filter.{LFS}.process"
BINARY = "binary"  # git's own merge driver
UNLESS_SET = ("diff.", "merge.")  # sections that git-lfs leaves to the user


def settings(program: str) -> dict[str, str]:
    """Key and value of all that Git has to know, for the program at this absolute path."""
    path = quoted(program)
    return {
        **_settings(path, OWN, ""),
        "merge.gitblob-union.name": "gitblob: lines that both sides have appended",
        "merge.gitblob-union.driver": f"{path} merge-driver %O %A %B %P union %L",
        "merge.gitblob-experiment.name": "gitblob: the record of one run",
        "merge.gitblob-experiment.driver": f"{path} merge-driver %O %A %B %P experiment",
        "merge.gitblob-experiment.recursive": BINARY,
    }


def lfs_settings(program: str) -> dict[str, str]:
    """The same under the name that `.gitattributes` of Git LFS repositories have.

    `filter.lfs.clean` and `.smudge` are not among them: git runs the process where there is one.
    """
    return _settings(quoted(program), LFS, " --pointer=lfs")


def _settings(path: str, name: str, options: str) -> dict[str, str]:
    """`exec`: the filter's parent must be git itself.

    `required`: only then git streams a file into clean, and stores nothing when that fails. `recursive`: in a merge of
    several merge bases git's own `binary` takes the base of the bases; ours in its place would look unchanged on one
    side of the merge proper.
    """
    return {
        f"filter.{name}.process": f"exec {path} filter-process{options}",
        f"filter.{name}.required": "true",
        f"diff.{name}.textconv": f"{path} textconv",
        f"merge.{name}.name": "gitblob: the side that has changed",
        f"merge.{name}.driver": f"{path} merge-driver %O %A %B %P",
        f"merge.{name}.recursive": BINARY,
    }


def install(program: str, scope: str, env: Mapping[str, str]) -> bool:
    """Write the settings to one scope; False when they were there already."""
    return config.assign_all(settings(program), scope, env)


def uninstall(scope: str, env: Mapping[str, str]) -> bool:
    """Take the settings out of one scope; False when there were none."""
    return config.remove_all(settings(""), scope, env)


def install_lfs(program: str, scope: str, env: Mapping[str, str]) -> bool:
    """Take the place of the `lfs` driver in one scope; False when it was taken already.

    A diff or merge driver of that name that the user has chosen stays.
    """
    taken = is_lfs(scope, env)
    wanted: dict[str, str] = {}
    for section, keys in _sections(lfs_settings(program)).items():
        found = [(key, value) for key in keys for value in config.effective(key, env)]
        foreign = [(key, value) for key, value in found if not _is_ours(value.text)]
        if foreign and section.startswith(UNLESS_SET):
            continue
        wanted |= keys
        for key, value in found:
            if value.scope == scope and not taken and section.startswith("filter."):
                config.assign(_memory(key), value.text, scope, env)
    return config.assign_all(wanted, scope, env)


def uninstall_lfs(scope: str, env: Mapping[str, str]) -> bool:
    """Give the `lfs` driver of one scope back to whom it belonged; False when it was not ours."""
    if not is_lfs(scope, env):
        return False
    for section, keys in _sections(lfs_settings("")).items():
        foreign = [value for key in keys for value in config.values(key, scope, env) if not _is_ours(value)]
        for key in keys if section.startswith("filter.") or not foreign else ():
            before = config.values(_memory(key), scope, env)
            if before:
                config.assign(key, before[-1], scope, env)
                config.remove(_memory(key), scope, env)
            else:
                config.remove(key, scope, env)
    return True


def is_lfs(scope: str, env: Mapping[str, str]) -> bool:
    """Is gitblob the `lfs` driver of this scope?"""
    return any(_stands_in(text) for text in config.values(LFS_FILTER, scope, env))


def scope_in_force(env: Mapping[str, str]) -> str | None:
    """Where the filter that Git would run is configured; None when it would run none."""
    found = config.effective(FILTER, env)
    return found[-1].scope if found else None


def lfs_in_force(env: Mapping[str, str]) -> tuple[str, str, bool] | None:
    """Scope and value of the `lfs` filter that Git would run, and whether it is gitblob; None when there is none."""
    found = config.effective(LFS_FILTER, env)
    return (found[-1].scope, found[-1].text, _stands_in(found[-1].text)) if found else None


def _stands_in(text: str) -> bool:
    return STANDS_IN.decode() in text


def _sections(found: Mapping[str, str]) -> dict[str, dict[str, str]]:
    sections: dict[str, dict[str, str]] = {}
    for key, value in found.items():
        sections.setdefault(key.rpartition(".")[0], {})[key] = value
    return sections


def _is_ours(text: str) -> bool:
    """Has some gitblob, perhaps at another path, written this to a diff or merge driver?"""
    return NAME in text or text == BINARY


def _memory(key: str) -> str:
    """Where the value that was there before is kept."""
    return f"gitblob.{key}.was"
