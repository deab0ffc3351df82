"""`gitblob hook NAME`: what the shims in `hooks/` call. Prints on stderr only: a push's stdout belongs to git."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from gitblob.errors import GitblobError, NotARepository
from gitblob.git import hookmark, pushed, repository

if TYPE_CHECKING:
    from gitblob.cli.console import Console
    from gitblob.ops.push_check import Verdict

SHOWN = 5  # raw files that are named
RUNNING = "GITBLOB_HOOK"  # set while a hook runs: git commands of ours must not start it again


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`NAME [ARGUMENTS]`, the arguments as git gives them to the hook."""
    parser.add_argument("name", choices=["pre-commit", "pre-push", "post-checkout", "post-merge"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="as githooks(5) says")


def run(args: argparse.Namespace, console: Console) -> int:
    """Run one hook; the exit code that git is to see."""
    if os.environ.get(RUNNING):
        return 0
    os.environ[RUNNING] = args.name
    if args.name.startswith("post-"):
        return _take_up(console)
    _stay(console)
    return _pre_commit(console) if args.name == "pre-commit" else _pre_push(args.arguments, console)


def _stay(console: Console) -> None:
    """Put our hooks back where the hook that ran before this one has written over them (lefthook does)."""
    try:
        here = repository.here()
    except NotARepository:
        return  # whatever needs one says so
    if hookmark.is_outdated(here):
        from gitblob.git import hooks

        if problem := hooks.ensure(here):
            console.warn(problem)


def _pre_commit(console: Console) -> int:
    from gitblob import workspace
    from gitblob.ops import append_check, commit_check

    here = workspace.open()
    append_check.run(here)
    for file in commit_check.run(here):
        rule = ", with a rule for it in .gitattributes" if file.ruled else ""
        console.talk(f"gitblob: {console.quoted(file.path)} is staged as a pointer{rule}")
    return 0


def _pre_push(arguments: list[str], console: Console) -> int:
    refs = pushed.parse(sys.stdin.buffer.read())
    if not refs:
        return 0
    from gitblob import workspace
    from gitblob.ops import locks, push_check, sync

    remote, url = (*arguments, "", "")[:2]
    here, sent = workspace.open(), [sync.Ref(*ref) for ref in refs]
    if _raw_files(push_check.run(here, remote, url, sent), console):
        return 1
    locks.before_push(here, remote, url, sent)
    for done in sync.before_push(here, remote, url, sent, console.progress()):
        if done.problem:
            console.warn(sync.left_behind(done))
    return 0


def _raw_files(verdict: Verdict, console: Console) -> bool:
    """Say what is wrong with the commits; is the push to be refused?"""
    for wrong in (verdict.refused or verdict.told)[:SHOWN]:
        line = f"commit {wrong.commit[:12]} brings {console.quoted(wrong.path)}: {wrong.text()}"
        (console.error if verdict.refused else console.warn)(line)
    if (more := len(verdict.refused or verdict.told) - SHOWN) > 0:
        console.talk(f"  and {more} more; `gitblob fsck --pointers REV..REV` lists them")
    if verdict.remedy:
        console.talk(f"  hint: {verdict.remedy}")
    if verdict.refused:
        console.talk("  hint: nothing was sent; `git -c gitblob.pushRaw=true push` sends it as it is")
    return bool(verdict.refused)


def _take_up(console: Console) -> int:
    """After a checkout or a merge, which is done: nothing here may make it look failed."""
    try:
        from gitblob import workspace
        from gitblob.ops import sync

        sync.take_up_journal(workspace.open(), console.progress())
    except (GitblobError, OSError) as error:
        console.warn(f"{error}")
    return 0
