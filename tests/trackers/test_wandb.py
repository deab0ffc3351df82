"""gitblob.trackers.wandb, with the real package: an offline run, whose own file is read back."""

import re
import sys

import pytest
from support import joint, offline_run

import gitblob
from gitblob.cli import topics
from gitblob.errors import UsageError

SCRIPT = """
run.config.update({"mine": 1})
with gitblob.Experiment("logged") as experiment:
    gitblob.trackers.wandb(run, snapshot=experiment.snapshot, params=True)
    gitblob.trackers.wandb(run, snapshot=experiment.snapshot, params=True)  # as after a resumption
run.finish()
print(experiment.id)
"""
QUIET = {
    "WANDB_MODE": "offline",
    "WANDB_DIR": "../logs",
    "WANDB_SILENT": "true",
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_API_KEY": "",
    "WANDB_BASE_URL": "http://127.0.0.1:9",
}


def test_an_offline_run(repo, monkeypatch):
    joint.begin(repo)
    (shown,) = re.findall(
        r"^    import gitblob\n    import wandb\n(?:    .*\n|\n(?=    ))+", topics.page("trackers"), re.MULTILINE
    )
    repo.write("../train.py", re.sub("^    ", "", shown, flags=re.MULTILINE) + SCRIPT)
    (repo.path / "../logs").mkdir()
    done = repo.sandbox.run(sys.executable, "../train.py", cwd=repo.path, env=QUIET, timeout=300)
    (log,) = (repo.path / "../logs").glob("wandb/offline-run-*/run-*.wandb")
    found = offline_run.config(log)
    taken = gitblob.snapshot(repo.path)
    flat = {f"gitblob.{key}.{name}" if isinstance(value, dict) else f"gitblob.{key}": item
            for key, value in found["gitblob"].items()
            for name, item in (value if isinstance(value, dict) else {"": value}).items()}  # fmt: skip
    run = done.stdout.split()[-1]
    assert flat == {**taken.flat(), "gitblob.run": run}
    assert found["params"] == taken.params
    assert found["mine"] == 1


def test_what_is_no_run():
    with pytest.raises(UsageError, match=r"str is no W&B run"):
        gitblob.trackers.wandb("run", snapshot=gitblob.Snapshot(None, None))
