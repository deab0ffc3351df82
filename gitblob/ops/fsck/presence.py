"""Commits: do the stores have the content that they bring? Proved from pointers alone; no blob is needed or read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from gitblob.errors import UsageError
from gitblob.git import changes, command, history, partial
from gitblob.git.command import GitFailed
from gitblob.git.history import Found, Range
from gitblob.ops import sync
from gitblob.ops.fsck.finding import STORE_MISSING, Finding
from gitblob.store.base import Blob, Store

SEND = "`gitblob push --all` in a clone that has the content brings it to the store"
DEEPEN = "this is a shallow clone: `git fetch --unshallow` gets the rest (`fetch-depth: 0` in GitHub Actions)"
Lost = dict[str, list[Store]]  # by Git's name (hex) of the pointer: the stores that lack its content


def check(
    stores: Sequence[Store], revisions: Sequence[str], top: str, tell: Callable[[str], None]
) -> Iterator[Finding]:
    """What the commits of a range (as rev-list takes it) bring, and all files of its tips: is it on each store?

    A store is asked once for every sync.BATCH of blobs, by name and size. tell: gets what the proof does not cover.
    Raises UsageError for a revision that is not here, GitblobError where the clone lacks what may be pointers.
    """
    tips = _tips(revisions, top)
    trees = [f"{name}^{{tree}}" if kind == "commit" else name for name, kind in history.peeled(tips, top).values()]
    partial.require(*revisions, *trees, cwd=top)
    if cut := partial.cut_in(revisions, top):
        tell(f"not proved: what came before {', '.join(name[:12] for name in cut[:3])}; {DEEPEN}")
    lost, pointers, asked = Lost(), dict[str, Blob](), 0
    found = history.pointers_to_push(Range(list(revisions), []), Range(trees, []), top)
    while some := list(islice(found, sync.BATCH)):
        blobs = list(dict.fromkeys(_blob(one) for one in some))
        asked += len(blobs)
        for store in stores:
            missing = store.missing(blobs)
            for one in some:
                if one.pointer.oid in missing:
                    lost.setdefault(one.name, []).append(store)
                    pointers[one.name] = _blob(one)
    for store in stores:
        lacking = sum(store in who for who in lost.values())
        tell(f"store {store.name}: {asked - lacking} of {asked} blob(s) are there")
    for name, commit, path in _places(set(lost), revisions, tips, top) if lost else ():
        for store in lost[name]:
            text = f"store {store.name} lacks its content, {pointers[name].oid.text}"
            yield Finding(STORE_MISSING, path, text, commit=commit, remedy=SEND)


def _blob(found: Found) -> Blob:
    return Blob(found.pointer.oid, found.pointer.size)


def _tips(revisions: Sequence[str], top: str) -> list[str]:
    """The names (hex) of what the range includes by name."""
    try:
        names = command.text("rev-parse", *revisions, "--", cwd=top).splitlines()
    except GitFailed as error:
        hint = DEEPEN if partial.is_cut(top) else "name commits that are here, such as `origin/main..HEAD`"
        raise UsageError(f"git: {error.message.rpartition('fatal: ')[2]}", hint) from None
    return [name for name in dict.fromkeys(names) if not name.startswith(("^", "-"))]


def _places(names: set[str], revisions: Sequence[str], tips: Sequence[str], top: str) -> Iterator[tuple[str, str, str]]:
    """For each of these pointers (hex) its paths, with the commit that brings it there first, or else a tip."""
    seen: set[tuple[str, bytes]] = set()
    for change in changes.of(revisions, top):
        at = change.name.decode(), change.path
        if at[0] in names and at not in seen:
            seen.add(at)
            yield at[0], change.commit.decode(), os.fsdecode(change.path)
    rest = names.difference(name for name, _ in seen)
    for tip, (name, kind) in history.peeled(tips, top).items() if rest else ():
        for pointed in history.pointers_at(name, top) if kind != "blob" else ():
            if pointed.name in rest and (pointed.name, pointed.path) not in seen:
                seen.add((pointed.name, pointed.path))
                yield pointed.name, tip, os.fsdecode(pointed.path)
