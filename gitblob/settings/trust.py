"""Which places this user has approved: a committed file may name any host, and nothing is sent there unasked.

Approvals are the values of `gitblob.trust` in git's configuration, as `place` spells them. `gitblob store trust` and
`gitblob store add` add to the user's own (`--global`) file; any other scope counts too, and so does GIT_CONFIG_COUNT.
"""

from __future__ import annotations

import os

from gitblob.errors import StoreUntrusted
from gitblob.git import command
from gitblob.settings.places import Place
from gitblob.store import url as urls

KEY = "gitblob.trust"


def place(named: Place) -> str | None:
    """What has to be approved before the store is asked for anything; None for a directory."""
    return urls.place(named.url, named.options) if urls.directory(named.url) is None else None


def approve(named: Place, cwd: str) -> str | None:
    """Approve the place of a store from now on; None where that was not needed, or had been done."""
    word = place(named)
    known = os.fsdecode(command.run("config", "-z", "--get-all", KEY, cwd=cwd, ok=(0, 1))).split("\0")
    if word is None or word in known:
        return None
    command.run("config", "--global", "--add", KEY, word, cwd=cwd)
    return word


def question(name: str, named: Place) -> str:
    """What to ask the user."""
    return f"Use store {name} at {place(named)}, named by this repository?"


def refusal(name: str, named: Place) -> StoreUntrusted:
    """The error where nobody has approved."""
    return StoreUntrusted(
        f"store {name} at {place(named)} is named by this repository, and you have never approved that place",
        f"if you know it: `gitblob store trust {name}`",
    )
