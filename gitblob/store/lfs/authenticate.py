"""`git-lfs-authenticate`: a host that is reached by ssh says where its LFS API is, and gives a right for a while.

Source: docs/api/server-discovery.md of git-lfs, "SSH".
"""

from __future__ import annotations

import json
from collections.abc import Callable

from gitblob.errors import StoreDenied, StoreError, StoreUnreachable
from gitblob.store.access import Ssh
from gitblob.store.lfs import Door, api
from gitblob.store.lfs.api import Action

PROGRAM = "git-lfs-authenticate"
LONGEST = 1 << 20  # bytes of an answer
NOT_FOUND, NO_CONNECTION = 127, 255  # exit codes of a shell and of ssh(1)


class NotOffered(StoreError):
    """The host does not know the command."""


def way(label: str, door: Door, ssh: Ssh) -> Callable[[str], Action]:
    """Asks the host by ssh each time it is called, with `upload` or `download`.

    It raises NotOffered where the host has no such command, StoreUnreachable where ssh does not get there, StoreDenied
    with the host's own words for anything else.
    """

    def ask(operation: str) -> Action:
        pipe = ssh.start(door.destination, door.port, [PROGRAM, door.path, operation])
        data = b""
        while len(data) < LONGEST and (piece := pipe.stdout.read(LONGEST)):
            data += piece
        code, words = pipe.close()
        what = f"store {label}: {PROGRAM} on {door.destination}"
        if code:
            raise _refused(what, code, words.strip())
        try:
            action = api.action(json.loads(data), what)
        except (ValueError, RecursionError):
            raise NotOffered(f"{what} gives an answer that is no JSON") from None
        if not action.href.lower().startswith(("https://", "http://")):
            raise NotOffered(f"{what} names no http(s) address")
        return action

    return ask


def _refused(what: str, code: int, words: str) -> StoreError:
    reason = f": {words.splitlines()[-1][: api.LONGEST]}" if words else ""
    if code == NOT_FOUND or (PROGRAM in words and "not found" in words):
        return NotOffered(f"{what} does not exist{reason}")
    if code == NO_CONNECTION:
        return StoreUnreachable(f"{what} could not be asked{reason}", "does `ssh` get there?")
    return StoreDenied(f"{what} refuses (exit code {code}){reason}", "ask whoever runs the host")
