"""The filter, diff and merge driver in Git's configuration: gitattributes(5), `gitblob help filter`."""

from __future__ import annotations

from collections.abc import Mapping

from gitblob.git import config
from gitblob.git.program import quoted

FILTER = "filter.gitblob.process"


def settings(program: str) -> dict[str, str]:
    """Key and value of all that Git has to know, for the program at this absolute path.

    `exec`: the filter's parent must be git itself. `required`: only then git streams a file into clean, and stores
    nothing when that fails. `recursive`: in a merge of several merge bases git's own `binary` takes the base of the
    bases; ours in its place would look unchanged on one side of the merge proper.
    """
    path = quoted(program)
    return {
        FILTER: f"exec {path} filter-process",
        "filter.gitblob.required": "true",
        "diff.gitblob.textconv": f"{path} textconv",
        "merge.gitblob.name": "gitblob: the side that has changed",
        "merge.gitblob.driver": f"{path} merge-driver %O %A %B %P",
        "merge.gitblob.recursive": "binary",
        "merge.gitblob-union.name": "gitblob: lines that both sides have appended",
        "merge.gitblob-union.driver": f"{path} merge-driver %O %A %B %P union %L",
    }


def install(program: str, scope: str, env: Mapping[str, str]) -> bool:
    """Write the settings to one scope; False when they were there already."""
    return config.assign_all(settings(program), scope, env)


def uninstall(scope: str, env: Mapping[str, str]) -> bool:
    """Take the settings out of one scope; False when there were none."""
    return config.remove_all(settings(""), scope, env)


def scope_in_force(env: Mapping[str, str]) -> str | None:
    """Where the filter that Git would run is configured; None when it would run none."""
    found = config.effective(FILTER, env)
    return found[-1].scope if found else None
