"""`gitblob hook NAME`: what the shims in `hooks/` call. Prints on stderr only: a push's stdout belongs to git."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from gitblob.errors import GitblobError
from gitblob.git import pushed

if TYPE_CHECKING:
    from gitblob.cli.console import Console

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
    if args.name == "pre-commit":
        return _pre_commit(console)
    if args.name == "pre-push":
        return _pre_push(args.arguments, console)
    return _take_up(console)


def _pre_commit(console: Console) -> int:
    from gitblob import workspace
    from gitblob.cli import text
    from gitblob.ops import commit_check

    for file in commit_check.run(workspace.open()):
        rule = ", with a rule for it in .gitattributes" if file.ruled else ""
        console.talk(f"gitblob: {text.quoted(file.path)} is staged as a pointer{rule}")
    return 0


def _pre_push(arguments: list[str], console: Console) -> int:
    refs = pushed.parse(sys.stdin.buffer.read())
    if not refs:
        return 0
    from gitblob import workspace
    from gitblob.ops import sync

    remote, url = (*arguments, "", "")[:2]
    sync.before_push(workspace.open(), remote, url, [sync.Ref(*ref) for ref in refs], console.progress())
    return 0


def _take_up(console: Console) -> int:
    """After a checkout or a merge, which is done: nothing here may make it look failed."""
    try:
        from gitblob import workspace
        from gitblob.ops import sync

        sync.take_up_journal(workspace.open(), console.progress())
    except (GitblobError, OSError) as error:
        console.warn(f"{error}")
    return 0
