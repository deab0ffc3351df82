"""Writing the files that `metrics:` declares: rows of a series, and the values that a run ends with."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from typing import Any

from gitblob import filesystem, materialise, settings
from gitblob.errors import MlError, UsageError
from gitblob.ml import readers
from gitblob.ml.reference import Reference

SERIES, VALUES = (".jsonl", ".ndjson"), (".json",)
UNDECLARED = "metrics.jsonl"


class Metrics:
    """The metrics files of a work tree. run: the id that each row gets."""

    def __init__(self, top: str, declared: tuple[Reference, ...], run: str) -> None:
        self._top = top
        self._run = run
        self._is_begun = False
        self._series = next((one for one in declared if one.path.endswith(SERIES)), None)
        self._values = next((one for one in declared if one.path.endswith(VALUES)), None)

    def log(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Write them: with a step, or where no .json file is declared, as a row; else over those of the same names.

        Raises UsageError for what is no number, text, list or mapping; MlError where a pointer stands for the file.
        """
        if self._values and (step is None or not self._series):
            self._set(self._values, metrics if step is None else {"step": step, **metrics})
        else:
            head = {"run": self._run} if step is None else {"run": self._run, "step": step}
            self._append(self._series.path if self._series else self._warned(), {**head, **metrics})

    def _append(self, path: str, row: Mapping[str, Any]) -> None:
        line = _text(row) + b"\n"
        fd = os.open(self._writable(path), os.O_RDWR | os.O_APPEND | os.O_CREAT | filesystem.BINARY, 0o666)
        try:
            end = os.fstat(fd).st_size
            # By a run that was killed. Later it may be the row that another process is writing.
            torn = end and not self._is_begun and os.pread(fd, 1, end - 1) != b"\n"
            filesystem.write_all(fd, b"\n" + line if torn else line)
            self._is_begun = True
        finally:
            os.close(fd)

    def _set(self, reference: Reference, metrics: Mapping[str, Any]) -> None:
        path = self._writable(reference.path)
        whole: readers.Value = {}
        if os.path.exists(path):
            with open(path, "rb") as file:
                whole = readers.read(file.read(readers.MAX_BYTES + 1), reference.path)
        place = whole
        for key in reference.key:
            place = place.setdefault(key, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise MlError(f"{reference} is no mapping of names to metrics", 'such as {"accuracy": 0.9}')
        place.update(json.loads(_text(metrics)))
        filesystem.write_new(path, f"{json.dumps(whole, indent=2, ensure_ascii=False)}\n".encode())

    def _writable(self, path: str) -> str:
        """The full path, with its folders. Raises MlError where a pointer stands there."""
        if materialise.standing(self._top, os.fsencode(path)):
            raise MlError(f"{path} is a pointer, its content is not here", f"`gitblob pull {path}` brings it")
        full = os.path.join(self._top, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        return full

    def _warned(self) -> str:
        """Where rows go that no declaration has a file for: better there than nowhere."""
        warnings.warn(
            f"metrics go to {UNDECLARED}; `metrics: [{UNDECLARED}]` in {settings.FILE} makes them part of the record",
            stacklevel=2,
        )
        self._series = Reference(UNDECLARED)
        return UNDECLARED


def _text(values: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(values, ensure_ascii=False, default=_plain).encode()
    except (TypeError, ValueError) as error:
        raise UsageError(f"these metrics cannot be written: {error}", "numbers, text, lists and mappings can") from None


def _plain(value: Any) -> object:
    """The number in a scalar of NumPy, PyTorch and others."""
    item = getattr(value, "item", None)
    if item is None:
        raise TypeError(f"{value!r} is a {type(value).__name__}")
    return item()
