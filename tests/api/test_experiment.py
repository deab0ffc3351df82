"""`with gitblob.Experiment() as run:`: recorded on success, marked on failure, and nothing is lost."""

import json
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import joint

import gitblob
from gitblob.api.metrics import Metrics
from gitblob.errors import MlError, NotARepository, UsageError
from gitblob.ml.experiments import document
from gitblob.ml.reference import Reference
from gitblob.model import oid as oids
from gitblob.model import pointer as pointers


@pytest.fixture
def trained(repo, monkeypatch):
    joint.begin(repo)
    monkeypatch.chdir(repo.path)
    for name in ("RANK", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    return repo


def recorded(repo):
    return document.decode(repo.read("experiment.yaml"))


def test_a_run_is_recorded_and_staged_and_not_committed(trained):
    head = trained.git("rev-parse", "HEAD").strip()
    with gitblob.Experiment("larger steps") as run:
        assert run.params == {
            "config/params.yaml": {"train": {"lr": 0.001, "epochs": 3}},
            "config/train.toml:optimizer": {"name": "adam"},
        }
        assert (run.seed, run.seeds) == (7, {"processed": 7})
        for step in range(3):
            run.log({"loss": 1 / (step + 1)}, step=step)
        run.log({"accuracy": 0.9})
        assert gitblob.snapshot().run == run.snapshot.run == run.id
        trained.write("models/image/weights.bin", b"trained" * 100)
    assert run.recorded
    record = recorded(trained)
    now = gitblob.versions()
    assert (record.run, record.status, record.message, record.error) == (run.id, "finished", "larger steps", None)
    assert record.data_version == {"processed": now.data["processed"].id}
    assert {name: one.fingerprint for name, one in record.model_version.items()} == {
        name: one.fingerprint for name, one in now.models.items()
    }
    assert record.training_config == run.params
    assert record.seed == {"processed": 7}
    assert record.metrics["config/performance.json"] == {"accuracy": 0.9}
    assert record.metrics["metrics.jsonl"] == {"run": run.id, "step": 2, "loss": 1 / 3}
    assert (record.code.commit, record.code.changed) == (head, {})
    assert record.environment["packages"]["pytest"] == pytest.__version__
    assert record.command[0].startswith("python")
    assert "A  experiment.yaml" in trained.status()
    assert trained.git("rev-parse", "HEAD").strip() == head
    assert gitblob.snapshot().run is None


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("loss is nan"), "ValueError: loss is nan"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_a_run_that_fails_is_marked_and_raises_on(trained, error, told):
    with pytest.raises(type(error)), gitblob.Experiment() as run:  # noqa: PT012
        run.log({"loss": float("nan")}, step=0)
        raise error
    record = recorded(trained)
    assert (record.run, record.status, record.error) == (run.id, "failed", told)
    assert str(record.metrics["metrics.jsonl"]["loss"]) == "nan"


def test_leaving_by_sys_exit_0_has_finished(trained):
    with pytest.raises(SystemExit), gitblob.Experiment():
        sys.exit(0)
    assert recorded(trained).status == "finished"


def test_a_first_run_that_fails_before_there_is_a_model(repo, monkeypatch):
    joint.begin(repo, "models")
    monkeypatch.chdir(repo.path)
    with pytest.raises(OSError, match="disk"), gitblob.Experiment():
        raise OSError("disk")
    assert recorded(repo).model_version == {}
    with pytest.warns(UserWarning, match="lacks something.*models/text"), gitblob.Experiment():
        repo.write("models/image/weights.bin", b"first" * 100)
    assert set(recorded(repo).model_version) == {"image"}
    assert recorded(repo).status == "finished"


def test_what_is_edited_meanwhile_is_recorded_as_the_run_began_with_it(trained):
    began = gitblob.snapshot()
    warned = pytest.warns(UserWarning, match=r"processed, config/params\.yaml, train\.py changed while run")
    with warned, gitblob.Experiment():
        trained.write("config/params.yaml", "train: {lr: 5}\n")
        trained.write("data/processed/b.csv", "edited\n")
        trained.write("train.py", "edited = 1\n")
        trained.write("figures/loss.txt", "an output\n")
    record = recorded(trained)
    assert record.training_config["config/params.yaml"] == {"train": {"lr": 0.001, "epochs": 3}}
    assert record.data_version == {"processed": began.data["processed"].id}
    assert list(record.code.changed) == ["figures/loss.txt"]


def test_a_script_that_writes_its_own_config_and_data(trained):
    with gitblob.Experiment() as run:
        trained.write("config/params.yaml", "train: {lr: 5}\n")
        trained.write("data/processed/b.csv", "made by the script\n")
        run.refresh()
        assert run.params["config/params.yaml"] == {"train": {"lr": 5}}
    assert recorded(trained).training_config["config/params.yaml"] == {"train": {"lr": 5}}
    assert recorded(trained).data_version == {"processed": gitblob.versions().data["processed"].id}


def test_nothing_is_lost_when_recording_fails(trained):
    with (
        pytest.warns(UserWarning, match=r"is not recorded: experiment\.yaml is no regular file"),
        gitblob.Experiment() as run,
    ):
        (trained.path / "experiment.yaml").symlink_to("elsewhere")
    assert not run.recorded
    (trained.path / "experiment.yaml").unlink()
    warned = pytest.warns(UserWarning, match="is not recorded")
    with warned, pytest.raises(ValueError, match="the real one"), gitblob.Experiment():  # noqa: PT012
        (trained.path / ".gitblob.yaml").write_text("params: [")
        raise ValueError("the real one")


def test_what_would_keep_it_from_being_recorded_is_said_before(trained, tmp_path, sandbox):
    with pytest.raises(NotARepository), gitblob.Experiment(repo=tmp_path):
        pytest.fail("the block must not be entered")
    with pytest.raises(MlError, match="declares no params"), gitblob.Experiment(repo=sandbox.repo("plain").path):
        pytest.fail("the block must not be entered")
    trained.write(".gitblob.yaml", joint.SETTINGS.replace("config/params.yaml", "config/absent.yaml"))
    with pytest.raises(MlError, match=r"config/absent\.yaml"), gitblob.Experiment():
        pytest.fail("the block must not be entered")


def test_only_rank_0_records(trained, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("LOCAL_RANK", "0")
    with gitblob.Experiment() as run:
        run.log({"loss": 1}, step=0)
        assert run.params["config/params.yaml"]["train"]["lr"] == 0.001
    assert (run.id, run.recorded) == (None, False)
    assert trained.status() == ""
    with gitblob.Experiment(rank=0) as run:
        pass
    assert run.recorded


def test_in_cells_of_a_notebook(trained, monkeypatch):
    kernel = ["/opt/env/bin/python3", "-m", "ipykernel_launcher", "-f", "/home/you/runtime/kernel-1.json"]
    monkeypatch.setattr(sys, "orig_argv", kernel)
    run = gitblob.Experiment("by hand")
    with pytest.raises(UsageError, match="has not begun"):
        run.log({"loss": 1}, step=0)
    run.start()
    monkeypatch.chdir(trained.path / "config")
    run.finish("stopped by hand")
    record = recorded(trained)
    assert (record.status, record.error) == ("failed", "stopped by hand")
    assert record.command == ["python3", "-m", "ipykernel_launcher"]


def test_commit(trained):
    with gitblob.Experiment("the first", commit=True) as run:
        trained.write("models/image/weights.bin", b"trained" * 100)
        trained.write("figures/loss.txt", "an output\n")
        run.log({"loss": 1}, step=0)
    assert trained.gitblob("experiment", "verify").returncode == 0
    assert run.id in trained.gitblob("experiment", "list", "--json").stdout
    assert trained.git("log", "-1", "--format=%s").strip() == "the first"
    assert trained.status() == ""
    hook = trained.path / ".git/hooks/commit-msg"
    hook.write_text("#!/bin/sh\necho no such ticket >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.warns(UserWarning, match="not committed: .*no such ticket"), gitblob.Experiment(commit=True) as run:
        pass
    assert run.recorded
    assert recorded(trained).run == run.id


def test_rows_are_added_and_told_apart(trained):
    trained.write("metrics.jsonl", '{"run": "old", "loss": 9, "f1": 0.5}')  # killed before the end of the line
    with gitblob.Experiment() as run:
        run.log({"loss": 1}, step=0)
    rows = [json.loads(line) for line in trained.read("metrics.jsonl").splitlines()]
    assert rows == [{"run": "old", "loss": 9, "f1": 0.5}, {"run": run.id, "step": 0, "loss": 1}]
    assert recorded(trained).metrics["metrics.jsonl"] == {"run": run.id, "step": 0, "loss": 1}


def test_numbers_of_other_libraries(trained):
    class Scalar:
        def item(self):
            return 0.25

    with gitblob.Experiment() as run:
        run.log({"loss": Scalar()}, step=1)
        with pytest.raises(UsageError, match="cannot be written"):
            run.log({"loss": object()}, step=2)
        with pytest.raises(UsageError, match="cannot be written"):
            run.log({"not text: \udc80": 1}, step=2)
    assert recorded(trained).metrics["metrics.jsonl"]["loss"] == 0.25


@pytest.mark.parametrize(
    ("declared", "rows", "values"),
    [
        ("metrics: [out.json]", None, {"step": 1, "loss": 2, "best": 1}),
        ('metrics: ["out.json:now"]', None, {"now": {"step": 1, "loss": 2, "best": 1}}),
        ("metrics: [rows.jsonl]", [{"step": 1, "loss": 2}, {"best": 1}], None),
    ],
)
def test_where_one_kind_of_file_is_declared(trained, declared, rows, values):
    trained.write(
        ".gitblob.yaml", joint.SETTINGS.replace("metrics: [config/performance.json, metrics.jsonl]", declared)
    )
    with gitblob.Experiment() as run:
        run.log({"loss": 2}, step=1)
        run.log({"best": 1})
    if values is not None:
        assert json.loads(trained.read("out.json")) == values
    else:
        assert [json.loads(line) for line in trained.read("rows.jsonl").splitlines()] == [
            {"run": run.id, **row} for row in rows
        ]


def test_metrics_that_nobody_has_declared_are_written_all_the_same(trained):
    trained.write(".gitblob.yaml", joint.SETTINGS.replace("metrics: [config/performance.json, metrics.jsonl]\n", ""))
    with gitblob.Experiment() as run:
        with pytest.warns(UserWarning, match=r"metrics go to metrics\.jsonl; `metrics: \[metrics\.jsonl\]`"):
            run.log({"loss": 2}, step=1)
        run.log({"loss": 1}, step=2)  # a second warning would be an error here
    assert len(trained.read("metrics.jsonl").splitlines()) == 2


def test_a_pointer_is_never_written_over(tmp_path):
    stub = pointers.encode(pointers.Pointer(oids.Oid("0" * 64), 10))
    (tmp_path / "metrics.jsonl").write_bytes(stub)
    with pytest.raises(MlError, match=r"metrics\.jsonl is a pointer"):
        Metrics(str(tmp_path), (Reference("metrics.jsonl"),), "a").log({"loss": 1}, step=1)
    assert (tmp_path / "metrics.jsonl").read_bytes() == stub


SCRIPT = """
import gitblob, sys
with gitblob.Experiment("as a user runs it") as run:
    run.log({"loss": 0.5}, step=1)
print(run.id)
"""


def test_as_a_program_in_a_linked_work_tree_with_its_command_line(trained):
    trained.git("worktree", "add", "-q", "../linked")
    linked = trained.path.parent / "linked"
    (linked / "again.py").write_text(SCRIPT)
    done = trained.sandbox.run(
        sys.executable, linked / "again.py", "--epochs", "3", "--api-key", "hunter2", "--token=abc", "--max-tokens=5",
        cwd=linked / "config",
    )  # fmt: skip
    assert done.stderr == ""
    record = document.decode((linked / "experiment.yaml").read_bytes())
    assert record.run == done.stdout.strip()
    assert record.command[1:] == ["again.py", "--epochs", "3", "--api-key", "***", "--token=***", "--max-tokens=5"]
    assert "again.py" in record.code.changed
    assert "A  experiment.yaml" in subprocess.check_output(["git", "status", "--porcelain"], cwd=linked, text=True)
    assert trained.status() == ""


def test_one_object_for_several_runs(trained):
    run = gitblob.Experiment()
    ids = []
    for number in range(2):
        with run:
            run.log({"loss": number}, step=0)
        ids.append(run.id)
    rows = [json.loads(line) for line in trained.read("metrics.jsonl").splitlines()]
    assert [(row["run"], row["loss"]) for row in rows] == [(ids[0], 0), (ids[1], 1)]
    assert recorded(trained).metrics["metrics.jsonl"]["run"] == ids[1] != ids[0]


def test_a_block_within_another(trained):
    with gitblob.Experiment("outer") as outer:
        with gitblob.Experiment("inner") as inner:
            assert gitblob.snapshot().run == inner.id
        assert gitblob.snapshot().run == outer.id
    assert gitblob.snapshot().run is None
    assert recorded(trained).run == outer.id


@pytest.mark.parametrize(
    ("script", "status", "error"),
    [
        ("pass", "finished", None),
        ("raise ValueError('in the block')", "failed", "ValueError: in the block"),
        ("pass\nraise SystemExit(3)", "failed", "exit code 3"),
    ],
)
def test_a_program_under_experiment_run_records_itself_once(trained, script, status, error):
    program = f"import gitblob\nwith gitblob.Experiment('own') as run:\n    print(run.id)\n    {script}\n"
    trained.write("train.py", program)
    trained.commit()
    done = trained.gitblob("experiment", "run", "-m", "typed", "--", sys.executable, "train.py", ok=None)
    record = recorded(trained)
    assert record.run in done.stdout
    assert done.stdout.count(record.run) == 2, "said by the script and by the command"
    assert (record.status, record.error, record.message) == (status, error, "typed")
    assert record.command == [sys.executable, "train.py"]
    assert "PyYAML" in record.environment["packages"], "seen from within"


@pytest.mark.parametrize("when", ["2001-01-01T00:00:00+00:00", "2001-01-01", "1"])
def test_an_older_record_that_a_program_brings_is_not_its_own(trained, when):
    with gitblob.Experiment("older") as older:
        pass
    text = trained.read("experiment.yaml").decode().replace(recorded(trained).recorded, when)
    (trained.path / "experiment.yaml").unlink()
    trained.write("../older.yaml", text)
    trained.gitblob("experiment", "run", "--", "cp", "../older.yaml", "experiment.yaml")
    assert recorded(trained).run != older.id
    assert recorded(trained).message is None


def test_a_program_under_experiment_run_that_also_commits(trained):
    trained.write("train.py", "import gitblob\nwith gitblob.Experiment('own', commit=True):\n    pass\n")
    trained.commit()
    done = trained.gitblob("experiment", "run", "--", sys.executable, "train.py")
    assert "was recorded and committed by the program itself" in done.stdout
    assert trained.status() == ""
    again = trained.gitblob("experiment", "run", "--", sys.executable, "-c", "pass")
    assert recorded(trained).run in again.stdout
    assert recorded(trained).message is None


def test_a_child_that_leaves_the_block_records_nothing(trained):
    with gitblob.Experiment() as run:
        child = os.fork()
        if not child:
            try:
                run.finish(ValueError("in the child"))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert not (trained.path / "experiment.yaml").exists()
    assert recorded(trained).status == "finished"


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.filterwarnings("error")
def test_the_block_s_own_error_wins(trained):
    with pytest.raises(Mute), gitblob.Experiment():
        raise Mute
    assert recorded(trained).error == "Mute"
    (trained.path / "experiment.yaml").unlink()
    with pytest.raises(ValueError, match="the real one"), gitblob.Experiment():  # noqa: PT012
        (trained.path / "experiment.yaml").symlink_to("elsewhere")
        raise ValueError("the real one")


def test_an_error_is_recorded_without_its_secrets(trained):
    with pytest.raises(OSError, match="hunter2"), gitblob.Experiment():
        raise OSError("cannot reach postgres://me:hunter2@db.invalid/x\n  in time")
    assert recorded(trained).error == "OSError: cannot reach ***\n  in time"


def test_a_run_that_a_spawned_process_gets(trained):
    with gitblob.Experiment() as run:
        run.log({"loss": 1}, step=0)
        again = pickle.loads(pickle.dumps(run))
        again.log({"loss": 2}, step=1)
    rows = [json.loads(line) for line in trained.read("metrics.jsonl").splitlines()]
    assert [(row["run"], row["step"]) for row in rows] == [(run.id, 0), (run.id, 1)]


def test_an_interpreter_without_a_command_line(trained, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", [])
    with gitblob.Experiment():
        pass
    assert recorded(trained).command == []


def test_threads_that_log_at_once(trained):
    with gitblob.Experiment() as run, ThreadPoolExecutor(4) as threads:
        for number in range(200):
            threads.submit(run.log, {f"a{number}": number})
    assert len(json.loads(trained.read("config/performance.json"))) == 200


SIGNALLED = "import os, time; os.kill(os.getppid(), 15); time.sleep(60)"  # as a scheduler does that ends a job


def test_a_job_that_is_ended_is_recorded_by_experiment_run(trained):
    began = time.monotonic()
    trained.gitblob("experiment", "run", "--", sys.executable, "-c", SIGNALLED, ok=143)
    assert (recorded(trained).status, recorded(trained).error) == ("failed", "ended by SIGTERM")
    assert time.monotonic() - began < 50


def test_a_work_tree_that_cannot_be_written_to(trained, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (str(trained.path), os.W_OK))
    with pytest.raises(UsageError, match="cannot be written to"), gitblob.Experiment():
        pytest.fail("the block must not be entered")
