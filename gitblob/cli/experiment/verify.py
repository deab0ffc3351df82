"""`gitblob experiment verify`: does a commit hold what its record says?"""

from __future__ import annotations

import argparse

from gitblob import workspace as workspaces
from gitblob.cli.console import Console
from gitblob.errors import UsageError
from gitblob.ml import tree
from gitblob.ml.experiments import find, verify
from gitblob.ml.experiments.verify import Mismatch, Verified
from gitblob.ml.worktree import WorkTree
from gitblob.workspace import Workspace

SHORT = 12  # digits of a commit
WORK_TREE = "the work tree"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run."""
    parser.epilog = "The exit code is 1 for a mismatch. No content is downloaded; the record and the stubs are enough."
    parser.add_argument("run", nargs="?", metavar="REV|RUN", help="default: HEAD")
    parser.add_argument("--work-tree", action="store_true", help="what is recorded but not committed yet")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace, console: Console) -> int:
    """Compare the record of a run with its commit."""
    work = workspaces.open(ask=console.ask)
    if args.work_tree and args.run:
        raise UsageError("--work-tree looks at no commit", "leave one of them out")
    where, commit, verified = _work_tree(work) if args.work_tree else _committed(work, args.run or "HEAD", console)
    if args.json:
        console.json(_document(verified, commit))
    else:
        _show(verified, where, console)
    return int(bool(verified.mismatches))


def _work_tree(work: Workspace) -> tuple[str, str | None, Verified]:
    return WORK_TREE, None, verify.verify(work, WorkTree(work))


def _committed(work: Workspace, name: str, console: Console) -> tuple[str, str | None, Verified]:
    found = find.find(work, name)
    commit = found.run.commit
    if found.asked:
        console.talk(f"{name} has the record of an earlier commit, {commit[:SHORT]}, which is the run")
    return f"commit {commit[:SHORT]}", commit, verify.verify(work, tree.at(work, commit))


def _show(verified: Verified, where: str, console: Console) -> None:
    run = verified.experiment.run
    for words in verified.unseen:
        console.warn(words)
    if not verified.mismatches:
        rest = " as far as could be seen" if verified.unseen else ""
        console.result(f"run {run}: {where} holds what was recorded{rest}", mark="ok")
        return
    rows = [(one.part, console.quoted(one.name), one.recorded, one.found, one.why) for one in verified.mismatches]
    console.table(("part", "name", "recorded", "found", "why"), rows)
    console.result(f"run {run}: {len(rows)} mismatch{'es' if len(rows) > 1 else ''} in {where}", mark="problem")


def _document(verified: Verified, commit: str | None) -> dict[str, object]:
    return {
        "run": verified.experiment.run,
        "commit": commit,
        "holds": not verified.mismatches,
        "mismatches": [_mismatch(one) for one in verified.mismatches],
        "unseen": verified.unseen,
    }


def _mismatch(one: Mismatch) -> dict[str, str]:
    return {key: value for key, value in one._asdict().items() if value}
