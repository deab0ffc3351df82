"""The settings under which scenarios run: how a repository is made, and what is then done to it."""

from collections.abc import Callable
from typing import NamedTuple

from support.matrix.names import ZOOS
from support.matrix.template import Kind
from support.matrix.world import World

ALL = "printf '/\\0'"
CHANGED = """case $2 in [0-9]*) find . -mindepth 1 -name .git -prune -o -newerct @"$2" -printf '%P\\0';; *) printf '/\\0';; esac"""
FSMONITOR = """#!/bin/sh
[ "$1" = 2 ] || exit 1
cd '{top}'
date -d '1 second ago' +%s | tr '\\n' '\\0'
{answer}
"""


class Setting(NamedTuple):
    """`apply` runs before the index is written anew; `needs`: the oldest git that knows the setting."""

    name: str
    kind: Kind = Kind()
    apply: Callable[[World], None] = lambda at: None
    afterwards: Callable[[World], None] = lambda at: None
    needs: tuple[int, ...] = ()


def config(*pairs: str) -> Callable[[World], None]:
    """Set these in the repository: key=value."""

    def apply(at: World) -> None:
        for pair in pairs:
            at.setup("config", *pair.split("=", 1))

    return apply


def fsmonitor(answer: str) -> Callable[[World], None]:
    """A hook of version 2 that answers the question what has changed by this command."""

    def apply(at: World) -> None:
        hook = at.root / "fsmonitor"
        hook.write_text(FSMONITOR.format(top=at.repo, answer=answer))
        hook.chmod(0o755)
        config(f"core.fsmonitor={hook}", "core.fsmonitorHookVersion=2")(at)

    return apply


def sparse_index(at: World) -> None:
    """Without `far`, which has a file of the rule."""
    (at.repo / ".git/info").mkdir(exist_ok=True)
    (at.repo / ".git/info/sparse-checkout").write_text("/*\n!/*/\n/dir/\n/new/\n")
    config("core.sparseCheckout=true", "core.sparseCheckoutCone=true", "index.sparse=true")(at)
    at.setup("sparse-checkout", "reapply")


def from_elsewhere(at: World) -> None:
    """--git-dir and --work-tree, from another folder; the paths that are typed start at the top all the same."""
    at.options = [f"--git-dir={at.repo / '.git'}", f"--work-tree={at.repo}"]


def from_a_folder(at: World) -> None:
    """From a subdirectory."""
    at.cwd = at.repo / "dir"


def foreign_index(at: World) -> None:
    """GIT_INDEX_FILE names an index elsewhere."""
    (at.repo / ".git/index").rename(at.root / "foreign")
    at.env["GIT_INDEX_FILE"] = str(at.root / "foreign")


def worktree_elsewhere(at: World) -> None:
    """core.worktree names a folder away from the git directory."""
    (at.repo / ".git").rename(at.root / "repo.git")
    at.setup("--git-dir", at.root / "repo.git", "config", "core.worktree", at.repo)
    (at.repo / ".git").write_text(f"gitdir: {at.root / 'repo.git'}\n")


def linked_worktree(at: World) -> None:
    """All happens in a second work tree; the first has another branch."""
    at.setup("checkout", "-q", "--detach", "base")
    at.setup("worktree", "add", "-q", "../linked", "main")
    at.repo = at.cwd = at.root / "linked"
    at.places = [at.repo]
    at.age()


def without_cache(at: World) -> None:
    """Every blob has to come from the store in origin."""
    if at.full:
        at.forget()


SETTINGS = [
    Setting("default"),
    Setting("index version 4", apply=config("index.version=4")),
    Setting("split index", apply=config("core.splitIndex=true", "splitIndex.maxPercentChange=100")),
    Setting("sparse index", afterwards=sparse_index, needs=(2, 32)),
    Setting("index.skipHash", apply=config("index.skipHash=true"), needs=(2, 40)),
    Setting("untracked cache", apply=config("core.untrackedCache=true")),
    Setting("feature.manyFiles", apply=config("feature.manyFiles=true")),
    Setting("fsmonitor, all may have changed", apply=fsmonitor(ALL)),
    Setting("fsmonitor, what has changed", apply=fsmonitor(CHANGED)),
    Setting("checkout.workers", apply=config("checkout.workers=4", "checkout.thresholdForParallelism=1")),
    Setting("sha256", Kind(init=("--object-format=sha256",))),
    Setting("reftable", Kind(init=("--ref-format=reftable",)), needs=(2, 45)),
    Setting("autocrlf and a rule without -text", Kind(config=("core.autocrlf=true",), text="")),
    Setting("core.trustctime=false", apply=config("core.trustctime=false", "core.checkStat=minimal")),
    *(Setting(name, Kind(names=names)) for name, names in ZOOS.items()),
    Setting("--git-dir and --work-tree", afterwards=from_elsewhere),
    Setting("from a folder", afterwards=from_a_folder),
    Setting("foreign GIT_INDEX_FILE", afterwards=foreign_index),
    Setting("core.worktree", afterwards=worktree_elsewhere),
    Setting("linked worktree", afterwards=linked_worktree),
    Setting("without cache", afterwards=without_cache),
]
DEFAULT = SETTINGS[0]
