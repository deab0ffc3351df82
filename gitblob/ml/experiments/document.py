"""`experiment.yaml`, format 1: what a run was made with and what came of it.

    format: 1
    run: 20261121T164500Z-3fa2c1          UTC time and 6 hex digits; what trackers show
    recorded: 2026-11-21T16:45:00+00:00
    message: …                            optional
    status: finished                      or `failed`, then with `error:`
    data_version: {NAME: 64 hex digits}
    model_version: {NAME: {version: v2.1, fingerprint: sha256:…}}
    seed: {NAME: value}
    training_config: {PATH or PATH:KEY: values}
    metrics: {PATH or PATH:KEY: values}
    code: {commit: hex or null, changed: {PATH: sha256:… or removed}, left_out: number}
    environment: {python: …, platform: …, packages: {NAME: version}}
    command: [program, argument, …]

A section that would be empty is left out. code.commit is HEAD when the run was recorded, the parent of the run's own
commit; changed are the files that differed from it, but for data, models, params, metrics and what gitblob writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from gitblob.errors import MlError
from gitblob.ml import readers
from gitblob.ml.experiments import emit, quick
from gitblob.ml.fingerprint import SHORT
from gitblob.ml.readers import Value
from gitblob.model import pointer as pointers
from gitblob.settings.document import nearest

FILE = "experiment.yaml"
FORMAT = 1
MAX_BYTES = 1 << 20  # of a record
HEAD = "# gitblob experiment, format 1: the commit that brings this file is the run\n"
FINISHED, FAILED = "finished", "failed"
REMOVED = "removed"
RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
ID = re.compile(r"[0-9a-f]{64}")
FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Component(NamedTuple):
    """A model component of a run."""

    version: str | None
    fingerprint: str

    @property
    def shown(self) -> str:
        """Its version, or the beginning of its fingerprint."""
        return self.version or self.digits[:SHORT]

    @property
    def digits(self) -> str:
        """The hex digits of its fingerprint."""
        return self.fingerprint.removeprefix("sha256:")


class Code(NamedTuple):
    """commit (hex), None before the first. changed: path to oid. left_out: new files that are too many to be listed."""

    commit: str | None = None
    changed: Mapping[str, str] = {}
    left_out: int = 0


class Experiment(NamedTuple):
    """A record, section by section."""

    run: str
    recorded: str
    status: str = FINISHED
    message: str | None = None
    error: str | None = None
    data_version: Mapping[str, str] = {}
    model_version: Mapping[str, Component] = {}
    seed: Mapping[str, Value] = {}
    training_config: Mapping[str, Value] = {}
    metrics: Mapping[str, Value] = {}
    code: Code = Code()
    environment: Mapping[str, Value] = {}
    command: Sequence[str] = ()


CODE = Code._fields
COMPONENT = Component._fields
KEYS = ("format", *Experiment._fields)


def encode(experiment: Experiment) -> bytes:
    """The file. Raises MlError for what could not be read again."""
    data = (HEAD + emit.document(values(experiment))).encode()
    if len(data) > MAX_BYTES:
        raise MlError(
            f"{FILE} would have {len(data)} bytes", f"a record has {MAX_BYTES} at most: declare fewer params or metrics"
        )
    of_values(readers.read(data, FILE))  # by the strictest reader there is
    return data


def values(experiment: Experiment) -> dict[str, Any]:
    """The record as plain values, in the order of the file."""
    code = experiment.code
    changed = {path: code.changed[path] for path in sorted(code.changed)}
    components = {name: _present(one._asdict()) for name, one in experiment.model_version.items()}
    found = {
        "format": FORMAT,
        "run": experiment.run,
        "recorded": experiment.recorded,
        "message": experiment.message,
        "status": experiment.status,
        "error": experiment.error,
        "data_version": dict(experiment.data_version),
        "model_version": components,
        "seed": dict(experiment.seed),
        "training_config": dict(experiment.training_config),
        "metrics": dict(experiment.metrics),
        "code": {"commit": code.commit, **_present({"changed": changed, "left_out": code.left_out or None})},
        "environment": dict(experiment.environment),
        "command": list(experiment.command),
    }
    return _present(found)


def decode(data: bytes, where: str = FILE) -> Experiment:
    """The record that these bytes hold. where: for messages. Raises MlError naming file, line and what was expected."""
    if pointers.claims(data):
        raise MlError(
            f"{where} is a pointer", f"a line `{FILE} !filter !diff` at the end of .gitattributes keeps it text"
        )
    if len(data) > MAX_BYTES:
        raise MlError(f"{where} has {len(data)} bytes", f"a record has {MAX_BYTES} at most")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"  # the other reader says where
    found = quick.read(text)
    return of_values(readers.read(data, f"{where}") if found is None else found, where, text)


def of_values(found: Value, where: str = FILE, text: str = "") -> Experiment:
    """The record of plain values. text: the file, to find lines in. Raises MlError."""
    return _Reading(where, text).experiment(found)


class _Reading:
    """Sections of one record, each checked; what is wrong is said with the line where its key first stands."""

    def __init__(self, where: str, text: str) -> None:
        self._where = where
        self._text = text

    def experiment(self, found: Value) -> Experiment:
        top = self._mapping(found, "", KEYS)
        for key in ("format", "run", "recorded"):
            if key not in top:
                self._fail("", f"here belongs `{key}:`", "`gitblob experiment record` writes the whole file")
        if top["format"] != FORMAT:
            self._fail("format", "this version of gitblob knows `format: 1` only", "upgrade gitblob")
        if not RUN.fullmatch(self._text_of(top, "run")):  # folders are named after it
            self._fail("run", f"an id such as 20261121T164500Z-3fa2c1 belongs here, not {top['run']!r}")
        status = top.get("status", FINISHED)
        if status not in (FINISHED, FAILED):
            self._fail("status", f"`{FINISHED}` or `{FAILED}` belongs here, not {status!r}")
        command = top.get("command", [])
        if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
            self._fail("command", "command: a list of words belongs here")
        return Experiment(
            run=self._text_of(top, "run"),
            recorded=self._text_of(top, "recorded"),
            status=status,
            message=self._text_of(top, "message") if "message" in top else None,
            error=self._text_of(top, "error") if "error" in top else None,
            data_version=self._each(top, "data_version", _matching(ID), "64 hex digits belong here"),
            model_version=self._components(top),
            seed=self._mapping(top.get("seed", {}), "seed"),
            training_config=self._mapping(top.get("training_config", {}), "training_config"),
            metrics=self._mapping(top.get("metrics", {}), "metrics"),
            code=self._code(top.get("code", {})),
            environment=self._mapping(top.get("environment", {}), "environment"),
            command=command,  # type: ignore[arg-type] # a list of text, as was found above
        )

    def _components(self, top: Mapping[str, Value]) -> dict[str, Component]:
        found = {}
        for name, value in self._mapping(top.get("model_version", {}), "model_version").items():
            parts = self._mapping(value, name, COMPONENT)
            version, fingerprint = parts.get("version"), parts.get("fingerprint")
            if not isinstance(version, (str, type(None))):
                self._fail(name, f"model_version.{name}.version: text belongs here, not {version!r}", "quote it")
            if not isinstance(fingerprint, str) or not FINGERPRINT.fullmatch(fingerprint):
                self._fail(name, f"model_version.{name}.fingerprint: `sha256:` and 64 hex digits belong here")
            found[name] = Component(version, fingerprint)
        return found

    def _code(self, value: Value) -> Code:
        parts = self._mapping(value, "code", CODE)
        commit, left_out = parts.get("commit"), parts.get("left_out", 0)
        if commit is not None and not (isinstance(commit, str) and COMMIT.fullmatch(commit)):
            self._fail("commit", f"code.commit: the whole name of a commit belongs here, not {commit!r}")
        if not isinstance(left_out, int) or left_out < 0:
            self._fail("left_out", f"code.left_out: a number of files belongs here, not {left_out!r}")
        return Code(commit, self._each(parts, "changed", _is_text, "`sha256:…` or `removed` belongs here"), left_out)

    def _mapping(self, value: Value, key: str, keys: Sequence[str] = ()) -> dict[str, Value]:
        """A mapping; of these keys, where some are given."""
        if not isinstance(value, dict):
            self._fail(key, f"{key}: `name: value` lines belong here" if key else "`name: value` lines belong here")
        for word in value if keys else ():
            if word not in keys:
                self._fail(word, f"unknown key {word!r}", nearest(word, keys))
        return value

    def _each(
        self, parts: Mapping[str, Value], key: str, good: Callable[[Value], bool], expected: str
    ) -> dict[str, str]:
        found: dict[str, Any] = self._mapping(parts.get(key, {}), key)
        for name, value in found.items():
            if not good(value):
                self._fail(name, f"{key}.{name}: {expected}, not {value!r}")
        return found

    def _text_of(self, top: Mapping[str, Value], key: str) -> str:
        value = top[key]
        if not isinstance(value, str) or not value:
            self._fail(key, f"{key}: text belongs here, not {value!r}", "quote it")
        return value

    def _fail(self, key: str, message: str, hint: str | None = None) -> NoReturn:
        """Raise MlError at the first line that has this key."""
        match = re.search(rf'^ *"?{re.escape(key)}"?:', self._text, re.MULTILINE) if key else None
        line = self._text.count("\n", 0, match.start()) + 1 if match else 1
        raise MlError(f"{self._where}:{line}: {message}", hint)


def _matching(pattern: re.Pattern[str]) -> Callable[[Value], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, {}, [])}
