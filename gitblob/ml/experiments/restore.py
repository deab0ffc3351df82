"""A run ready to be run again: a work tree of its own at the run's commit, with data and models in place."""

from __future__ import annotations

import os
from typing import NamedTuple

from gitblob import workspace as workspaces
from gitblob.errors import BlobMissing, UsageError
from gitblob.git import command, history
from gitblob.git.command import GitFailed
from gitblob.ml.experiments.find import Found
from gitblob.ops import sync
from gitblob.transfer.progress import SILENT, Progress
from gitblob.workspace import Workspace

ELSEWHERE = "--into DIR names a folder outside of the repository, or one that .gitignore names"


class Restored(NamedTuple):
    """folder: the new work tree. files: how many of its files are blobs."""

    folder: str
    files: int


def restore(
    workspace: Workspace,
    found: Found,
    folder: str | None = None,
    branch: str | None = None,
    progress: Progress = SILENT,
) -> Restored:
    """Make the work tree, with HEAD detached or on a new branch; content is fetched before anything is made.

    folder: by default one beside the repository, named after it and the run. Raises UsageError for a folder that is
    not empty and for a branch that exists; BlobMissing where no store has the content; StoreError.
    """
    commit = found.run.commit
    target = os.path.abspath(folder) if folder is not None else _beside(workspace, found.experiment.run)
    _require_free(target)
    _require_outside(workspace, target)
    if branch is not None and command.succeeds(
        "show-ref", "--verify", "--quiet", f"refs/heads/{branch}", cwd=workspace.top
    ):
        raise UsageError(f"there is a branch {branch} already", "choose another name")
    pointed = list(history.pointers_at(commit, workspace.top))
    absent = sync.obtain(workspace, (one.pointer for one in pointed), progress)
    if absent:
        lacking = {blob.oid for blob in absent}
        path = next(os.fsdecode(one.path) for one in pointed if one.pointer.oid in lacking)
        raise BlobMissing(
            f"{len(absent)} blob(s) of run {found.experiment.run} are in no store, such as that of {path}",
            "`gitblob push --all` in a clone that has them",
        )
    kind = ["-b", branch] if branch is not None else ["--detach"]
    try:
        command.run("worktree", "add", "--quiet", *kind, "--", target, commit, cwd=workspace.top)
        sync.pull(workspaces.open(target), progress=progress)
    except BaseException as error:  # Ctrl-C, too: what is half made would be in the way of the next attempt
        _take_away(workspace, target, branch, commit)
        if isinstance(error, GitFailed):
            raise UsageError(error.message, "`git worktree list` shows those that there are") from None
        raise
    return Restored(target, len(pointed))


def _take_away(workspace: Workspace, folder: str, branch: str | None, commit: str) -> None:
    command.succeeds("worktree", "remove", "--force", "--", folder, cwd=workspace.top)
    if branch:
        command.succeeds("update-ref", "-d", f"refs/heads/{branch}", commit, cwd=workspace.top)


def _beside(workspace: Workspace, run: str) -> str:
    home = workspace.repository.worktree or workspace.repository.git_dir
    return f"{home.removesuffix('.git').rstrip('/')}-{run}"


def _require_free(folder: str) -> None:
    if os.path.lexists(folder) and not (os.path.isdir(folder) and not os.listdir(folder)):
        raise UsageError(f"{folder} is there already", "--into DIR names a folder that is new or empty")


def _require_outside(workspace: Workspace, folder: str) -> None:
    """Git itself would make the work tree anywhere; the next `git add --all` would take it for a submodule."""
    repository, real = workspace.repository, os.path.realpath(folder)
    if _is_within(real, repository.git_dir) or _is_within(real, repository.common_dir):
        raise UsageError(f"{folder} is in Git's own folder", ELSEWHERE)
    top = repository.worktree
    if top and _is_within(real, top) and not command.succeeds("check-ignore", "--quiet", "--", real, cwd=top):
        raise UsageError(f"{folder} is in this work tree, where `git add` would find it", ELSEWHERE)


def _is_within(path: str, folder: str) -> bool:
    whole = os.path.realpath(folder)
    return os.path.commonpath([path, whole]) == whole
