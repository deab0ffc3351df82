"""Which paths are ours. Every commit asks: imports nothing that `git.command` does not need anyway."""

from __future__ import annotations

from collections.abc import Iterable

from gitblob.git import command

DRIVERS = ("gitblob", "lfs")  # filters whose small files are pointers


def tracked(paths: Iterable[bytes], cwd: str | None = None, cached: bool = False) -> set[bytes]:
    """Those of the paths (raw, relative to cwd) whose filter is gitblob (or lfs). cached: by the staged attributes."""
    data = b"".join(path + b"\0" for path in paths)
    if not data:
        return set()
    options = ["--cached"] if cached else []
    fields = command.lines("check-attr", *options, "-z", "--stdin", "filter", cwd=cwd, data=data)
    wanted = {name.encode() for name in DRIVERS}
    return {path for path, value in zip(fields[::3], fields[2::3], strict=True) if value in wanted}
