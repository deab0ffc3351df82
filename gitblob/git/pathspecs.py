"""Git's pathspecs, for the index and for any tree: git itself matches them, so a tree is read into an index first."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext

from gitblob.errors import GitblobError
from gitblob.git import command
from gitblob.git.command import GitFailed

UNMATCHED = 1  # what `ls-files --error-unmatch` exits with
PLAIN_INDEX = ("-c", "core.splitIndex=false", "-c", "core.fsmonitor=false")


def require(specs: Mapping[str, str], cwd: str | None = None, tree: str | None = None) -> None:
    """Raise GitblobError, naming it, for the first pathspec that means no file of the index, or of a tree (hex).

    specs: as typed, to relative to `cwd`, the top.
    """
    with as_index(tree, cwd) if tree else nullcontext(dict(os.environ)) as env:
        if not specs or _all_match(list(specs.values()), cwd, env):
            return
        for typed, spec in specs.items():
            if not _all_match([spec], cwd, env):
                where = "any file of that commit" if tree else "any tracked file"
                raise GitblobError(
                    f"pathspec '{typed}' did not match {where}",
                    "paths start from the current directory; `git ls-files` shows the tracked ones",
                )


@contextmanager
def as_index(tree: str, cwd: str | None = None) -> Iterator[dict[str, str]]:
    """An environment in which git takes a tree (hex) for the index, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="gitblob-") as folder:
        env = {**os.environ, "GIT_INDEX_FILE": f"{folder}/index"}
        command.run(*PLAIN_INDEX, "read-tree", tree, cwd=cwd, env=env)
        yield env


def _all_match(specs: list[str], cwd: str | None, env: Mapping[str, str]) -> bool:
    try:
        command.run("ls-files", "--error-unmatch", "--", *specs, cwd=cwd, env=env)
    except GitFailed as error:
        if error.git_exit_code != UNMATCHED:
            raise
        return False
    return True
