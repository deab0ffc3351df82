"""The data versions and component versions of a commit or of the work tree.

What was computed for a commit is remembered under the names that Git's own trees have there, so that the next look
costs a question to git and no reading.
"""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from gitblob import settings
from gitblob.errors import MlError, SettingsError
from gitblob.ml import canonical, declarations, fingerprint, memory, readers, worktree
from gitblob.ml.declarations import Data, Declarations, Model
from gitblob.ml.fingerprint import SHORT, File, Parts
from gitblob.ml.readers import Value
from gitblob.ml.reference import Reference
from gitblob.ml.tree import Tree
from gitblob.workspace import Workspace

KIND = "version"
DIRTY = "+dirty"


class DataState(NamedTuple):
    """A data version: id (64 hex digits), number of files, their bytes. dirty: HEAD has another one."""

    name: str
    id: str
    files: int
    size: int
    seed: Value
    dirty: bool = False

    @property
    def shown(self) -> str:
        """Such as `processed@0123456789ab`."""
        return f"{self.name}@{self.id[:SHORT]}{DIRTY if self.dirty else ''}"


class ModelState(NamedTuple):
    """A component: version as declared, fingerprint (`sha256:…`), number of files, their bytes."""

    name: str
    version: str | None
    fingerprint: str
    files: int
    size: int
    dirty: bool = False

    @property
    def shown(self) -> str:
        """Such as `image@v2.1`, by its fingerprint where it has no version."""
        version = self.version or self.fingerprint.removeprefix("sha256:")[:SHORT]
        return f"{self.name}@{version}{DIRTY if self.dirty else ''}"


class Versions(NamedTuple):
    """What a tree has, by name, in the order of the declarations."""

    declared: Declarations
    data: Mapping[str, DataState]
    models: Mapping[str, ModelState]


class Absent(MlError):
    """Nothing lies at a path that is declared, as that of a model before its first training."""


def here(
    workspace: Workspace, without: tuple[type[MlError], ...] = (), work: worktree.WorkTree | None = None
) -> Versions:
    """The versions of the work tree; what HEAD has otherwise is dirty. without: see `at`. Raises as `at`.

    work: what has been opened to look at it.
    """
    work = work or worktree.WorkTree(workspace)
    found = at(workspace, work, without)
    nothing = Versions(found.declared, {}, {})
    if work.head is None:
        return _dirty(found, nothing)
    try:
        work.head.expect([settings.FILE, *paths_of(found.declared)])
        return _dirty(found, at(workspace, work.head, without=(MlError,)))
    except (MlError, SettingsError):
        return _dirty(found, nothing)  # HEAD's own declarations are broken; they are not what was asked about


def at(workspace: Workspace, tree: Tree, without: tuple[type[MlError], ...] = ()) -> Versions:
    """The versions of a tree. without: errors for which a version is left out. Raises MlError, SettingsError."""
    declared = declarations.load(tree)
    tree.expect(paths_of(declared))
    kept = memory.open(workspace.cache.home)
    data: dict[str, DataState] = {}
    models: dict[str, ModelState] = {}
    for name, one in declared.data.items():
        with suppress(*without):
            data[name] = _data(tree, declared, one, kept)
    for name, model in declared.models.items():
        with suppress(*without):
            models[name] = _model(tree, declared, model, kept)
    return Versions(declared, data, models)


def of(workspace: Workspace, tree: Tree, declared: Declarations, one: Data | Model) -> DataState | ModelState:
    """One version. Raises MlError."""
    kept = memory.open(workspace.cache.home)
    return _data(tree, declared, one, kept) if isinstance(one, Data) else _model(tree, declared, one, kept)


def parts(tree: Tree, declared: Declarations, one: Data | Model) -> Parts:
    """All that a version is made of. Raises MlError where a path has no file or a value is missing."""
    return given(tree, declared, one)._replace(files=_files(tree, declared, one))


def given(tree: Tree, declared: Declarations, one: Data | Model) -> Parts:
    """The same without the files. Raises MlError for a value that is missing, or that no version can hold."""
    config = _config(tree, declared, one.config)
    seed: Value = None
    if isinstance(one, Data):
        seed = value(tree, declared, one.seed) if isinstance(one.seed, Reference) else one.seed
    try:
        canonical.encode([config, seed])
    except MlError as error:
        section = "data" if isinstance(one, Data) else "models"
        raise MlError(f"{declared.where(section, one.name)}: {one.name}: {error.message}", error.hint) from None
    return Parts((), config, seed)


def remembered(tree: Tree, declared: Declarations, one: Data | Model, kept: memory.Memory) -> int | None:
    """How many files a version has, where it was computed before and takes no look at them now."""
    place = tree.key(one.paths)
    found = kept.get(KIND, _key(one, place, given(tree, declared, one))) if place is not None else None
    return int(json.loads(found)[1]) if found else None


def value(tree: Tree, declared: Declarations, reference: Reference) -> Value:
    """The value that a declaration leads to. Raises MlError where the file or the key is not there."""
    where = f"{tree.label}:{reference.path}" if tree.commit else reference.path
    data = tree.read(reference.path, readers.MAX_BYTES)
    if data is None:
        place = declared.where_named(reference)
        raise MlError(f"{place} names {reference.path}, and {tree.label} has no such file")
    found = readers.read(data, where)
    try:
        return readers.pick(found, reference.key, where)
    except MlError as error:
        raise MlError(f"{declared.where_named(reference)}: {error.message}", error.hint) from None


def paths_of(declared: Declarations) -> list[str]:
    """All that the versions of a tree are made of."""
    found: list[str] = []
    sets: list[Data | Model] = [*declared.data.values(), *declared.models.values()]
    for one in sets:
        found += [*one.paths, *(reference.path for reference in one.config)]
        if isinstance(one, Data) and isinstance(one.seed, Reference):
            found.append(one.seed.path)
    return found


def _data(tree: Tree, declared: Declarations, one: Data, kept: memory.Memory) -> DataState:
    made = given(tree, declared, one)
    return DataState(one.name, *_known(tree, declared, one, made, kept), made.seed)


def _model(tree: Tree, declared: Declarations, one: Model, kept: memory.Memory) -> ModelState:
    found = _known(tree, declared, one, given(tree, declared, one), kept)
    return ModelState(one.name, one.version, *found)


def _known(
    tree: Tree, declared: Declarations, one: Data | Model, made: Parts, kept: memory.Memory
) -> tuple[str, int, int]:
    """The version of a declaration whose config and seed are given, its number of files and their bytes."""
    place = tree.key(one.paths)
    key = _key(one, place, made)
    if place is not None and (known := kept.get(KIND, key)):
        found, files, size = json.loads(known)
        return str(found), int(files), int(size)
    listed = _files(tree, declared, one)
    named = fingerprint.data_id if isinstance(one, Data) else fingerprint.model_fingerprint
    result = named(made._replace(files=listed)), len(listed), sum(file.size for file in listed)
    if place is not None:
        kept.put(KIND, key, json.dumps(result).encode())
    return result


def _key(one: Data | Model, place: str | None, made: Parts) -> str:
    """The name under which a version is remembered: all that it depends on."""
    kind = f"{type(one).__name__} {fingerprint.FORMAT}"
    return hashlib.sha256(canonical.encode([kind, place, made.config, made.seed])).hexdigest()


def _files(tree: Tree, declared: Declarations, one: Data | Model) -> tuple[File, ...]:
    """What lies at the paths of a declaration. Raises Absent for a path where nothing is."""
    found = tuple(tree.files(one.paths))
    for path in one.paths:
        if not _has(found, path):
            where = declared.where_named(path)
            raise Absent(f"{where}: {one.name} names {path}, and {tree.label} has no such file", "`git add` it first")
    return found


def _has(files: Sequence[File], path: str) -> bool:
    """Is there a file at the path or below it?"""
    for start in (path, f"{path}/"):
        at = bisect_left(files, os.fsencode(start), key=fingerprint.by_path)
        if at < len(files) and (files[at].path == path or files[at].path.startswith(f"{path}/")):
            return True
    return False


def _config(tree: Tree, declared: Declarations, references: tuple[Reference, ...]) -> Value:
    """One reference stands for its value; several for a mapping of theirs, by how they are written."""
    if not references:
        return None
    if len(references) == 1:
        return value(tree, declared, references[0])
    return {str(reference): value(tree, declared, reference) for reference in references}


def _dirty(found: Versions, head: Versions) -> Versions:
    """The same, with what HEAD has otherwise marked."""
    data = {
        name: state._replace(dirty=name not in head.data or head.data[name].id != state.id)
        for name, state in found.data.items()
    }
    models = {
        name: state._replace(
            dirty=name not in head.models
            or (head.models[name].fingerprint, head.models[name].version) != (state.fingerprint, state.version)
        )
        for name, state in found.models.items()
    }
    return Versions(found.declared, data, models)
