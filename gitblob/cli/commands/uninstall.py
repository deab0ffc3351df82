"""`gitblob uninstall`: take back what install did."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gitblob.cli.commands.install import add_scopes
from gitblob.ops import install

if TYPE_CHECKING:
    from gitblob.cli.console import Console

WITHOUT = (
    "git has no filter for tracked files any more: they show as modified, a checkout may refuse or bring pointers, "
    "and `git commit -a` would put their content into Git"
)
WAYS = (
    "  hint: `gitblob install` brings the filter back; `gitblob untrack --convert PATTERN` in a repository, "
    "before uninstalling, turns its pointers into plain files"
)


UNPUSHED = "  hint: git-lfs does not look into gitblob's cache: `gitblob push --all` brings what it needs to the remote"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--global | --local | --worktree | --system]`."""
    add_scopes(parser)
    parser.add_argument("--lfs", action="store_true", help="only give git-lfs its place back")
    parser.epilog = "Content in caches and stores stays, and so do pointers in Git."


def run(args: argparse.Namespace, console: Console) -> int:
    """Uninstall, and say what was taken back."""
    if args.lfs:
        given = install.uninstall_lfs(args.scope)
        _lfs(given, console)
        if given.hooks:
            console.result("hooks of this repository: taken back")
        if given.lfs:
            console.talk(UNPUSHED)
        return 0
    done = install.uninstall(args.scope)
    console.result(f"{done.scope} git configuration: {'taken back' if done.driver else 'nothing of gitblob in it'}")
    if done.lfs:
        _lfs(done, console)
    if done.hooks is not None:
        console.result(f"hooks of this repository: {'taken back' if done.hooks else 'none of gitblob'}")
    if done.still:
        console.result(
            f"git still finds the filter in the {done.still} configuration: `gitblob uninstall --{done.still}`"
        )
    elif done.driver:
        console.warn(WITHOUT)
        console.talk(WAYS)
    return 0


def _lfs(done: install.Removed, console: Console) -> None:
    if not done.lfs:
        console.result(f"{done.scope} git configuration: gitblob is not the `lfs` driver in it")
    elif done.lfs_now:
        console.result(f"`lfs` driver: {done.lfs_now}")
    else:
        console.result("`lfs` driver: none any more; `git lfs install` makes it git-lfs")
