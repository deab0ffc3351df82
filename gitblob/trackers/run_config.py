"""W&B: nested values in a run's config, whose keys are shown and filtered joined by dots."""

from __future__ import annotations

from typing import Any

from gitblob.api.snapshot import Snapshot
from gitblob.errors import UsageError
from gitblob.trackers import words


def write(run: Any, taken: Snapshot, params: bool) -> None:
    """Put `gitblob`, and `params`, into the config. Raises UsageError for what is no run."""
    update = getattr(getattr(run, "config", None), "update", None)
    if update is None:
        raise UsageError(f"{type(run).__name__} is no W&B run: it has no config", "`wandb.init()` gives one")
    values = taken.nested()
    if params:
        values["params"] = words.params(taken)
    update(values, allow_val_change=True)  # of a run that is resumed
