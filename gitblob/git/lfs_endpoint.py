"""Which Git LFS server a Git remote has: its own, or another that is configured as git-lfs(1) is told.

Source: docs/api/server-discovery.md and git-lfs-config(5) of git-lfs. Of `.lfsconfig`, which anybody may commit,
nothing counts but `lfs.url` and `remote.NAME.lfsurl`, and of these only http(s) addresses.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from gitblob.errors import StoreError
from gitblob.git import command

FILE = ".lfsconfig"
KEYS = r"^(lfs\.(url|pushurl)|remote\..*\.lfs(push)?url)$"
HTTP = re.compile(r"https?://[^/]", re.IGNORECASE)


class Endpoint(NamedTuple):
    """Where the LFS API is for either operation. committed: `.lfsconfig` says so, not the user and not the remote."""

    download: str
    upload: str
    committed: bool = False


def find(remote: str, url: str, cwd: str, worktree: str | None) -> Endpoint | None:
    """The endpoint of a remote at this URL; None where nothing is configured and the URL is none of http(s).

    Raises StoreError where the user's configuration names an address of another kind.
    """
    own = of_url(url)
    told = _read(("config", "-z", "--get-regexp", KEYS), cwd)
    download, upload = _first(told, "lfs.url", f"remote.{remote}.lfsurl"), _upload(told, remote)
    for address in (download, upload):
        if address and not HTTP.match(address):
            raise StoreError(
                f"git's configuration names a Git LFS server for {remote} that is not asked by http",
                "`git config --show-origin --get-regexp 'lfs.*url'` shows where; http:// and https:// are known",
            )
    if download or (upload and own):
        return Endpoint(download or own or "", upload or download or "")
    committed = _first(_committed(cwd, worktree), "lfs.url", f"remote.{remote}.lfsurl")
    if HTTP.match(committed) and committed != own:
        return Endpoint(committed, committed, committed=True)
    return Endpoint(own, own) if own else None


def of_url(url: str) -> str | None:
    """The endpoint that belongs to an http(s) remote at this URL; None for another kind."""
    if not HTTP.match(url):
        return None
    address = url.rstrip("/")
    return f"{address if address.endswith('.git') else address + '.git'}/info/lfs"


def _upload(told: dict[str, str], remote: str) -> str:
    """A common `lfs.url` comes before what is said of one remote, as with git-lfs."""
    return told.get("lfs.pushurl") or ("" if "lfs.url" in told else told.get(f"remote.{remote}.lfspushurl", ""))


def _first(told: dict[str, str], *keys: str) -> str:
    return next((told[key] for key in keys if told.get(key)), "")


def _committed(cwd: str, worktree: str | None) -> dict[str, str]:
    """What the work tree's `.lfsconfig` says, HEAD's where there is none (yet)."""
    path = f"{worktree}/{FILE}"
    if worktree and os.path.isfile(path) and not os.path.islink(path):
        return _read(("config", "--file", path, "--no-includes", "-z", "--get-regexp", KEYS), cwd)
    return _read(("config", "--blob", f"HEAD:{FILE}", "--no-includes", "-z", "--get-regexp", KEYS), cwd)


def _read(query: tuple[str, ...], cwd: str) -> dict[str, str]:
    """Keys (git writes all but the remote's name in lower case) and values; a later one wins. None for a bad file."""
    output = command.run(*query, cwd=cwd, ok=(0, 1, 3, 128))
    return dict(os.fsdecode(entry).partition("\n")[::2] for entry in output.split(b"\0")[:-1])
