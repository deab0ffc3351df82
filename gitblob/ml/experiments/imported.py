"""The packages that this process has imported, with their versions.

`importlib.metadata.packages_distributions` reads all of what is installed, in seconds where that is much. Here each
installed package is only asked which modules it brings, and what was imported is described by its metadata.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata

KINDS = (".dist-info", ".egg-info")
MODULES = re.compile(r'^"?([^/\n",]+?)(?:/|\.py,|\.[^/\n]*so,)', re.MULTILINE)  # of RECORD: PATH,HASH,SIZE


def packages() -> dict[str, str]:
    """Versions by name, as the packages spell it."""
    wanted = {name.partition(".")[0] for name in list(sys.modules)} - sys.stdlib_module_names
    found: dict[str, str] = {}
    for folder in _folders():
        if not wanted.isdisjoint(_modules(folder)):
            name, version = _described(folder)
            if name and version:
                found.setdefault(name, version)  # the first in sys.path is what was imported
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def _folders() -> Iterator[str]:
    """Those that hold metadata, in the order of sys.path."""
    for place in dict.fromkeys(sys.path):
        try:
            names = sorted(os.listdir(place or os.curdir))
        except OSError:  # an archive, or nothing
            continue
        yield from (os.path.join(place, name) for name in names if name.endswith(KINDS))


def _modules(folder: str) -> set[str]:
    """The top-level modules that a package brings: as it says, as its files say, else by its own name."""
    if named := _text(f"{folder}/top_level.txt").split():
        return set(named)
    name = os.path.basename(folder).partition("-")[0]
    listed = {module for module in MODULES.findall(_text(f"{folder}/RECORD")) if module.isidentifier()}
    return listed or {name}


def _described(folder: str) -> tuple[str | None, str | None]:
    with suppress(OSError):  # what was half removed has no metadata
        about = metadata.Distribution.at(folder).metadata
        return about["Name"], about["Version"]
    return None, None


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
