"""The one place that turns an exception into a message and an exit code."""

from __future__ import annotations

import errno
import os
import platform
import sys
import tempfile
import traceback

import gitblob
from gitblob.cli import text
from gitblob.cli.console import Console
from gitblob.errors import GitblobError, PartialFailure

BUG, INTERRUPTED = 70, 130
SHOWN = 10  # failures of a batch that are listed
FULL = {errno.ENOSPC, errno.EDQUOT}
DISK = FULL | {errno.EIO, errno.EROFS, errno.EFBIG}  # what write(2) says of a disk, without the name of a file


def report(error: BaseException, console: Console) -> int:
    """Say on stderr what went wrong; the exit code. Traceback first when GITBLOB_TRACE is set."""
    if os.environ.get("GITBLOB_TRACE"):
        traceback.print_exception(error)
    if isinstance(error, GitblobError):
        return _known(error, console)
    if isinstance(error, KeyboardInterrupt):
        console.talk("gitblob: interrupted")
        return INTERRUPTED
    if isinstance(error, OSError) and (error.filename is not None or error.errno in DISK):
        return _system(error, console)
    return _bug(error, console)


def _known(error: GitblobError, console: Console) -> int:
    console.error(error.message)
    if isinstance(error, PartialFailure):
        for name, reason in error.failures[:SHOWN]:
            console.talk(f"  {console.quoted(name)}: {text.one_line(reason)}")
        if len(error.failures) > SHOWN:
            console.talk(f"  and {len(error.failures) - SHOWN} more")
    if error.hint:
        console.talk(f"  hint: {error.hint}")
    return error.exit_code


def _system(error: OSError, console: Console) -> int:
    where = f"{console.quoted(os.fsdecode(error.filename))}: " if isinstance(error.filename, (str, bytes)) else ""
    reason = (error.strerror or str(error)).lower()
    hint = "free some space and run the same command again; nothing half-written stays" if error.errno in FULL else None
    console.error(where + reason, hint)
    return GitblobError.exit_code


def _bug(error: BaseException, console: Console) -> int:
    console.error(f"this is a bug in gitblob: {type(error).__name__}: {error}", _log(error))
    return BUG


def _log(error: BaseException) -> str:
    """Write what a bug report needs to a file of its own; the hint that names it."""
    lines = [
        f"gitblob {gitblob.__version__}, git {_git()}, Python {platform.python_version()}, {platform.platform()}\n",
        f"command: gitblob {' '.join(sys.argv[1:2])}\n\n",  # the verb alone: arguments may be private
        *traceback.format_exception(error),
    ]
    try:
        fd, path = tempfile.mkstemp(prefix="gitblob-", suffix=".log")
        with open(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(lines)
    except OSError:
        return "GITBLOB_TRACE=1 shows where"
    return f"please report it with the log {path}"


def _git() -> str:
    from gitblob.git import command

    try:
        return ".".join(map(str, command.version()))
    except (GitblobError, ValueError, IndexError):
        return "not found"
