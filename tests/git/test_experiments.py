"""Runs as commits, with plain git: recorded, verified, merged, replayed, cloned, restored."""

import contextlib
import io
import itertools
import json
import os
import platform
import subprocess
import sys
from importlib import metadata

import pytest

from gitblob import workspace
from gitblob.cli.main import main
from gitblob.ml import memory
from gitblob.ml.experiments import environment, history, listing, record
from gitblob.ml.worktree import WorkTree

SETTINGS = """\
params: [params.yaml]
metrics: [metrics.json]
data:
  processed: {paths: [data/], config: "params.yaml:data", seed: "params.yaml:data.seed"}
models:
  image: {paths: [models/image.bin], version: v2.1}
"""
MINUTES = itertools.count(1_700_000_000 // 60)
TRAIN = """\
import json, sys
rate = float(sys.argv[1])
open("models/image.bin", "w").write("weights " * int(rate * 100))
json.dump({"acc": 1 - rate}, open("metrics.json", "w"))
sys.exit(3 if rate > 1 else 0)
"""


PYTHON = """#!/bin/sh
exec {python} -I -S "$@"
"""


@pytest.fixture
def trained(repo):
    """A repository that declares data, a model, params and metrics, without a run; its Python has no packages."""
    python = repo.sandbox.home / "bin/python3"
    python.write_text(PYTHON.format(python=sys.executable))
    python.chmod(0o755)
    repo.write(
        ".gitattributes", repo.read(".gitattributes") + b"data/** filter=gitblob diff=gitblob merge=gitblob -text\n"
    )
    repo.write(".gitblob.yaml", SETTINGS)
    repo.write("params.yaml", "lr: 0.1\ndata: {seed: 7, size: 10}\n")
    repo.write("train.py", TRAIN)
    for n in range(3):
        repo.write(f"data/{n}.txt", f"row {n}\n")
    repo.write("models/image.bin", "start")
    repo.git("add", ".")
    commit(repo, "start")
    return repo


def commit(repo, message):
    """Without the hook, which is another test's affair and a program of its own; a minute after the one before."""
    repo.git("commit", "-q", "--no-verify", "-m", message, env={"GIT_COMMITTER_DATE": f"{next(MINUTES) * 60} +0000"})


def train(repo, rate, message="run"):
    """One run, committed; its commit and its id."""
    repo.write("params.yaml", f"lr: {rate}\ndata: {{seed: 7, size: 10}}\n")
    repo.write("models/image.bin", "weights " * int(float(rate) * 100))
    repo.write("metrics.json", json.dumps({"acc": 1 - float(rate)}))
    work = workspace.open(str(repo.path))
    record.stage_all(work.top)
    run = record.record(work, message, environment={}).run
    commit(repo, message)
    return repo.git("rev-parse", "HEAD").strip(), run


def document(repo, *argv, ok=0):
    """What `gitblob experiment … --json` prints, asked for in this process."""
    shown, before = io.StringIO(), os.getcwd()
    os.chdir(repo.path)
    try:
        with contextlib.redirect_stdout(shown):
            code = main(["experiment", *argv, "--json"])
    finally:
        os.chdir(before)
    assert code == ok, shown.getvalue()
    return json.loads(shown.getvalue())


def shown(repo, name="HEAD"):
    return document(repo, "show", name)["experiment"]


def listed(repo, *options):
    return document(repo, "list", *options)


def runs(repo, *options):
    return [row["experiment"]["run"] for row in listed(repo, *options)]


def verified(repo, *options, ok=0):
    return document(repo, "verify", *options, ok=ok)


def parts(document):
    return [(one["part"], one["name"]) for one in document["mismatches"]]


def test_a_run_is_recorded_verified_listed_and_restored(trained):
    trained.gitblob("experiment", "run", "--all", "-m", "first", "--", "python3", "train.py", "0.1")
    trained.git("commit", "-q", "-m", "first")
    first, made = trained.git("rev-parse", "HEAD").strip(), shown(trained)
    run = made["run"]
    assert made["training_config"] == {"params.yaml": {"lr": 0.1, "data": {"seed": 7, "size": 10}}}
    assert made["metrics"] == {"metrics.json": {"acc": 0.9}}
    assert made["seed"] == {"processed": 7}
    assert made["command"] == ["python3", "train.py", "0.1"]
    assert made["code"] == {"commit": trained.git("rev-parse", "HEAD~").strip()}
    assert list(made["data_version"]) == ["processed"]
    assert made["model_version"]["image"]["version"] == "v2.1"
    assert made["model_version"]["image"]["fingerprint"] in trained.stored(".gitblob.lock").decode()
    assert verified(trained)["holds"]
    train(trained, "0.2", "second")
    assert runs(trained, "--sort", "-acc", "--filter", "acc>0.85") == [run]
    table = trained.gitblob("experiment", "list", "--columns", "acc,lr").stdout.splitlines()
    assert table[0].split()[-2:] == ["acc", "lr"]
    assert [line.split()[-2:] for line in table[1:]] == [["0.8", "0.2"], ["0.9", "0.1"]]
    done = trained.gitblob("experiment", "restore", run[-6:], "--into", "../again")
    assert "made by: python3 train.py 0.1" in done.stdout
    again = trained.path.parent / "again"
    assert (again / "data/1.txt").read_text() == "row 1\n"
    assert (again / "models/image.bin").read_text() == "weights " * 10
    assert (
        subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=again, capture_output=True, text=True, check=True
        ).stdout.strip()
        == first
    )
    assert trained.gitblob("experiment", "restore", run, "--into", "../again", ok=2).stderr.startswith(
        "gitblob: error:"
    )
    changes = json.loads(trained.gitblob("experiment", "diff", first, "--json").stdout)["changes"]
    assert ("metrics", "acc", -0.1) in [(one["part"], one["name"], one.get("delta")) for one in changes]


def test_a_failed_run_is_recorded_as_such_and_fixes_no_version(trained):
    done = trained.gitblob("experiment", "run", "--all", "--", "python3", "train.py", "2", ok=3)
    assert "failed run" in done.stdout
    commit(trained, "failed")
    assert (shown(trained)["status"], shown(trained)["error"]) == ("failed", "exit code 3")
    assert not (trained.path / ".gitblob.lock").exists()
    assert runs(trained, "--filter", "status=finished") == []


def test_what_the_commit_lacks_is_said_when_recording_and_found_afterwards(trained):
    train(trained, "0.1")
    trained.write("train.py", TRAIN + "# better\n")
    trained.write("data/3.txt", "row 3\n")
    trained.write("new.py", "")
    said = trained.gitblob("experiment", "record").stderr
    assert "train.py, data/3.txt, new.py" in said
    assert verified(trained, "--work-tree")["holds"]
    trained.write("params.yaml", "lr: 0.5\ndata: {seed: 8, size: 10}\n")
    trained.git("commit", "-q", "-m", "half", "experiment.yaml", "params.yaml")
    found = verified(trained, ok=1)
    assert parts(found) == [
        ("seed", "processed"),
        ("data", "processed"),
        ("params", "params.yaml:lr"),
        ("params", "params.yaml:data.seed"),
        ("code", "new.py"),
        ("code", "train.py"),
    ]
    assert found["mismatches"][2] == {"part": "params", "name": "params.yaml:lr", "recorded": "0.1", "found": "0.5"}


def test_a_mismatch_of_data_names_the_file(trained):
    first, _ = train(trained, "0.1")
    record.record(workspace.open(str(trained.path)), "again", environment={})
    trained.write("data/1.txt", "changed\n")
    trained.write("models/image.bin", "other")
    trained.commit("later")
    found = {one["part"]: one["why"] for one in verified(trained, ok=1)["mismatches"]}
    assert found == {
        "data": f"since {first[:12]}: data/1.txt changed",
        "model": f"since {first[:12]}: models/image.bin changed",
    }


def branches(repo):
    """Runs on two branches that both differ from a common one; the three ids: common, main's, side's."""
    _, common = train(repo, "0.1", "common")
    repo.git("switch", "-q", "-c", "side")
    repo.write("side.txt", "side\n")
    _, side = train(repo, "0.2", "side")
    repo.git("switch", "-q", "main")
    repo.write("main.txt", "main\n")
    _, main = train(repo, "0.3", "main")
    return common, main, side


def resolved(repo, side="--ours"):
    """Params, metrics and weights conflict as any file does; here one side is taken."""
    for path in repo.git("diff", "--name-only", "--diff-filter=U").split():
        repo.git("checkout", side, "--", path)
        repo.git("add", path)


def test_a_merge_keeps_our_record_and_is_no_run_until_it_is_recorded(trained):
    common, main, side = branches(trained)
    said = trained.git_result("merge", "side", ok=None)
    assert "experiment.yaml: each side has recorded a run; ours stays" in said.stderr
    assert "experiment.yaml" not in trained.git("diff", "--name-only", "--diff-filter=U")
    resolved(trained)
    commit(trained, "merge")
    assert sorted(runs(trained)) == sorted([common, main, side])
    assert shown(trained)["run"] == main
    assert {row["current"] for row in listed(trained)} == {True}
    assert len(runs(trained, "main")) == 3
    record.record(workspace.open(str(trained.path)), "merged", environment={})
    commit(trained, "merged")
    assert len(runs(trained)) == 4
    assert verified(trained)["holds"]
    lock = trained.read(".gitblob.lock").decode()
    assert "<<<" not in lock


@pytest.mark.parametrize("command", ["rebase", "cherry-pick"])
def test_a_replayed_run_keeps_its_record_and_verify_says_what_it_is_not(trained, command):
    common, main, side = branches(trained)
    trained.git("switch", "-q", "side" if command == "rebase" else "main")
    trained.git(command, "main" if command == "rebase" else "side", ok=1)
    assert "experiment.yaml" not in trained.git("diff", "--name-only", "--diff-filter=U")
    resolved(trained, "--theirs")
    trained.git("-c", "core.editor=true", command, "--continue")
    assert shown(trained)["run"] == side
    assert sorted(runs(trained)) == sorted([common, main, side])
    if command == "rebase":
        assert ("code", "main.txt") in parts(verified(trained, ok=1))
    else:
        assert verified(trained, side)["holds"]  # where it first was


def test_without_the_driver_a_merge_is_an_ordinary_conflict(trained, tmp_path):
    common, main, side = branches(trained)
    plain = trained.sandbox.clone(trained.path, "plain")
    for key in ("name", "driver", "recursive"):
        plain.git("config", "--global", "--unset", f"merge.gitblob-experiment.{key}")
    plain.git("merge", "origin/side", ok=1)
    assert "experiment.yaml" in plain.git("diff", "--name-only", "--diff-filter=U")
    said = plain.gitblob("experiment", "verify", "--work-tree", ok=None).stderr
    assert "a merge has left its conflict here" in said
    resolved(plain)
    plain.git("commit", "-q", "-m", "merge")
    assert shown(plain)["run"] == main
    assert sorted(runs(plain)) == sorted([common, main, side])


def test_a_clone_without_content_verifies_and_restores(trained, remote):
    first, run = train(trained, "0.1")
    trained.git("push", "-q", "origin", "main")
    clone = trained.sandbox.clone(remote, "clone", "--no-checkout")
    assert verified(clone)["holds"]
    clone.gitblob("experiment", "restore", run, "--branch", "again")
    place = clone.path.parent / f"clone-{run}"
    assert (place / "data/2.txt").read_text() == "row 2\n"
    assert clone.git("rev-parse", "again").strip() == first
    bare = trained.sandbox.bare("bare.git")
    trained.git("push", "-q", str(bare), "main")
    for options in (("list",), ("show",), ("verify",)):
        trained.sandbox.run("gitblob", "experiment", *options, cwd=bare)
    assert "has no work tree" in trained.sandbox.run("gitblob", "experiment", "record", cwd=bare, ok=10).stderr


def test_a_shallow_clone_says_what_it_cannot_see(trained, remote):
    train(trained, "0.1")
    _, run = train(trained, "0.2")
    trained.git("push", "-q", "origin", "main")
    clone = trained.sandbox.clone(f"file://{remote}", "shallow", "--depth=1")
    done = clone.gitblob("experiment", "list", "--json")
    assert [row["experiment"]["run"] for row in json.loads(done.stdout)] == [run]
    assert "this clone is shallow" in done.stderr
    assert "is not in this clone" in verified(clone)["unseen"][0]
    assert "shallow" in clone.gitblob("experiment", "show", "20200101T000000Z-000000", ok=2).stderr


def test_the_list_reads_on_where_it_stopped_and_forgets_what_is_gone(trained):
    _, one = train(trained, "0.1")
    trained.git("switch", "-q", "-c", "side")
    _, two = train(trained, "0.2")
    trained.git("switch", "-q", "main")
    assert runs(trained) == [two, one]
    assert [row["current"] for row in listed(trained)] == [False, True]
    _, three = train(trained, "0.3")
    assert runs(trained) == [three, two, one]
    trained.git("branch", "-q", "-D", "side")
    assert runs(trained) == [three, one]
    trained.git("tag", "v1", "HEAD~1")
    assert [row["refs"] for row in listed(trained)] == [["main"], ["v1"]]
    trained.git("checkout", "-q", "--detach", "HEAD~1")
    assert runs(trained) == [three, one]
    assert [row["current"] for row in listed(trained)] == [False, True]


def test_before_the_first_commit(installed):
    repo = installed.repo()
    assert repo.gitblob("experiment", "list").stdout == ""
    assert "neither a run nor a commit" in repo.gitblob("experiment", "verify", ok=2).stderr
    assert "declares no params" in repo.gitblob("experiment", "record", ok=18).stderr
    repo.write(".gitblob.yaml", "params: [p.yaml]\n")
    repo.write("p.yaml", "lr: 1\n")
    repo.write("train.py", "")
    repo.gitblob("experiment", "record", "--all")
    repo.git("commit", "-q", "-m", "first")
    assert verified(repo)["holds"]
    assert shown(repo)["code"]["changed"].keys() == {"train.py"}


def test_broken_records_are_listed_and_do_not_hide_the_others(trained):
    _, run = train(trained, "0.1")
    path = trained.path / "experiment.yaml"
    good = path.read_text()
    path.write_text(good + "mertics: {}\n")
    trained.commit("unknown key")
    path.unlink()
    path.symlink_to("params.yaml")
    trained.commit("a link")
    assert "is no regular file" in trained.gitblob("experiment", "record", ok=18).stderr
    path.unlink()
    os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2 << 20)
    trained.commit("large")
    found = listed(trained)
    assert [row["experiment"] and row["experiment"]["run"] for row in found] == [None, None, None, run]
    problems = [row["problem"] for row in found[:3]]
    assert problems[0] == f"experiment.yaml has {2 << 20} bytes; a record has 1048576 at most"
    assert problems[1] == "experiment.yaml is a symbolic link"
    assert problems[2].endswith("unknown key 'mertics'")
    assert "invalid" in trained.gitblob("experiment", "list").stdout
    assert "did you mean 'metrics'" in trained.gitblob("experiment", "verify", "HEAD~2", ok=18).stderr
    assert "is no regular file" in trained.gitblob("experiment", "verify", "HEAD~1", ok=18).stderr
    trained.git("rm", "-q", "experiment.yaml")
    commit(trained, "gone")
    assert "nothing was recorded there" in trained.gitblob("experiment", "show", ok=2).stderr
    assert shown(trained, run)["run"] == run
    assert len(listed(trained)) == 4


def test_a_program_that_a_signal_ended_or_that_is_none(trained):
    trained.gitblob("experiment", "run", "--", "sh", "-c", "kill -TERM $$", ok=143)
    assert 'error: "ended by SIGTERM"' in trained.read("experiment.yaml").decode()
    assert "cannot be started" in trained.gitblob("experiment", "run", "--", "./none", ok=127).stderr
    assert "cannot be started" in trained.gitblob("experiment", "run", "--", "./data", ok=126).stderr


def test_the_environment_is_that_of_the_interpreter_that_trains(trained):
    """Packages that the code imports or the requirements name; a module of the repository is not run for that."""
    trained.write("json.py", "raise SystemExit('imported')")
    trained.write("model.py", "from yaml import safe_load\nimport os, hypothesis as h\n")
    trained.write("requirements.txt", "# what we need\nPytest_xdist>=1 ; python_version>'3'\nnowhere==1\n")
    work = workspace.open(str(trained.path))
    found = environment.of_program(sys.executable, WorkTree(work), str(trained.path))
    assert found["python"] == platform.python_version()
    wanted = {name: metadata.version(name) for name in ("hypothesis", "pytest-xdist", "PyYAML")}
    assert found["packages"] == wanted
    assert environment.of_program("/bin/false", WorkTree(work), str(trained.path)) == {}
    assert environment.of_process()["packages"]["pytest"] == metadata.version("pytest")


def test_a_stash_is_no_run(trained):
    _, run = train(trained, "0.1")
    trained.write("params.yaml", "lr: 0.5\ndata: {seed: 7, size: 10}\n")
    record.record(workspace.open(str(trained.path)), environment={})
    trained.git("stash", "-q")
    assert runs(trained) == [run]


def test_dates_of_all_time_zones_are_compared_as_times(trained):
    for date in ("2026-01-01T23:00:00+1400", "2026-01-01T10:00:00+0000", "2026-01-01T01:00:00-1130"):
        trained.write("params.yaml", f"lr: 0.1 # {date}\ndata: {{seed: 7, size: 10}}\n")
        record.record(workspace.open(str(trained.path)), environment={})
        trained.git("commit", "-q", "--no-verify", "-a", "-m", date, "--date", date)
    dates = [row["date"] for row in listed(trained, "--sort", "date")]
    assert dates == [f"2026-01-01T{hour}:00+00:00" for hour in ("09:00", "10:00", "12:30")]
    assert len(listed(trained, "--filter", "date>=2026-01-01T10")) == 2


def test_a_partial_clone_fetches_records_and_forgets_that_it_could_not(trained):
    _, one = train(trained, "0.1")
    _, two = train(trained, "0.2")
    bare = trained.sandbox.bare("bare.git")
    trained.git("push", "-q", "--no-verify", str(bare), "main")
    for key in ("allowFilter", "allowAnySHA1InWant"):
        trained.sandbox.run("git", "config", f"uploadpack.{key}", "true", cwd=bare)
    clone = trained.sandbox.clone(f"file://{bare}", "partial", "--filter=blob:none", "--no-checkout")
    bare.rename(f"{bare}.away")
    assert [row["experiment"] for row in listed(clone)] == [None, None]
    assert "cannot be fetched" in clone.gitblob("experiment", "list").stderr
    bare.with_name(f"{bare.name}.away").rename(bare)
    assert runs(clone) == [two, one]
    assert verified(clone)["holds"]


def test_a_memory_that_another_version_has_written_is_an_empty_one(trained):
    _, run = train(trained, "0.1")
    assert runs(trained) == [run]
    found = memory.open(workspace.open(str(trained.path)).cache.home)
    blob = trained.git("rev-parse", "HEAD:experiment.yaml").strip()
    remembered = (
        (history.KIND, "all"),
        (history.KIND, "head"),
        (listing.KIND, listing.EVERYTHING),
        (listing.RECORD, blob),
    )
    for value in (b"null", b'{"a": 1}', b"[1, 2]", b'[["x"], [[1, 2]]]', b"no JSON", b"\xff"):
        for kind, name in remembered:
            assert found.get(kind, name) not in {None, value}
            found.put(kind, name, value)
        assert runs(trained) == [run]


def test_a_work_tree_is_not_restored_into_the_repository(trained):
    train(trained, "0.1")
    for place, said in ((".git/again", "in Git's own folder"), ("again", "where `git add` would find it")):
        assert said in trained.gitblob("experiment", "restore", "HEAD", "--into", place, ok=2).stderr
    assert trained.gitblob("experiment", "restore", "HEAD", "--branch", "", ok=2).stdout == ""
    assert trained.git("worktree", "list").count("\n") == 1
    trained.write(".gitignore", "trees/\n")
    trained.gitblob("experiment", "restore", "HEAD", "--into", "trees/one")
    assert trained.read("trees/one/data/1.txt") == b"row 1\n"


def test_order_and_columns_of_values_that_the_runs_shown_lack(trained):
    work = workspace.open(str(trained.path))
    trained.write("metrics.json", '{"nll": 1}')
    _, good = record.stage_all(work.top), record.record(work, environment={}).run
    commit(trained, "good")
    (trained.path / "metrics.json").unlink()
    _, failed = record.stage_all(work.top), record.record(work, status="failed", environment={}).run
    commit(trained, "failed")
    assert runs(trained, "--sort", "-nll") == [good, failed]
    shown = trained.gitblob("experiment", "list", "--filter", "status=failed", "--columns", "nll", "--sort", "-nll")
    assert [line.split()[-1] for line in shown.stdout.splitlines()] == ["nll", "-"]


def test_a_restore_that_fails_leaves_nothing_behind(trained):
    train(trained, "0.1")
    hook = trained.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    trained.gitblob("experiment", "restore", "HEAD", "--into", "../again", "--branch", "again", ok=2)
    assert trained.git("branch", "--list", "again") == ""
    assert not (trained.path.parent / "again").exists()
    hook.unlink()
    trained.gitblob("experiment", "restore", "HEAD", "--into", "../again", "--branch", "again")
