"""Is git told about gitblob, and does it get an answer when it starts the filter?"""

from __future__ import annotations

import os
import shlex
import tempfile
import time
from collections.abc import Iterator

from gitblob.git import command, driver, index, tracking
from gitblob.git.command import GitFailed
from gitblob.git.repository import Repository
from gitblob.model import pointer as pointers
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer
from gitblob.ops.doctor.finding import OK, PROBLEM, WARNING, Finding

OLDEST = (2, 30)  # the first git whose rev-parse knows --end-of-options, so that no argument is taken for an option
SLOW = 0.25  # seconds
RUNS = 3  # the quickest counts
PROBE = "gitblob-doctor-probe"  # a path that need not exist
INSTALL, INSTALL_LFS = "gitblob install", "gitblob install --lfs"


def git() -> Iterator[Finding]:
    """The version of git."""
    version = command.version()
    text = "git " + ".".join(map(str, version))
    if version < OLDEST:
        yield Finding("git", PROBLEM, f"{text} is too old", "install git 2.30 or newer")
    else:
        yield Finding("git", OK, text)


def configured(top: str | None, program: str) -> Iterator[Finding]:
    """The filter driver that git sees in this directory. program: the gitblob that is running."""
    scope, process = _get("filter.gitblob.process", top)
    if not process:
        yield Finding("driver", PROBLEM, "git has no filter driver gitblob (filter.gitblob.process)", INSTALL)
        return
    yield Finding("driver", OK, f"filter driver in git's {scope} configuration")
    if _get("filter.gitblob.required", top, "--type=bool")[1] != "true":
        text = "filter.gitblob.required is not true: git commits whole files when the filter fails"
        yield Finding("driver", PROBLEM, text, INSTALL)
    for section in ("diff.gitblob.textconv", "merge.gitblob.driver"):
        if not _get(section, top)[1]:
            yield Finding("driver", WARNING, f"{section} is not set", INSTALL)
    yield _program("filter.gitblob.process", process, program)
    yield from _stands_in(top, program)


def _stands_in(top: str | None, program: str) -> Iterator[Finding]:
    """The same as the `lfs` driver, where gitblob is that."""
    scope, process = _get(driver.LFS_FILTER, top)
    if tracking.STANDS_IN.decode() not in process:
        return
    yield Finding("driver", OK, f"in the place of git-lfs, too, in git's {scope} configuration")
    if _get("filter.lfs.required", top, "--type=bool")[1] != "true":
        text = "filter.lfs.required is not true: git commits whole files when the filter fails"
        yield Finding("driver", PROBLEM, text, INSTALL_LFS)
    found = _program(driver.LFS_FILTER, process, program)
    if found.level != OK:
        yield found._replace(remedy=INSTALL_LFS)


def answers(repository: Repository) -> Iterator[Finding]:
    """Let git start the filter and clean a pointer, which leaves nothing behind."""
    if not repository.worktree or not _get("filter.gitblob.process", repository.worktree)[1]:
        return
    stub = pointers.encode(Pointer(Oid("0" * 64), 1))
    name = index.blob_name(stub, repository.is_sha256()).hex()
    with tempfile.NamedTemporaryFile(suffix=".gitattributes") as file:
        file.write(b"* filter=gitblob\n")
        file.flush()
        rule = ("-c", f"core.attributesFile={file.name}")
        if command.lines(*rule, "check-attr", "-z", "filter", "--", PROBE, cwd=repository.worktree)[2] != b"gitblob":
            yield Finding("filter", WARNING, "not tried: a rule for all paths names another filter")
            return
        try:
            seconds, answer = _timed(
                *rule, "hash-object", "--stdin", f"--path={PROBE}", top=repository.worktree, data=stub
            )
        except GitFailed as error:
            yield Finding("filter", PROBLEM, f"git gets no answer from the filter ({error.message})", INSTALL)
            return
    if answer != name:
        yield Finding("filter", PROBLEM, "the filter changed a pointer that it should have passed", INSTALL)
        return
    bare, _ = _timed("hash-object", "--stdin", "--no-filters", top=repository.worktree, data=stub)
    cost = max(seconds - bare, 0.0)
    text = f"the filter answers; git waits {cost * 1000:.0f} ms for its start and end"
    if cost > SLOW:
        yield Finding("filter", WARNING, text, "see `gitblob help speed`")
    else:
        yield Finding("filter", OK, text)


def _program(key: str, process: str, running: str) -> Finding:
    """Is the program that git would start there, and is it this one?"""
    try:
        words = [word for word in shlex.split(process) if word != "exec"]
    except ValueError:
        words = []
    if not words:
        return Finding("program", PROBLEM, f"{key} names no program: {process}", INSTALL)
    path = words[0]
    if not os.path.isabs(path):
        text = f"{key} names {path} without its folder: programs with another PATH do not find it"
        return Finding("program", WARNING, text, INSTALL)
    if not os.path.isfile(path):
        return Finding("program", PROBLEM, f"{path}, which git is told to start, does not exist", INSTALL)
    if not os.access(path, os.X_OK):
        return Finding("program", PROBLEM, f"{path}, which git is told to start, is not executable", INSTALL)
    if os.path.dirname(os.path.realpath(path)) != os.path.dirname(os.path.realpath(running)):
        return Finding("program", WARNING, f"git starts {path}, but this is {running}", INSTALL)
    return Finding("program", OK, f"git starts {path}")


def _get(key: str, top: str | None, *options: str) -> tuple[str, str]:
    """Scope and value of a configuration key; empty when it is not set, or not of that type."""
    try:
        fields = command.lines("config", "--show-scope", "-z", *options, "--get", key, cwd=top)
    except GitFailed:
        return "", ""
    return os.fsdecode(fields[0]), os.fsdecode(fields[1])


def _timed(*arguments: str, top: str, data: bytes) -> tuple[float, str]:
    """Seconds that the quickest of some runs took, and what it printed."""
    best, answer = float("inf"), b""
    for _ in range(RUNS):
        start = time.perf_counter()
        answer = command.run(*arguments, cwd=top, data=data)
        best = min(best, time.perf_counter() - start)
    return best, answer.decode().strip()
