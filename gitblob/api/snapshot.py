"""What a training script logs: which commit, which versions of data and components, seeds, params, stores."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gitblob
from gitblob.api import declared
from gitblob.api.paths import Path
from gitblob.api.repositories import opened
from gitblob.api.version import DataVersion, ModelVersion
from gitblob.git import remotes, state
from gitblob.ml import lock, values
from gitblob.ml import versions as core
from gitblob.ml.declarations import Declarations
from gitblob.ml.experiments import document
from gitblob.ml.readers import Value
from gitblob.ml.worktree import WorkTree
from gitblob.model import gitfile
from gitblob.ops import place
from gitblob.store import url as store_urls
from gitblob.workspace import Workspace

PREFIX = "gitblob"  # of all keys in a log
Scalar = str | int | float | bool
_running: dict[str, str] = {}  # the experiment that runs, by the top of its work tree


@dataclass(frozen=True)
class Snapshot:
    """The state of a work tree at a moment.

    commit: hex, None before the first. branch: None where HEAD is detached. changed: files of Git that differ from
    the commit, but for declared data, models and metrics, whose versions say so themselves. data, models: by name.
    params: every value of the declared files, by PATH:KEY. stores: where content goes, name to URL, without secrets.
    run: the id of the gitblob.Experiment that runs.
    """

    commit: str | None
    branch: str | None
    changed: tuple[str, ...] = ()
    data: Mapping[str, DataVersion] = field(default_factory=dict)
    models: Mapping[str, ModelVersion] = field(default_factory=dict)
    params: Mapping[str, Value] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)
    run: str | None = None

    @property
    def dirty(self) -> bool:
        """Does code or configuration differ from the commit?"""
        return bool(self.changed)

    @property
    def seeds(self) -> dict[str, Value]:
        """The seed of each data set that declares one."""
        return {name: version.seed for name, version in self.data.items() if version.seed is not None}

    def nested(self) -> dict[str, Any]:
        """The short form as nested mappings: for logs that show nested keys joined by dots."""
        found: dict[str, Any] = {
            "commit": self.commit or "",
            "dirty": self.dirty,
            "branch": self.branch or "",
            "run": self.run or "",
            "data": {name: str(version) for name, version in self.data.items()},
            "seed": {name: _scalar(seed) for name, seed in self.seeds.items()},
            "model": {name: str(version) for name, version in self.models.items()},
            "fingerprint": {name: version.short for name, version in self.models.items()},
            "store": ", ".join(f"{name} {url}" for name, url in self.stores.items()),
        }
        return {PREFIX: {key: value for key, value in found.items() if value not in ("", {})}}

    def flat(self) -> dict[str, Scalar]:
        """The same under keys such as `gitblob.commit`, `gitblob.data.NAME`, `gitblob.model.NAME`."""
        found: dict[str, Scalar] = {}
        for key, value in self.nested()[PREFIX].items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            found |= {f"{PREFIX}.{key}.{name}" if name else f"{PREFIX}.{key}": item for name, item in parts}
        return found

    def json(self) -> str:
        """Everything, with whole ids and fingerprints, on one line."""
        data = {
            name: {"version": str(one), "id": one.id, "seed": one.seed, "dirty": one.dirty}
            for name, one in self.data.items()
        }
        models = {
            name: {"version": one.version, "fingerprint": one.fingerprint, "dirty": one.dirty}
            for name, one in self.models.items()
        }
        found = {
            "commit": self.commit,
            "branch": self.branch,
            "dirty": self.dirty,
            "changed": list(self.changed),
            "data": data,
            "models": models,
            "params": {key: _finite(value) for key, value in self.params.items()},
            "stores": dict(self.stores),
            "run": self.run,
            "gitblob": gitblob.__version__,
        }
        return json.dumps(found, ensure_ascii=False, allow_nan=False)


def snapshot(repo: Path = ".") -> Snapshot:
    """The state of the work tree around `repo`; only its commit and its stores where nothing is declared.

    A component that is not there yet is left out. Raises NotARepository, SettingsError, MlError for params and configs
    that are not there.
    """
    return of(opened(repo).workspace)


def of(workspace: Workspace, work: WorkTree | None = None) -> Snapshot:
    """The same of an open repository. work: what has been opened to look at its work tree."""
    top = place.worktree(workspace.repository)
    work = work or WorkTree(workspace)
    found = core.here(workspace, (core.Absent,), work)
    now = state.state(top)
    versions = declared.of(found)
    return Snapshot(
        commit=now.commit,
        branch=now.branch,
        changed=tuple(path for path in now.changed if not _has_own_mark(path, found.declared)),
        data=versions.data,
        models=versions.models,
        params=_params(work, found.declared),
        stores=_stores(workspace),
        run=_running.get(top),
    )


def running(top: str, run: str | None) -> str | None:
    """Let snapshots of this work tree have the id of the run; None: there is none any more. The one before."""
    before = _running.get(top)
    if run is None:
        _running.pop(top, None)
    else:
        _running[top] = run
    return before


def _has_own_mark(path: str, found: Declarations) -> bool:
    """Is it a part of a version, which is then dirty itself, or what a run or gitblob writes?"""
    owned = [inside for data in found.data.values() for inside in data.paths]
    owned += [inside for model in found.models.values() for inside in model.paths]
    owned += [document.FILE, lock.FILE, *(reference.path for reference in found.metrics)]
    return gitfile.is_one(os.fsencode(path)) or any(path == one or path.startswith(f"{one}/") for one in owned)


def _params(work: WorkTree, found: Declarations) -> dict[str, Value]:
    params: dict[str, Value] = {}
    for reference in found.params:
        keys = values.under(reference.key, core.value(work, found, reference))
        params |= {f"{reference.path}:{key}" if key else reference.path: value for key, value in keys.items()}
    return params


def _stores(workspace: Workspace) -> dict[str, str]:
    """Where a push would bring content: the stores that the settings name, else the remote's own."""
    remote = remotes.default(workspace.top)
    named = workspace.settings.stores_for(remote)
    urls = {name: workspace.settings.stores[name].url for name in named}
    if remote and not named:
        urls = dict.fromkeys((remote,), remotes.urls(remote, workspace.top)[0])
    return {name: store_urls.shown(url) for name, url in urls.items()}


def _scalar(value: Value) -> Scalar:
    return value if isinstance(value, (str, int, float)) else json.dumps(value, ensure_ascii=False)


def _finite(value: Value) -> Value:
    """JSON has no word for NaN and infinity."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
