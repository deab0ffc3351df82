"""`gitblob install`: tell git about gitblob."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gitblob.git import hooks, shims
from gitblob.ops import install

if TYPE_CHECKING:
    from gitblob.cli.console import Console

SCOPES = {
    "global": "for all your repositories (the default), so that the next clone gets its content",
    "local": "for this repository",
    "worktree": "for this work tree of the repository",
    "system": "for all users of this machine",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--global | --local | --worktree | --system] [--lfs] [--no-hooks]`."""
    add_scopes(parser)
    parser.add_argument("--lfs", action="store_true", help="take git-lfs's place in its repositories, too")
    parser.add_argument("--no-hooks", action="store_true", help="no hooks: you upload yourself, with `gitblob push`")
    parser.epilog = "Inside a repository its hooks are put in place too; a hook that is there already runs first."


def add_scopes(parser: argparse.ArgumentParser) -> None:
    """One option for each of git's configuration files."""
    group = parser.add_mutually_exclusive_group()
    for scope, meaning in SCOPES.items():
        group.add_argument(f"--{scope}", dest="scope", action="store_const", const=scope, help=meaning)
    parser.set_defaults(scope=install.GLOBAL)


def run(args: argparse.Namespace, console: Console) -> int:
    """Install, and say what was done."""
    done = install.install(args.scope, not args.no_hooks, lfs=args.lfs)
    again = "" if done.changed else " (was there already)"
    console.result(f"filter, diff and merge driver: {done.scope} git configuration{again}")
    if done.lfs:
        console.result("  in Git LFS repositories, too (`gitblob help lfs`)")
    console.result(f"  program: {done.program}")
    if done.hooks:
        _hooks(done.hooks, console)
    elif args.no_hooks:
        console.result(f"hooks: off ({done.scope} git configuration)")
    elif done.configured:
        console.result(f"hooks: {', '.join(shims.NAMES)}, from the {done.scope} git configuration")
    else:
        console.result("hooks: each repository gets them when git first runs the filter there")
        console.result(
            "  a clone made with --bare, --mirror or --no-checkout: run `gitblob install` in it before you push"
        )
    if done.shadow:
        scope, text = done.shadow
        console.warn(f"git's {scope} configuration comes first and names another `lfs` driver: {text}")
        console.talk(f"  hint: `gitblob install --lfs --{scope}`")
    return 0


def _hooks(state: hooks.State, console: Console) -> None:
    again = "" if state.changed else " (were there already)"
    names = ", ".join(shims.NAMES)
    if state.way == hooks.OFF:
        console.result(f"hooks: off (gitblob.hooks is false in the {state.place} git configuration)")
    elif state.way == hooks.CONFIGURED:
        console.result(f"hooks: {names}, from the {state.place} git configuration")
    else:
        console.result(f"hooks: {names} in {state.place}{again}")
    if state.way == hooks.DETOUR:
        console.result(f"  core.hooksPath leads there now; the hooks in {state.chained[0]} run first")
    elif state.chained:
        console.result(f"  run first, as they were there before: {', '.join(state.chained)}")
