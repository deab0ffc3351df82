"""The params or the metrics of commits and of the work tree: every single value of the files that are declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from gitblob.errors import MlError, UsageError
from gitblob.git import history, partial
from gitblob.ml import declarations, readers, tree, worktree
from gitblob.ml.declarations import Declarations
from gitblob.ml.readers import Value
from gitblob.ml.reference import Reference
from gitblob.ml.tree import Tree
from gitblob.workspace import Workspace

Section: TypeAlias = Literal["params", "metrics"]
Files: TypeAlias = Mapping[str, Mapping[str, Value]]  # single values by path and whole key, in the order of the file

Content: TypeAlias = "tuple[Value] | MlError | None"


class Side(NamedTuple):
    """What one commit, or the work tree, has. name: as it was asked for. commit: hex, None for the work tree."""

    name: str
    commit: str | None
    files: Files


class Sides(NamedTuple):
    """absent: in words, what is declared and on no side. broken: by path, what is wrong with the file on any side."""

    sides: list[Side]
    absent: list[str]
    broken: Mapping[str, list[MlError]]


def sides(workspace: Workspace, section: Section, names: Sequence[str | None], only: Sequence[Reference] = ()) -> Sides:
    """The values of several revisions (None: the work tree, HEAD where there is none), of the same files each.

    Those are what any of the revisions declares, or `only` these. Raises UsageError for a revision that is not here;
    MlError for one of `only` that is nowhere; SettingsError for a declaration. A file that is not valid has no values.
    """
    trees = [_tree(workspace, name) for name in names]
    declared = [Declarations() if only else declarations.load(one) for one in trees]
    named = {ref: by for by in declared for ref in (by.params if section == "params" else by.metrics)}
    wanted = list(dict.fromkeys(only or named))
    missing: dict[Reference, list[MlError]] = {reference: [] for reference in wanted}
    broken: dict[str, list[MlError]] = {}
    found = []
    for name, one in zip(names, trees, strict=True):
        contents = _contents(one, wanted)
        for path, content in contents.items():
            if isinstance(content, MlError):
                broken.setdefault(path, []).append(content)
        found.append(Side(name or one.label, one.commit, _values(one, wanted, contents, missing)))
    nowhere = {reference: errors[-1] for reference, errors in missing.items() if len(errors) == len(trees)}
    if only and nowhere:
        raise next(iter(nowhere.values()))
    absent = [f"{named[reference].where_named(reference)}: {_said(error)}" for reference, error in nowhere.items()]
    return Sides(found, absent, broken)


def _contents(one: Tree, references: Iterable[Reference]) -> dict[str, Content]:
    """What each file holds: the value, None where there is no such file, what is wrong with it."""
    paths = list(dict.fromkeys(reference.path for reference in references))
    one.expect(paths)
    found: dict[str, Content] = {}
    for path in paths:
        try:
            data = one.read(path, readers.MAX_BYTES)
            found[path] = None if data is None else (readers.read(data, _where(one, path)),)
        except MlError as error:
            found[path] = error
    return found


def _values(
    one: Tree,
    references: Iterable[Reference],
    contents: Mapping[str, Content],
    missing: Mapping[Reference, list[MlError]],
) -> Files:
    files: dict[str, dict[str, Value]] = {}
    for reference in references:
        path, key = reference
        content, where = contents[path], _where(one, path)
        if isinstance(content, MlError):
            continue
        if content is None:
            missing[reference].append(MlError(f"{where}: there is no such file"))
            continue
        try:
            value = readers.pick(content[0], key, where)
        except MlError as error:
            missing[reference].append(error)
        else:
            files.setdefault(path, {}).update(under(key, value))
    return files


def _where(one: Tree, path: str) -> str:
    return f"{one.label}:{path}" if one.commit else path


def _said(error: MlError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


def under(place: tuple[str, ...], value: Value) -> dict[str, Value]:
    """Every single value by its whole key. A file that holds nothing has none. place: the key of the value itself."""
    key = ".".join(place)
    if not key and value == {}:
        return {}
    return {f"{key}.{name}" if key and name else key or name: leaf for name, leaf in readers.flat(value).items()}


def _tree(workspace: Workspace, name: str | None) -> Tree:
    if name is None and workspace.repository.worktree:
        return worktree.WorkTree(workspace)
    name = name or "HEAD"
    try:
        return tree.at(workspace, name)
    except UsageError as error:
        if not history.has_head(workspace.top):
            raise UsageError(f"{name} names no commit here: there is none yet", "`git commit` makes one") from None
        if partial.is_cut(workspace.top):
            hint = "this clone is shallow; `git fetch --unshallow` brings what is older"
            raise UsageError(error.message, hint) from None
        raise
