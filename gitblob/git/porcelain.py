"""Git as the user would run it, through GitPython: commands that write to the index.

GitPython's one job: the user's configuration, filters and attributes apply. Every call is one argument list and one
process that has ended when the call returns; there are no long-lived children.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

from gitblob.errors import GitblobError


def renormalize(top: str, paths: Iterable[bytes]) -> None:
    """Stage these tracked files (raw, relative to the top) anew, through the filter that is in force now."""
    _add(top, ["--renormalize"], paths)


def add(top: str, paths: Iterable[bytes]) -> None:
    """Stage these files (raw, relative to the top) as they are in the work tree."""
    _add(top, [], paths)


def _add(top: str, options: list[str], paths: Iterable[bytes]) -> None:
    """Run `git add`. The paths go through a file: there may be more of them than a command line holds."""
    from git.cmd import Git
    from git.exc import GitCommandError

    command = ["git", "--literal-pathspecs", "add", *options, "--pathspec-from-file=-", "--pathspec-file-nul"]
    with tempfile.TemporaryFile() as names:
        names.writelines(path + b"\0" for path in paths)
        if not names.tell():
            return
        names.seek(0)
        try:
            Git(top).execute(command, istream=names)
        except GitCommandError as error:
            raise GitblobError(_reason(error.stderr)) from None


def _reason(stderr: str) -> str:
    """What git (or the filter, in its name) said last, without GitPython's frame."""
    text = stderr.strip().removeprefix("stderr: '").removesuffix("'")
    lines = [line for line in text.splitlines() if line.strip()]
    return f"git add: {os.linesep.join(lines[-3:])}" if lines else "git add failed"
