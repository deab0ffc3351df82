"""What differs between the versions of two trees: files, values of the config, seed. Costs what differs.

Between two commits Git compares their trees, and only what differs is looked at, however much lies there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple, TypeAlias

from gitblob.errors import UsageError
from gitblob.ml import canonical, declarations, memory, readers, versions
from gitblob.ml.declarations import Data, Declarations, Model
from gitblob.ml.fingerprint import File, by_path
from gitblob.ml.readers import Value
from gitblob.ml.tree import CommitTree, Tree
from gitblob.settings.document import nearest
from gitblob.workspace import Workspace

Kind: TypeAlias = Literal["data", "model"]
FEW = 10_000  # files up to which a version is computed only to be shown
Change: TypeAlias = Literal["added", "removed", "changed", "same"]


class Changed(NamedTuple):
    """A file on both sides, None where there is none. Of a renamed one both have the same oid."""

    old: File | None
    new: File | None


class Setting(NamedTuple):
    """A value by its whole name, such as `config/data.yaml:pipeline.size`; () for the side that has none."""

    key: str
    old: tuple[()] | tuple[Value]
    new: tuple[()] | tuple[Value]


class Difference(NamedTuple):
    """A data set or a component. old, new: how its version is shown, None where it is not declared or not known.

    seed: both, where they differ. version: of a component, as it is declared, where it differs.
    """

    kind: Kind
    name: str
    status: Change
    old: str | None
    new: str | None
    files: tuple[Changed, ...] = ()
    config: tuple[Setting, ...] = ()
    seed: tuple[Value, Value] | None = None
    version: tuple[str | None, str | None] | None = None


def between(workspace: Workspace, old: CommitTree, new: Tree, only: Sequence[str] = ()) -> list[Difference]:
    """Every data set and component that either side declares. only: names. Raises MlError, SettingsError.

    And UsageError for a name that neither side declares.
    """
    before, after = declarations.load(old), declarations.load(new)
    known = dict.fromkeys([*after.data, *after.models, *before.data, *before.models])
    if strange := [name for name in only if name not in known]:
        raise UsageError(f"neither side declares data or a model {strange[0]!r}", nearest(strange[0], known))
    for tree, declared in ((old, before), (new, after)):
        tree.expect(versions.paths_of(declared))
    found = []
    for kind, ours, theirs in (("data", before.data, after.data), ("model", before.models, after.models)):
        for name in dict.fromkeys([*theirs, *ours]):
            if not only or name in only:
                sides = (old, before, ours.get(name)), (new, after, theirs.get(name))
                found.append(_compared(workspace, "data" if kind == "data" else "model", name, *sides))
    return found


Side: TypeAlias = "tuple[Tree, Declarations, Data | Model | None]"


def _compared(workspace: Workspace, kind: Kind, name: str, old: Side, new: Side) -> Difference:
    one, other = old[2], new[2]
    shown = _shown(workspace, old, new)
    if one is None or other is None:
        return Difference(kind, name, "added" if one is None else "removed", shown[0], shown[1])
    files = _files(old, new)
    config = _settings(_config(old), _config(new))
    seeds = versions.given(old[0], old[1], one).seed, versions.given(new[0], new[1], other).seed
    labels = tuple(it.version if isinstance(it, Model) else None for it in (one, other))
    seed = seeds if canonical.encode(seeds[0]) != canonical.encode(seeds[1]) else None
    version = (labels[0], labels[1]) if labels[0] != labels[1] else None
    status: Change = "changed" if files or config or seed or version else "same"
    return Difference(kind, name, status, shown[0], shown[1], files, config, seed, version)


def _shown(workspace: Workspace, *sides: Side) -> list[str | None]:
    """Each side's version, where that costs little: it was computed before, or the other side is known to be small.

    What the work tree has otherwise is not hashed for this.
    """
    kept = memory.open(workspace.cache.home)
    sizes = [versions.remembered(tree, declared, one, kept) if one else None for tree, declared, one in sides]
    is_small = any(size is not None and size <= FEW for size in sizes)
    cheap = [
        size is not None or (is_small and side[0].commit is not None) for side, size in zip(sides, sizes, strict=True)
    ]
    return [_label(workspace, side, is_cheap) for side, is_cheap in zip(sides, cheap, strict=True)]


def _label(workspace: Workspace, side: Side, is_cheap: bool) -> str | None:
    tree, declared, one = side
    if isinstance(one, Model) and one.version:
        dirty = versions.DIRTY if not tree.commit and tree.key(one.paths) is None else ""
        return f"{one.name}@{one.version}{dirty}"
    with suppress(versions.Absent):
        return versions.of(workspace, tree, declared, one).shown if one and is_cheap else None
    return None


def _files(old: Side, new: Side) -> tuple[Changed, ...]:
    """What differs, in the order of paths; a file that is gone and one that came with its content are one renamed."""
    ours, theirs = (side[2].paths if side[2] else () for side in (old, new))
    before, after = (dict(files) for files in _candidates(old[0], new[0], ours, theirs))
    same = [path for path, file in before.items() if after.get(path) == file]
    for path in same:
        del before[path], after[path]
    gone = {(file.oid, file.size): path for path, file in reversed(before.items()) if path not in after}
    found = []
    for path, file in after.items():
        former = before.pop(path, None)
        if former is None and (source := gone.pop((file.oid, file.size), None)):
            former = before.pop(source)
        found.append(Changed(former, file))
    found += [Changed(file, None) for file in before.values()]
    return tuple(sorted(found, key=lambda one: by_path(one.new or one.old or File("", "", 0))))


def _candidates(
    old: Tree, new: Tree, ours: Sequence[str], theirs: Sequence[str]
) -> tuple[Mapping[str, File], Mapping[str, File]]:
    """Files of both sides that may differ; those that do not are not all among them.

    Below what both sides declare Git looks for what differs, unless a path of one side alone lies in that or around it.
    """
    alone = {*ours}.symmetric_difference(theirs)
    common = [path for path in ours if path in theirs and not any(_is_nested(path, other) for other in alone)]
    assert old.commit
    before, after = new.since(old.commit, common)
    before = [*before, *old.files([path for path in ours if path not in common])]
    after = [*after, *new.files([path for path in theirs if path not in common])]
    return {file.path: file for file in before}, {file.path: file for file in after}


def _is_nested(path: str, other: str) -> bool:
    return path.startswith(f"{other}/") or other.startswith(f"{path}/")


def _config(side: Side) -> dict[str, Value]:
    """Every single value of a config by its whole name."""
    tree, declared, one = side
    found: dict[str, Value] = {}
    for reference in one.config if one else ():
        for key, value in readers.flat(versions.value(tree, declared, reference)).items():
            way = ".".join([*reference.key, *([key] if key else [])])
            found[f"{reference.path}:{way}" if way else reference.path] = value
    return found


def _settings(old: Mapping[str, Value], new: Mapping[str, Value]) -> tuple[Setting, ...]:
    found = []
    for key in dict.fromkeys([*new, *old]):
        sides = [(values[key],) if key in values else () for values in (old, new)]
        if canonical.encode(sides[0]) != canonical.encode(sides[1]):
            found.append(Setting(key, sides[0], sides[1]))
    return tuple(found)
