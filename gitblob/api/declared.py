"""The versions that a repository declares, of the work tree or of a commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitblob.api.paths import Path
from gitblob.api.repositories import When, opened
from gitblob.api.version import DataVersion, ModelVersion
from gitblob.ml import tree
from gitblob.ml import versions as core


@dataclass(frozen=True)
class Versions:
    """By name, in the order of `.gitblob.yaml`. commit: whose they are (hex), None for those of the work tree."""

    commit: str | None
    data: Mapping[str, DataVersion]
    models: Mapping[str, ModelVersion]

    def __iter__(self) -> Iterator[DataVersion | ModelVersion]:
        yield from self.data.values()
        yield from self.models.values()


def versions(repo: Path = ".", rev: str | None = None, at: When | None = None) -> Versions:
    """What `gitblob version` shows: of the work tree, where what HEAD has otherwise is dirty, or of a commit.

    at: a date, see `gitblob help time`. What is declared and not there, such as a model before its
    first training, is left out. Raises SettingsError, MlError,
    NotARepository, UsageError for a revision that names no commit.
    """
    repository = opened(repo)
    commit = repository.commit(rev, at)
    workspace = repository.workspace
    absent = (core.Absent,)
    found = core.at(workspace, tree.at(workspace, commit), absent) if commit else core.here(workspace, absent)
    return of(found, commit)


def of(found: core.Versions, commit: str | None = None) -> Versions:
    """The same as values of a program."""
    data = {name: DataVersion.of(state) for name, state in found.data.items()}
    needs = {name: model.needs for name, model in found.declared.models.items()}
    models = {name: ModelVersion.of(state, needs[name]) for name, state in found.models.items()}
    return Versions(commit, data, models)
