"""Where else blobs may lie: in git-lfs's folder, and where git's alternates lead (gitrepository-layout(5))."""

from __future__ import annotations

import os

LIMIT = 32  # object stores followed


def roots(common_dir: str) -> list[tuple[str, bool]]:
    """Caches, and folders in which git-lfs keeps its objects (then True), that are there and not closed to this user.

    Follows objects/info/alternates, as git does: one path a line, relative ones from `objects`.
    """
    found = [(lfs_folder(common_dir), True)]
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
                sibling = os.path.dirname(path)
                found += [(f"{sibling}/gitblob", False), (lfs_folder(sibling), True)]
                todo.append(path)
    return [(root, is_lfs) for root, is_lfs in found if os.access(root, os.X_OK)]


def lfs_folder(common_dir: str) -> str:
    """Where git-lfs keeps its objects unless `lfs.storage` says otherwise: git-lfs's docs/spec.md, Intercepting Git."""
    return f"{common_dir}/lfs/objects"
