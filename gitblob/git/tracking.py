"""Which paths are ours. Every commit asks: imports nothing that `git.command` does not need anyway."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from gitblob.git import command

OWN, LFS = "gitblob", "lfs"
DRIVERS = (OWN, LFS)  # filters whose small files are pointers
STANDS_IN = b"--pointer=lfs"  # in filter.lfs.process: gitblob is the `lfs` driver, too


def tracked(
    paths: Iterable[bytes], cwd: str | None = None, cached: bool = False, env: Mapping[str, str] | None = None
) -> set[bytes]:
    """Those of the paths (raw, relative to cwd) whose filter is gitblob: see `drivers`."""
    return set(drivers(paths, cwd, cached, env))


def drivers(
    paths: Iterable[bytes], cwd: str | None = None, cached: bool = False, env: Mapping[str, str] | None = None
) -> dict[bytes, str]:
    """The paths (raw, relative to cwd) whose filter is gitblob, by its own name or, where it stands in, as `lfs`.

    cached: by the staged attributes; env names another index, and then the user's own attributes count for nothing.
    """
    data = b"".join(path + b"\0" for path in paths)
    if not data:
        return {}
    options = ["--cached"] if cached else []
    alone = ["-c", f"core.attributesFile={os.devnull}"] if env else []
    query = (*alone, "check-attr", *options, "-z", "--stdin", "filter")
    fields = command.lines(*query, cwd=cwd, data=data, env=env)
    wanted = {name.encode(): name for name in DRIVERS}
    found = {path: wanted[value] for path, value in zip(fields[::3], fields[2::3], strict=True) if value in wanted}
    if LFS in found.values() and not stands_in(cwd):
        return {path: name for path, name in found.items() if name == OWN}
    return found


def stands_in(cwd: str | None = None) -> bool:
    """Is gitblob what git runs here as the `lfs` driver? Else files under `filter=lfs` are git-lfs's business."""
    return STANDS_IN in command.run("config", "--get", f"filter.{LFS}.process", cwd=cwd, ok=(0, 1))


def names(cwd: str | None = None) -> tuple[str, ...]:
    """The drivers under which gitblob runs here."""
    return DRIVERS if stands_in(cwd) else (OWN,)
