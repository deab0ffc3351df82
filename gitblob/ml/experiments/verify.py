"""Does a commit still hold what its record says? Everything is computed again from stubs; no content is needed.

Only a file of params or metrics that is itself a blob has to be here, or is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from gitblob.errors import BlobMissing, MlError, SettingsError, StoreError, UsageError
from gitblob.git import command
from gitblob.ml import declarations, delta, fingerprint, readers, versions
from gitblob.ml.declarations import Data, Model
from gitblob.ml.experiments import document, since, source
from gitblob.ml.experiments.document import FILE, REMOVED, Component, Experiment
from gitblob.ml.fingerprint import SHORT
from gitblob.ml.readers import Value
from gitblob.ml.reference import Reference
from gitblob.ml.tree import Tree
from gitblob.workspace import Workspace

Result = TypeVar("Result")
NONE = "none"
SHA256 = "sha256:"
UNDECLARED, UNRECORDED = "it is not declared here", "it was not recorded"


class Mismatch(NamedTuple):
    """What is otherwise. part: `data`, `model`, `seed`, `params`, `metrics` or `code`; name: which one of those."""

    part: str
    name: str
    recorded: str
    found: str
    why: str = ""


class Verified(NamedTuple):
    """mismatches: none where the record holds. unseen: what this clone could not look at, in words."""

    experiment: Experiment
    mismatches: list[Mismatch]
    unseen: list[str]


def verify(workspace: Workspace, tree: Tree) -> Verified:
    """Compare the record that a tree has with the tree. Raises UsageError where it has none; MlError, SettingsError."""
    data = tree.read(FILE, document.MAX_BYTES)
    if data is None:
        raise UsageError(f"{tree.label} has no {FILE}", "`gitblob experiment record` writes one")
    experiment = document.decode(data, f"{tree.label}:{FILE}" if tree.commit else FILE)
    verifying = _Verifying(workspace, tree, experiment)
    return Verified(experiment, list(verifying.mismatches()), verifying.unseen)


class _Verifying:
    """One record and one tree."""

    def __init__(self, workspace: Workspace, tree: Tree, experiment: Experiment) -> None:
        self._workspace = workspace
        self._tree = tree
        self._experiment = experiment
        self._declared = declarations.load(tree)
        self.unseen: list[str] = []

    def mismatches(self) -> Iterator[Mismatch]:
        experiment, declared = self._experiment, self._declared
        for name in _either(experiment.data_version, declared.data):
            yield from self._data(name, experiment.data_version.get(name), declared.data.get(name))
        for name in _either(experiment.model_version, declared.models):
            yield from self._model(name, experiment.model_version.get(name), declared.models.get(name))
        yield from self._values("params", experiment.training_config, declared.params)
        yield from self._values("metrics", experiment.metrics, declared.metrics)
        yield from self._code()

    def _data(self, name: str, recorded: str | None, one: Data | None) -> Iterator[Mismatch]:
        if recorded is None or one is None:
            yield _one_sided("data", name, is_declared=one is not None)
            return
        shown = f"{name}@{recorded[:SHORT]}"
        parts, problem = self._tried(lambda: versions.parts(self._tree, self._declared, one))
        if not parts:
            yield Mismatch("data", name, shown, NONE, problem)
            return
        seed = self._experiment.seed.get(name)
        is_same_seed = delta.is_same(seed, parts.seed)
        if not is_same_seed:
            yield Mismatch("seed", name, _word(seed), _word(parts.seed))
        if (now := fingerprint.data_id(parts)) != recorded:
            why = since.why(self._workspace, self._tree, name, recorded) if is_same_seed else "its seed changed"
            yield Mismatch("data", name, shown, f"{name}@{now[:SHORT]}", why)

    def _model(self, name: str, recorded: Component | None, one: Model | None) -> Iterator[Mismatch]:
        if recorded is None or one is None:
            yield _one_sided("model", name, is_declared=one is not None)
            return
        if recorded.version != one.version:
            yield Mismatch("model", name, recorded.version or NONE, one.version or NONE, "another version is declared")
        parts, problem = self._tried(lambda: versions.parts(self._tree, self._declared, one))
        if not parts:
            yield Mismatch("model", name, f"{name}@{recorded.shown}", NONE, problem)
        elif (now := fingerprint.model_fingerprint(parts)) != recorded.fingerprint:
            old = recorded.fingerprint.removeprefix(SHA256)
            why = since.why(self._workspace, self._tree, name, old)
            yield Mismatch("model", name, old[:SHORT], now.removeprefix(SHA256)[:SHORT], why)

    def _values(self, part: str, recorded: Mapping[str, Value], references: Sequence[Reference]) -> Iterator[Mismatch]:
        declared = {str(one): one for one in references}
        for name in _either(recorded, declared):
            if name not in declared:
                yield _one_sided(part, name, is_declared=False)
                continue
            if name not in recorded and not self._tree.files([declared[name].path]):
                continue  # metrics are recorded where they are there
            value, problem = self._tried(lambda one=declared[name]: (versions.value(self._tree, self._declared, one),))  # type: ignore[misc]
            if value is None and problem:
                yield Mismatch(part, name, "recorded" if name in recorded else NONE, NONE, problem)
            elif name not in recorded:
                yield _one_sided(part, name, is_declared=True)
            elif value:
                yield from _differing(part, name, recorded[name], value[0])

    def _code(self) -> Iterator[Mismatch]:
        code = self._experiment.code
        now = self._code_now()
        for path in _either(code.changed, now):
            before, after = code.changed.get(path), now.get(path)
            if before == after:
                continue
            if before is None and code.left_out:
                self.unseen.append(
                    f"code: {path} may be one of {code.left_out} new files that the record does not list"
                )
            elif before is None:
                yield Mismatch("code", path, "unchanged", str(after), "it changed after the run was recorded")
            elif after is None:
                yield Mismatch("code", path, before, "unchanged", "what changed in it is not in the commit")
            elif after == REMOVED:
                yield Mismatch("code", path, before, after, "`git add` it, or let .gitignore name it, before recording")
            else:
                yield Mismatch("code", path, before, after)

    def _code_now(self) -> dict[str, str]:
        """What the tree has otherwise than the commit that the run began with."""
        code, tree = self._experiment.code, self._tree
        if code.commit and not command.succeeds("cat-file", "-e", f"{code.commit}^{{commit}}", cwd=self._workspace.top):
            self.unseen.append(
                f"code: {code.commit[:SHORT]}, the commit that the run began with, is not in this clone; "
                "only the files that the record names were compared"
            )
            return source.oids(code.changed, tree)
        if tree.commit:
            return source.then(self._workspace, self._declared, tree, code.commit)
        return dict(source.now(self._workspace, self._declared, code.commit).changed)

    def _tried(self, compute: Callable[[], Result]) -> tuple[Result | None, str]:
        """What a computation gives, or what is wrong; neither where this clone could not look."""
        try:
            return compute(), ""
        except (MlError, SettingsError) as error:
            return None, error.message
        except (BlobMissing, StoreError) as error:
            self.unseen.append(error.message)
            return None, ""


def _differing(part: str, name: str, recorded: Value, found: Value) -> Iterator[Mismatch]:
    for change in delta.changes({name: readers.flat(recorded)}, {name: readers.flat(found)}):
        if change.status != "same":
            key = f"{name}{'.' if ':' in name else ':'}{change.key}" if change.key else name
            old = NONE if change.status == "added" else _word(change.old)
            yield Mismatch(part, key, old, NONE if change.status == "removed" else _word(change.new))


def _either(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, None]:
    return dict.fromkeys([*one, *other])


def _one_sided(part: str, name: str, is_declared: bool) -> Mismatch:
    if is_declared:
        return Mismatch(part, name, NONE, "declared", UNRECORDED)
    return Mismatch(part, name, "recorded", NONE, UNDECLARED)


def _word(value: Value) -> str:
    return "null" if value is None else str(value)
