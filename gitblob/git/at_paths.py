"""What trees of commits have at certain paths. Only the folders on the way are read, whatever else a tree holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from gitblob.errors import GitblobError
from gitblob.git import command, partial

FOLDER, LINK, SUBMODULE = b"40000", b"120000", b"160000"

Parts = tuple[bytes, ...]


class At(NamedTuple):
    """Mode, as tree objects have it (`100644`, `40000`), and name (hex)."""

    mode: bytes
    name: bytes


Found = Mapping[bytes, At]


def find(trees: Iterable[bytes], paths: Iterable[bytes], cwd: str | None = None) -> dict[bytes, Found]:
    """For each of these trees (hex) what it has at each of the paths (raw) and at the folders on the way to it.

    What a tree does not have is not there. Raises GitblobError where a partial clone cannot get a folder.
    """
    places: dict[bytes, dict[Parts, At]] = {tree: {(): At(FOLDER, tree)} for tree in trees}
    if not places:
        return {}
    split = [tuple(path.split(b"/")) for path in paths]
    wanted = {parts[:end] for parts in split for end in range(1, len(parts) + 1)}
    with command.objects(cwd) as objects:
        for _, group in groupby(sorted(wanted, key=len), key=len):
            prefixes = list(group)
            names = {prefix[-1] for prefix in prefixes}
            folders = (place.get(prefix[:-1]) for place in places.values() for prefix in prefixes)
            distinct = dict.fromkeys(folder.name for folder in folders if folder and folder.mode == FOLDER)
            inside = {name: dict(_entries(name, data, names)) for name, data in objects.read(distinct)}
            for place in places.values():
                for prefix in prefixes:
                    folder = place.get(prefix[:-1])
                    if folder and folder.mode == FOLDER and (entry := inside[folder.name].get(prefix[-1])):
                        place[prefix] = entry
    return {tree: {b"/".join(parts): at for parts, at in place.items() if parts} for tree, place in places.items()}


def _entries(tree: bytes, data: bytes | None, wanted: set[bytes]) -> Iterator[tuple[bytes, At]]:
    """The wanted entries of a tree object: `MODE NAME`, a NUL, a raw object name that is as long as the tree's own."""
    if data is None:
        raise GitblobError(f"this clone lacks the folder {tree.decode()}", partial.REMEDY)
    width, at = len(tree) // 2, 0
    while at < len(data):
        end = data.index(b"\0", at)
        mode, _, name = data[at:end].partition(b" ")
        at = end + 1 + width
        if name in wanted:
            yield name, At(mode, data[end + 1 : at].hex().encode())
