"""New versions of components: the number in `.gitblob.yaml`, the line in the lock file, the tag on a commit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from gitblob.errors import MlError, UsageError
from gitblob.git import command, history
from gitblob.ml import declarations, lock, needs, tree, versions, worktree
from gitblob.ml.declarations import Declarations
from gitblob.ml.lock import Locked
from gitblob.ml.versions import ModelState
from gitblob.ops import place
from gitblob.settings import FILE, edit
from gitblob.settings.document import nearest
from gitblob.workspace import Workspace

Part: TypeAlias = Literal["major", "minor", "patch"]
PARTS: tuple[Part, ...] = ("major", "minor", "patch")
RELEASE = re.compile(r"(v?)([0-9]+(?:\.[0-9]+)*)", re.IGNORECASE)


class Bumped(NamedTuple):
    """What was done. old: None where there was no version. files: written and staged, relative to the top.

    unstaged: files of the component that a commit would not take as they are. same_as: an older version with this
    very content.
    """

    name: str
    old: str | None
    new: str
    fingerprint: str
    files: tuple[str, ...]
    unstaged: tuple[str, ...]
    same_as: str | None


class Tagged(NamedTuple):
    """A component's tag on a commit. new: it was not there before."""

    tag: str
    commit: str
    new: bool


def bump(workspace: Workspace, name: str, part: Part | None = None, to: str | None = None) -> Bumped:
    """Give a component a new version, by its part or as it is written in `to`, and stage that.

    Raises UsageError for a version that is none or does not go up, MlError for one that has other content.
    """
    top = place.worktree(workspace.repository)
    here = worktree.WorkTree(workspace)
    state, locked = _state(workspace, here, name), _locked(here)
    new = to if to is not None else raised(state.version, part or "patch", name)
    _require_upwards(name, state.version, new)
    _require_free(name, new, state.fingerprint, locked)
    written = []
    if new != state.version:
        edit.component_version(top, name, new)
        written.append(FILE)
    written += _append(top, [(name, new, state.fingerprint)], locked)
    _stage(top, written)
    twins = (one.version for one in locked if one.name == name and one.fingerprint == state.fingerprint)
    same_as = next((version for version in twins if needs.parse(version) != needs.parse(new)), None)
    return Bumped(name, state.version, new, state.fingerprint, tuple(written), _unstaged(here, name), same_as)


def lock_all(workspace: Workspace) -> list[Bumped]:
    """Write the line of every declared version that the lock file does not have, and stage it. Raises as `bump`."""
    top = place.worktree(workspace.repository)
    here = worktree.WorkTree(workspace)
    locked = _locked(here)
    found = []
    for name, model in declarations.load(here).models.items():
        if model.version is not None:
            _require_version(name, model.version)
            state = _state(workspace, here, name)
            _require_free(name, model.version, state.fingerprint, locked)
            if written := _append(top, [(name, model.version, state.fingerprint)], locked):
                _stage(top, written)
                unstaged = _unstaged(here, name)
                found.append(
                    Bumped(name, model.version, model.version, state.fingerprint, tuple(written), unstaged, None)
                )
    return found


def tag(workspace: Workspace, names: Sequence[str], rev: str = "HEAD") -> list[Tagged]:
    """Tag a commit `NAME/VERSION` for each of these components (default: all that have a version).

    Raises MlError where the lock file of the commit does not say that it is that version, or the tag is elsewhere.
    """
    there = tree.at(workspace, rev)
    declared = declarations.load(there)
    chosen = list(names) or [name for name, model in declared.models.items() if model.version]
    states = [_state(workspace, there, name) for name in chosen]
    locked = _locked(there)
    for state in states:
        if state.version is None or not _is_locked(state, locked):
            message = f"{there.label}: {lock.FILE} does not have {state.shown} with this content"
            raise MlError(message, f"`gitblob version check {there.label}` says what is wrong")
    return [_tag(workspace.top, state, str(there.commit)) for state in states]


def raised(version: str | None, part: Part, name: str) -> str:
    """The next version, spelled as the last one was. Raises UsageError where there is no next one."""
    match = RELEASE.fullmatch(version or "")
    if not match:
        raise UsageError(f"{name} is at {version or 'no version'}, from which no next one follows", "name it with --to")
    numbers = [int(number) for number in match[2].split(".")]
    at = PARTS.index(part)
    numbers += [0] * (at + 1 - len(numbers))
    numbers = [*numbers[:at], numbers[at] + 1, *[0] * (len(numbers) - at - 1)]
    return match[1] + ".".join(map(str, numbers))


def _state(workspace: Workspace, there: tree.Tree, name: str) -> ModelState:
    declared: Declarations = declarations.load(there)
    if name not in declared.models:
        raise UsageError(f"{declared.path} declares no component {name!r}", nearest(name, declared.models))
    there.expect(versions.paths_of(declared))
    state = versions.of(workspace, there, declared, declared.models[name])
    assert isinstance(state, ModelState)
    return state


def _locked(there: tree.Tree) -> list[Locked]:
    locked, wrong = lock.read(there)
    if wrong:
        raise MlError(f"{lock.FILE}:{wrong[0].line}: {wrong[0].reason}", "`gitblob version check` lists all")
    return locked


def _require_version(name: str, version: str) -> None:
    if not needs.parse(version) or " " in version:
        raise UsageError(f"{name}: {version!r} is no version", "write it as PEP 440 has it, such as v2.1")


def _require_upwards(name: str, old: str | None, new: str) -> None:
    _require_version(name, new)
    before, after = needs.parse(old), needs.parse(new)
    if before and after and after < before:
        raise UsageError(f"{name} is at {old} and cannot go down to {new}", "versions only rise")


def _require_free(name: str, version: str, fingerprint: str, locked: Sequence[Locked]) -> None:
    for one in locked:
        if one.name == name and needs.parse(one.version) == needs.parse(version) and one.fingerprint != fingerprint:
            message = f"{lock.FILE}:{one.line}: {name} {one.version} has other content than {name} has now"
            raise MlError(message, f"`gitblob version bump {name} --minor` gives the new content a number of its own")


def _is_locked(state: ModelState, locked: Sequence[Locked]) -> bool:
    version = needs.parse(state.version)
    return any(
        (one.name, needs.parse(one.version), one.fingerprint) == (state.name, version, state.fingerprint)
        for one in locked
    )


def _append(top: str, lines: Sequence[tuple[str, str, str]], locked: Sequence[Locked]) -> list[str]:
    here = {(one.name, needs.parse(one.version), one.fingerprint) for one in locked}
    return lock.append(top, [line for line in lines if (line[0], needs.parse(line[1]), line[2]) not in here])


def _stage(top: str, files: Sequence[str]) -> None:
    if files:
        command.run("add", "--", *files, cwd=top)


def _unstaged(here: worktree.WorkTree, name: str) -> tuple[str, ...]:
    """The component's files and config that a commit would not take as they are in the work tree."""
    model = declarations.load(here).models[name]
    return tuple(here.unstaged([*model.paths, *(reference.path for reference in model.config)]))


def _tag(top: str, state: ModelState, commit: str) -> Tagged:
    name = f"{state.name}/{state.version}"
    try:
        there = history.commit(f"refs/tags/{name}", top)
    except UsageError:
        command.run("tag", "-a", "-m", f"{state.name} {state.version} {state.fingerprint}", "--", name, commit, cwd=top)
        return Tagged(name, commit, new=True)
    if there != commit:
        raise MlError(f"the tag {name} is on {there[:12]} already", f"`git tag -d {name}` removes it")
    return Tagged(name, commit, new=False)
