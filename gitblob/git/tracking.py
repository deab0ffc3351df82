"""Which paths are ours. Every commit asks: imports nothing that `git.command` does not need anyway."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from gitblob.git import command

DRIVERS = ("gitblob", "lfs")  # filters whose small files are pointers


def tracked(
    paths: Iterable[bytes], cwd: str | None = None, cached: bool = False, env: Mapping[str, str] | None = None
) -> set[bytes]:
    """Those of the paths (raw, relative to cwd) whose filter is gitblob (or lfs).

    cached: by the staged attributes; env names another index, and then the user's own attributes count for nothing.
    """
    data = b"".join(path + b"\0" for path in paths)
    if not data:
        return set()
    options = ["--cached"] if cached else []
    alone = ["-c", f"core.attributesFile={os.devnull}"] if env else []
    query = (*alone, "check-attr", *options, "-z", "--stdin", "filter")
    fields = command.lines(*query, cwd=cwd, data=data, env=env)
    wanted = {name.encode() for name in DRIVERS}
    return {path for path, value in zip(fields[::3], fields[2::3], strict=True) if value in wanted}
