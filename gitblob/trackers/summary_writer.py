"""TensorBoard: a text that the TEXT tab shows as a table, and a session that the HPARAMS tab compares runs by.

`add_hparams` is not used: it opens a second event file, in a folder of its own or, where that is told otherwise, beside
the first, which TensorBoard then reads no further.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gitblob.api.snapshot import PREFIX, Snapshot
from gitblob.errors import UsageError
from gitblob.trackers import words


def write(writer: Any, taken: Snapshot, params: bool) -> None:
    """Add both to the writer's own event file. Raises UsageError for what is no writer."""
    values = {**taken.flat(), **(words.params(taken) if params else {})}
    if not callable(getattr(writer, "add_text", None)):
        raise UsageError(
            f"{type(writer).__name__} is no SummaryWriter: it has no add_text",
            "`torch.utils.tensorboard.SummaryWriter()` makes one; of Lightning's logger it is logger.experiment",
        )
    rows = "\n".join(f"| {_cell(key)} | {_cell(value)} |" for key, value in values.items())
    writer.add_text(PREFIX, f"| | |\n|--|--|\n{rows}", 0)
    summaries, events = _summaries(writer), getattr(writer, "file_writer", None)
    if summaries and events:
        _, start, _ = summaries.hparams(values, {})
        events.add_summary(start)
    if flush := getattr(writer, "flush", None):
        flush()  # a run that is killed has said what it started from


def _summaries(writer: Any) -> Any:
    """The module that makes summaries for this class of writers; None where it has none."""
    for kind in type(writer).__mro__:
        package = kind.__module__.rpartition(".")[0]
        if kind.__name__ == "SummaryWriter" and package:
            return import_module(f"{package}.summary")
    return None


def _cell(value: object) -> str:
    return f"`{value}`".replace("|", "\\|") if str(value) else ""
