"""Where git's alternates lead (gitrepository-layout(5)): the caches of the repositories whose objects are shared."""

from __future__ import annotations

import os

LIMIT = 32  # object stores followed


def roots(common_dir: str) -> list[str]:
    """Follow objects/info/alternates, as git does: one path a line, relative ones from `objects`."""
    found: list[str] = []
    todo, seen = [f"{common_dir}/objects"], set[str]()
    while todo and len(seen) < LIMIT:
        objects = todo.pop(0)
        if objects in seen:
            continue
        seen.add(objects)
        try:
            with open(f"{objects}/info/alternates", encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        for line in lines:
            if line and not line.startswith("#"):
                path = os.path.normpath(os.path.join(objects, line))
                found.append(f"{os.path.dirname(path)}/gitblob")
                todo.append(path)
    return found
