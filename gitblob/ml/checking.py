"""Is what a tree says of its versions true? For CI: everything that is not, with file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gitblob.errors import GitblobError, MlError, SettingsError
from gitblob.git import command
from gitblob.ml import declarations, lock, needs, versions
from gitblob.ml.declarations import Declarations
from gitblob.ml.lock import Locked
from gitblob.ml.tree import Tree
from gitblob.ml.versions import DataState, ModelState
from gitblob.settings import FILE
from gitblob.settings.document import nearest
from gitblob.workspace import Workspace

PEP_440 = "write it as PEP 440 has it, such as v2.1, 1.3.0 or 2.0rc1"


class Finding(NamedTuple):
    """What is wrong. file: relative to the top; line: from 1, 0 for none in particular. hint: what to do, or None."""

    file: str
    line: int
    code: str
    message: str
    hint: str | None = None


def check(workspace: Workspace, tree: Tree) -> list[Finding]:
    """Everything that is wrong with the declarations, versions, needs and the lock file of a tree."""
    try:
        declared = declarations.load(tree)
    except SettingsError as error:
        return [_at_error("declaration", error)]
    found = [*_versions(declared), *_needs(declared)]
    data: dict[str, DataState] = {}
    models: dict[str, ModelState] = {}
    for name, find in _states(workspace, tree, declared):
        try:
            state = find()
        except MlError as error:
            found.append(_at_error("missing" if isinstance(error, versions.Absent) else "value", error))
        else:
            (data if isinstance(state, DataState) else models)[name] = state  # type: ignore[assignment]
    found += _ranges(declared, data)
    found += _lock(tree, declared, models)
    found += _taken_out(workspace, tree)
    return found


def _states(
    workspace: Workspace, tree: Tree, declared: Declarations
) -> Iterator[tuple[str, Callable[[], DataState | ModelState]]]:
    tree.expect(versions.paths_of(declared))
    for name, one in (*declared.data.items(), *declared.models.items()):
        yield name, lambda one=one: versions.of(workspace, tree, declared, one)  # type: ignore[misc]


def _versions(declared: Declarations) -> Iterator[Finding]:
    for model in declared.models.values():
        if model.version is not None and not needs.parse(model.version):
            line = declared.line("models", model.name, "version")
            yield Finding(FILE, line, "version", f"{model.name}: {model.version!r} is no version", PEP_440)


def _needs(declared: Declarations) -> Iterator[Finding]:
    known = [*declared.models, *(f"{needs.DATA}{name}" for name in declared.data)]
    for need in needs.of(declared.models):
        if needs.unknown(need, declared.models, declared.data):
            message = f"{need.name} needs {need.needs}, which is neither a component nor {needs.DATA}NAME"
            yield Finding(FILE, _line(declared, need), "needs", message, nearest(need.needs, known))
    if ring := needs.cycle(declared.models):
        line = declared.line("models", ring[0], "needs", ring[1])
        yield Finding(FILE, line, "cycle", f"components need each other in a ring: {' needs '.join(ring)}")


def _ranges(declared: Declarations, data: dict[str, DataState]) -> Iterator[Finding]:
    for need in needs.of(declared.models):
        known = not needs.unknown(need, declared.models, declared.data)
        if known and (why := needs.unmet(need, declared.models, data)):
            yield Finding(FILE, _line(declared, need), "range", why)


def _lock(tree: Tree, declared: Declarations, models: dict[str, ModelState]) -> Iterator[Finding]:
    try:
        locked, wrong = lock.read(tree)
    except GitblobError as error:
        yield Finding(lock.FILE, 0, "lock", error.message, error.hint)
        return
    for line, reason in wrong:
        yield Finding(lock.FILE, line, "lock", reason)
    for name, model in declared.models.items():
        if version := needs.parse(model.version):
            lines = [one for one in locked if one.name == name and needs.parse(one.version) == version]
            yield from _twice(lines)
            if name in models:
                yield from _locked(declared, models[name], lines)


def _twice(lines: Sequence[Locked]) -> Iterator[Finding]:
    """Lines that give the version that a component is at to other content. A version that was left may."""
    for one in lines[1:]:
        if one.fingerprint != lines[0].fingerprint:
            message = f"{one.name} {one.version} stands in line {lines[0].line} with another fingerprint"
            hint = f"`gitblob version bump {one.name} --minor` gives what is here a number of its own"
            yield Finding(lock.FILE, one.line, "lock", message, hint)


def _locked(declared: Declarations, state: ModelState, lines: Sequence[Locked]) -> Iterator[Finding]:
    line = declared.line("models", state.name, "version")
    if not lines:
        message = f"{state.name} {state.version} is not in {lock.FILE}"
        yield Finding(FILE, line, "unlocked", message, "`gitblob version lock` writes it there")
    elif state.fingerprint not in (one.fingerprint for one in lines):
        message = f"the content of {state.name} changed under {state.version} ({lock.FILE}:{lines[0].line})"
        yield Finding(FILE, line, "changed", message, f"`gitblob version bump {state.name} --minor`")


def _taken_out(workspace: Workspace, tree: Tree) -> Iterator[Finding]:
    """Lines that earlier commits have and this tree has no more."""
    tip = tree.commit or ("HEAD" if _has_head(workspace) else "")
    if not tip:
        return
    query = (
        "--literal-pathspecs",
        "log",
        "--full-history",
        "--format=",
        "--raw",
        "-z",
        "--no-abbrev",
        "--no-renames",
        "-m",
    )
    fields = command.lines(*query, tip, "--", lock.FILE, cwd=workspace.top)
    names = dict.fromkeys(field.split(b" ")[3] for field in fields if field.lstrip(b"\n").startswith(b":"))
    here = {one[:3] for one in lock.read(tree)[0]}
    told = set()
    contents = command.small_objects([name for name in names if name.strip(b"0")], workspace.top)
    for data in contents.values():
        for one in lock.parse(data)[0]:
            if one[:3] not in here and one[:3] not in told:
                told.add(one[:3])
                message = f"an earlier commit has the line `{' '.join(one[:3])}`"
                yield Finding(lock.FILE, 0, "taken-out", message, "lines are only ever added; put it back")


def _has_head(workspace: Workspace) -> bool:
    return command.succeeds("rev-parse", "--verify", "--quiet", "HEAD", cwd=workspace.top)


def _line(declared: Declarations, need: needs.Need) -> int:
    return declared.line("models", need.name, "needs", need.needs)


def _at_error(code: str, error: GitblobError) -> Finding:
    """A finding whose place is what the message begins with: `.gitblob.yaml:7: …`, perhaps behind a commit."""
    head, _, rest = error.message.partition(f"{FILE}:")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    if not digits:
        return Finding(FILE, 0, code, error.message, error.hint)
    rest = rest[len(digits) :].removeprefix(":").strip()
    return Finding(FILE, int(digits), code, rest or head, error.hint)
