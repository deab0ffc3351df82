"""What a run starts from, written into the log of a tracker with one call; nothing of a tracker is imported before."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitblob.api.paths import Path
    from gitblob.api.snapshot import Snapshot


def tensorboard(writer: Any, repo: Path = ".", *, snapshot: Snapshot | None = None, params: bool = False) -> Snapshot:
    """Write to a SummaryWriter (torch.utils.tensorboard, tensorboardX): a table in TEXT, columns in HPARAMS.

    snapshot: what to write, by default `gitblob.snapshot(repo)`. params: the declared params, too. The snapshot that
    was written. Raises UsageError for what is no writer; see also `gitblob.snapshot`.
    """
    from gitblob.trackers import summary_writer

    taken = _taken(repo, snapshot)
    summary_writer.write(writer, taken, params)
    return taken


def wandb(run: Any, repo: Path = ".", *, snapshot: Snapshot | None = None, params: bool = False) -> Snapshot:
    """Write to the config of a W&B run, under `gitblob` (and `params`). See `tensorboard`."""
    from gitblob.trackers import run_config

    taken = _taken(repo, snapshot)
    run_config.write(run, taken, params)
    return taken


def mlflow(repo: Path = ".", *, snapshot: Snapshot | None = None, params: bool = False) -> Snapshot:
    """Write to the active MLflow run, which MLflow starts where there is none: tags (and params). See `tensorboard`."""
    from gitblob.trackers import run_tags

    taken = _taken(repo, snapshot)
    run_tags.write(taken, params)
    return taken


def _taken(repo: Path, given: Snapshot | None) -> Snapshot:
    from gitblob.api.snapshot import snapshot

    return snapshot(repo) if given is None else given
