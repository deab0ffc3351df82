"""gitblob.trackers.mlflow and the plug-in, with the real package and a SQLite store."""

import json
import re
import sys
from importlib.metadata import entry_points

from support import joint

import gitblob
from gitblob.api.version import DataVersion, ModelVersion
from gitblob.cli import topics
from gitblob.ml.versions import DataState, ModelState
from gitblob.trackers import mlflow_context, run_tags

NAMES = {
    "config/params.yaml:train.lr": "config/params.yaml:train.lr",
    "größe [m] = 1": "gr__e _m_ _ 1",
    "a//b/../c": "a_b/_/c",
    "x" * 300: "x" * 250,
}
SCRIPT = """
import json, os, warnings
import mlflow
import gitblob

mlflow.set_tracking_uri("sqlite:///" + os.path.abspath("../runs.db"))
runs = {}

def run(name, inside=None):
    with mlflow.start_run(run_name=name) as active:
        if inside:
            inside()
    data = mlflow.get_run(active.info.run_id).data
    runs[name] = {"tags": {k: v for k, v in data.tags.items() if k.startswith("gitblob.")}, "params": dict(data.params)}

run("by the plug-in")
# as the page shows it
with gitblob.Experiment() as experiment:
    run("within", lambda: gitblob.trackers.mlflow(snapshot=experiment.snapshot, params=True))
run("names", lambda: mlflow.log_params(dict.fromkeys(json.loads(os.environ["NAMES"]), 1)))
os.remove("config/params.yaml")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    run("broken")
    run("broken again")
runs["told"] = [str(one.message) for one in caught if "gitblob" in str(one.message)]
os.chdir("..")
os.makedirs("elsewhere")
os.chdir("elsewhere")
run("elsewhere")
commit = runs["within"]["tags"]["gitblob.data.processed"]
found = mlflow.MlflowClient().search_runs(["0"], filter_string="tags.`gitblob.data.processed` = '" + commit + "'")
runs["found"] = sorted(one.info.run_name for one in found)
runs["id"] = experiment.id
print(json.dumps(runs))
"""


def test_runs_in_a_sqlite_store(repo, tmp_path):
    joint.begin(repo)
    head = gitblob.snapshot(repo.path)
    (shown,) = re.findall(r"^    with mlflow.*\n(?:        .*\n)+", topics.page("trackers"), re.MULTILINE)
    script = tmp_path / "train.py"
    script.write_text(SCRIPT.replace("# as the page shows it\n", re.sub("^    ", "", shown, flags=re.MULTILINE)))
    names = {"NAMES": json.dumps(list(NAMES.values()))}
    done = repo.sandbox.run(sys.executable, script, cwd=repo.path, env=names, timeout=600)
    runs = json.loads(done.stdout.splitlines()[-1])
    expected = run_tags.tags(head)
    assert expected["gitblob.dirty"] == "false"
    assert expected["gitblob.data.processed"] == str(head.data["processed"])
    assert runs["by the plug-in"] == {"tags": expected, "params": {}}
    assert runs["within"]["tags"] == {**expected, "gitblob.run": runs["id"]}
    assert runs["within"]["params"] == {key: str(value) for key, value in head.params.items()}
    assert runs["broken"]["tags"] == runs["broken again"]["tags"] == {}
    (told,) = runs["told"]
    assert told.startswith("gitblob has no tags for this run: ")
    assert "config/params.yaml" in told
    assert runs["elsewhere"]["tags"] == {}
    assert set(runs["names"]["params"]) == set(NAMES.values())
    assert [name for name in runs["found"] if name in runs] == ["by the plug-in", "names", "within"]
    assert len(runs["found"]) == 4


def test_the_plug_in_is_found_by_its_entry_point():
    (found,) = [one for one in entry_points(group="mlflow.run_context_provider") if one.name == "gitblob"]
    assert found.load() is mlflow_context.Context


def test_where_it_says_something(repo, tmp_path, monkeypatch):
    context = mlflow_context.Context()
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(tmp_path / "train.py"), raising=False)
    monkeypatch.chdir(tmp_path)
    assert (context.in_context(), context.tags()) == (False, {})
    monkeypatch.chdir(repo.path)
    assert not context.in_context()
    joint.begin(repo)
    assert context.in_context()
    monkeypatch.chdir(repo.path / "config")
    assert context.tags() == run_tags.tags(gitblob.snapshot(repo.path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(repo.path / "train.py"))
    assert context.in_context()
    monkeypatch.delattr(sys.modules["__main__"], "__file__")
    assert not context.in_context()


def test_it_loads_nothing_before_it_is_needed(tmp_path, sandbox):
    program = (
        "import sys; before = set(sys.modules); from gitblob.trackers import mlflow_context;"
        "mlflow_context.Context().in_context(); print(*sorted(set(sys.modules) - before))"
    )
    loaded = sandbox.run(sys.executable, "-c", program).stdout.split()
    assert {name for name in loaded if name.startswith("gitblob")} == {
        "gitblob", "gitblob.trackers", "gitblob.trackers.mlflow_context",
    }  # fmt: skip


def test_mlflow_s_limits():
    name = "n" * 64
    data = {name: DataVersion.of(DataState(name, "0" * 64, 1, 1, ["long"] * 5000))}
    models = {name: ModelVersion.of(ModelState(name, "v1", "sha256:" + "0" * 64, 1, 1), {})}
    found = run_tags.tags(gitblob.Snapshot("0" * 40, "b" * 9000, data=data, models=models))
    assert max(map(len, found)) <= 250
    assert max(map(len, found.values())) == run_tags.LONGEST_TAG
    assert found["gitblob.branch"].endswith("b…")


def test_names_of_params():
    assert {name: run_tags.key(name) for name in NAMES} == NAMES
