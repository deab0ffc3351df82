"""The store that an ssh session is about: in a directory, or in a git repository's own."""

from __future__ import annotations

import os

from gitblob.errors import StoreUnavailable
from gitblob.git import remotes
from gitblob.store.ssh import server
from gitblob.store.ssh.server import Served


def run(path: str, source: int, sink: int, *, in_git: bool = False, read_only: bool = False) -> None:
    """Serve over two descriptors. path: as git takes one from an ssh URL, so relative to the home, or `~…`."""
    place = os.path.abspath(os.path.expanduser(path))
    served = _in_git(place, read_only) if in_git else Served(place, read_only=read_only)
    server.serve(served, source, sink)


def _in_git(place: str, read_only: bool) -> Served:
    common_dir = remotes.common_dir(place)
    problem = None if common_dir else StoreUnavailable(f"there is no git repository at {place}", "is the path right?")
    return Served(f"{common_dir}/gitblob", True, read_only, problem)
