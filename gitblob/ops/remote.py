"""The Git remote that a push without arguments goes to."""

from __future__ import annotations

from gitblob.git import command
from gitblob.git.repository import Repository


def default(repository: Repository) -> tuple[str, str]:
    """Name and push URL of the current branch's remote, else of origin, else of the only one; "" for none."""
    cwd = repository.worktree or repository.git_dir
    branch = command.text("symbolic-ref", "--quiet", "--short", "HEAD", cwd=cwd, ok=(0, 1))
    names = command.text("remote", cwd=cwd).split("\n")
    keys = (f"branch.{branch}.pushRemote", "remote.pushDefault", f"branch.{branch}.remote")
    wanted = [command.text("config", "--get", key, cwd=cwd, ok=(0, 1)) for key in keys] if branch else []
    name = next((name for name in [*wanted, "origin"] if name in names and name), names[0] if len(names) == 1 else "")
    return name, command.text("remote", "get-url", "--push", "--", name, cwd=cwd) if name else ""
