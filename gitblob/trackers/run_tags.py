"""MLflow: tags, which can be searched for, and params."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from gitblob.api.snapshot import Snapshot
from gitblob.trackers import words

MANY = 100  # tags or params in one request (MLflow's MAX_PARAMS_TAGS_PER_BATCH)
LONGEST_TAG = 5000  # characters of a value, in the stricter of MLflow's stores
LONGEST_PARAM = 6000
LONGEST_KEY = 250
FOREIGN = re.compile(r"[^\w./: -]", re.ASCII)  # what no key may hold
SLASHES = re.compile(r"/{2,}|(?<![^/])\.{1,2}(?=/|$)")  # nor may it look like a path that is not normal


def tags(taken: Snapshot) -> dict[str, str]:
    """The short form, with `true` and `false` for what is either."""
    found = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in taken.flat().items()}
    return {key: _cut(value, LONGEST_TAG) for key, value in found.items()}


def write(taken: Snapshot, params: bool) -> None:
    """Tag the active run. Raises ImportError without MLflow, and what MLflow raises."""
    import mlflow

    for some in _batches(tags(taken)):
        mlflow.set_tags(some)
    if params:
        named = {key(name): _cut(str(value), LONGEST_PARAM) for name, value in words.params(taken).items()}
        for some in _batches(named):
            mlflow.log_params(some)


def key(name: str) -> str:
    """The name as MLflow takes it."""
    return SLASHES.sub("_", FOREIGN.sub("_", name)).strip("/")[:LONGEST_KEY]


def _batches(values: Mapping[str, str]) -> Iterator[dict[str, str]]:
    left = iter(values.items())
    while some := dict(islice(left, MANY)):
        yield some


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
