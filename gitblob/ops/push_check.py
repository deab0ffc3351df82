"""Before a push: do the commits that it sends bring raw files where their own rules want pointers?

This is the last moment at which they can be rewritten, so a push that would publish them is refused. What another
remote has already is published, and what no rule covers may be meant: both are only told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitblob.git import command
from gitblob.git.command import GitFailed
from gitblob.model import pointer as pointers
from gitblob.ops import wrong_files
from gitblob.ops.sync import Ref
from gitblob.ops.wrong_files import Wrong
from gitblob.workspace import Workspace

ALLOWED = "gitblob.pushRaw"


class Verdict(NamedTuple):
    """Raw files that stop the push, raw files that only deserve a word, and what to type against them."""

    refused: list[Wrong]
    told: list[Wrong]
    remedy: str


def run(workspace: Workspace, remote: str, url: str, refs: Sequence[Ref]) -> Verdict:
    """Judge what the commits bring that the remote's refs (as it told git) and its tracking refs do not have.

    Files that are no larger than a pointer do no harm and are not looked at. Where a partial clone lacks the trees
    nothing is found.
    """
    sent = [ref.local_name for ref in refs if set(ref.local_name) != {"0"}]
    sent += [f"^{ref.remote_name}" for ref in refs if set(ref.remote_name) != {"0"}]
    tracking = [] if not remote or remote == url else ["--not", f"--remotes={remote}"]
    limit = workspace.settings.track_above
    try:
        found = list(
            wrong_files.in_range(
                [*sent, "--ignore-missing", *tracking], workspace.top, above=pointers.MAX_BYTES, limit=limit or None
            )
        )
    except GitFailed:
        return Verdict([], [], "")
    private = _unpublished([wrong for wrong in found if wrong.ruled], workspace.top)
    stops = [wrong.ruled and wrong.commit in private for wrong in found]
    refused = [wrong for wrong, stop in zip(found, stops, strict=True) if stop]
    told = [wrong for wrong, stop in zip(found, stops, strict=True) if not stop]
    return Verdict(refused, told, wrong_files.remedy(refused[0].commit, workspace.top) if refused else _advice(told))


def _advice(told: Sequence[Wrong]) -> str:
    """What to type against raw files in commits that may stay as they are."""
    if any(wrong.ruled for wrong in told):
        return wrong_files.FIX
    return "`gitblob track --convert PATTERN` makes pointers of such files" if told else ""


def _unpublished(found: Sequence[Wrong], top: str) -> set[str]:
    """Those of their commits that no remote has, as far as its tracking refs tell; none where the user allows them."""
    if not found or command.text("config", "--type=bool", "--get", ALLOWED, cwd=top, ok=(0, 1)) == "true":
        return set()
    names = dict.fromkeys(wrong.commit for wrong in found)
    data = "".join(f"{name}\n" for name in names).encode()
    unpublished = command.run("rev-list", "--stdin", "--not", "--remotes", cwd=top, data=data)
    return set(unpublished.decode().split()) & set(names)
