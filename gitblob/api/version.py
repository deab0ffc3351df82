"""Versions as values of a program: of data, from files, config and seed; of a model component, with its number."""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from gitblob.api import listed
from gitblob.api.listed import Files
from gitblob.api.paths import Path
from gitblob.errors import MlError
from gitblob.ml import fingerprint
from gitblob.ml.fingerprint import SHORT, Parts
from gitblob.ml.readers import Value
from gitblob.ml.versions import DIRTY, DataState, ModelState

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

State = TypeVar("State", DataState, ModelState)


class _Made(Generic[State]):
    """What both kinds of versions have."""

    _state: State

    @property
    def name(self) -> str | None:
        """As in `.gitblob.yaml`."""
        return self._state.name or None

    @property
    def files(self) -> int:
        """How many."""
        return self._state.files

    @property
    def size(self) -> int:
        """Their bytes."""
        return self._state.size

    @property
    def dirty(self) -> bool:
        """Of a work tree: has HEAD another one?"""
        return self._state.dirty


class DataVersion(_Made[DataState]):
    """The version of a data set: the same for the same files, config and seed, on any machine (see ml.fingerprint).

    config: mappings, lists, text, numbers, as the pipeline got them. files: a folder or a file, several of them, or
    (path, oid, size) of each file; see `listed`. Two are equal where their ids are.
    Raises MlError, UsageError, NoSuchFile.
    """

    def __init__(self, config: Value = None, *, files: Files, seed: Value = None, name: str | None = None) -> None:
        some = listed.files(files)
        found = fingerprint.data_id(Parts(some, config, seed))
        self._state = DataState(name or "", found, len(some), sum(file.size for file in some), seed)

    @classmethod
    def of(cls, state: DataState) -> DataVersion:
        """What a repository declares."""
        made = cls.__new__(cls)
        made._state = state  # noqa: SLF001 its own
        return made

    @property
    def id(self) -> str:
        """64 hex digits."""
        return self._state.id

    @property
    def short(self) -> str:
        """The beginning of the id, as it is shown."""
        return self.id[:SHORT]

    @property
    def seed(self) -> Value:
        """What the data was sampled with."""
        return self._state.seed

    def path(self, base: Path) -> pathlib.Path:
        """The folder below base for what is made of this version: `base/version_<12 hex digits>`. Nothing is made."""
        return pathlib.Path(os.fspath(base)) / f"version_{self.short}"

    def __str__(self) -> str:
        return self._state.shown if self.name else self.short + DIRTY * self.dirty

    def __repr__(self) -> str:
        return f"DataVersion({self})"

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, DataVersion) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)


@functools.total_ordering
class ModelVersion(_Made[ModelState]):
    """The version of a model component: what it is, its fingerprint, and the number that people give it.

    config, files: see DataVersion. version: by PEP 440, such as "v2.1"; None for a component without. needs: other
    components, or data/NAME, to ranges of versions. Ordered by version; equal where version and fingerprint are.
    Raises MlError, UsageError, NoSuchFile.
    """

    def __init__(
        self,
        config: Value = None,
        *,
        files: Files,
        version: str | None = None,
        needs: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> None:
        self.needs = dict(needs or {})
        for wanted in self.needs.values():
            _range(wanted)
        if version is not None:
            _parsed(version)
        some = listed.files(files)
        found = fingerprint.model_fingerprint(Parts(some, config))
        self._state = ModelState(name or "", version, found, len(some), sum(file.size for file in some))

    @classmethod
    def of(cls, state: ModelState, needs: Mapping[str, str]) -> ModelVersion:
        """What a repository declares."""
        made = cls.__new__(cls)
        made._state = state  # noqa: SLF001 its own
        made.needs = dict(needs)
        return made

    @property
    def fingerprint(self) -> str:
        """`sha256:` and 64 hex digits."""
        return self._state.fingerprint

    @property
    def short(self) -> str:
        """The beginning of the fingerprint's digits."""
        return self.fingerprint.removeprefix("sha256:")[:SHORT]

    @property
    def version(self) -> str | None:
        """As it is written, such as `v2.1`."""
        return self._state.version

    def satisfies(self, wanted: str) -> bool:
        """Does it lie in this range, such as ">=2.1,<3" or "*"? One without a version lies in "*" alone.

        Raises MlError for what is no range of PEP 440.
        """
        return self._number() in _range(wanted) if self.version else wanted.strip() == "*"

    def __str__(self) -> str:
        return self._state.shown if self.name else (self.version or self.short) + DIRTY * self.dirty

    def __repr__(self) -> str:
        return f"ModelVersion({self})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModelVersion):
            return NotImplemented
        return (self.fingerprint, self.version) == (other.fingerprint, other.version)

    def __lt__(self, other: object) -> bool:
        return self._number() < other._number() if isinstance(other, ModelVersion) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def _number(self) -> Version:
        if self.version is None:
            raise MlError(f"{self} has no version to compare", 'such as version="v1.0"')
        return _parsed(self.version)


def _parsed(version: str) -> Version:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version)
    except InvalidVersion:
        raise MlError(f"{version!r} is no version", "PEP 440 has them, such as v2.1 or 1.0rc1") from None


def _range(wanted: str) -> SpecifierSet:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet("" if wanted.strip() == "*" else wanted)
    except InvalidSpecifier:
        raise MlError(f"{wanted!r} is no range of versions", "PEP 440 has them, such as >=2.1,<3 or ~=1.3") from None
