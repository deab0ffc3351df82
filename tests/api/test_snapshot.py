"""gitblob.snapshot(): what a training script logs."""

import json
import os
import pickle
import shutil

import pytest
from support import joint

import gitblob
from gitblob.errors import MlError, NotARepository
from gitblob.git import command


@pytest.fixture
def trained(repo, monkeypatch):
    joint.begin(repo)
    monkeypatch.chdir(repo.path)
    return repo


def test_of_a_clean_work_tree(trained):
    head = trained.git("rev-parse", "HEAD").strip()
    taken = gitblob.snapshot()
    version, component = gitblob.versions().data["processed"], gitblob.versions().models["image"]
    text = gitblob.versions().models["text"]
    assert taken.flat() == {
        "gitblob.commit": head,
        "gitblob.dirty": False,
        "gitblob.branch": "main",
        "gitblob.data.processed": f"processed@{version.short}",
        "gitblob.seed.processed": 7,
        "gitblob.model.image": "image@v2.1",
        "gitblob.model.text": "text@v1.3",
        "gitblob.fingerprint.image": component.short,
        "gitblob.fingerprint.text": text.short,
    }
    assert taken.params == {
        "config/params.yaml:train.lr": 0.001,
        "config/params.yaml:train.epochs": 3,
        "config/train.toml:optimizer.name": "adam",
    }
    assert json.loads(taken.json()) == {
        "commit": head,
        "branch": "main",
        "dirty": False,
        "changed": [],
        "data": {"processed": {"version": str(version), "id": version.id, "seed": 7, "dirty": False}},
        "models": {
            "image": {"version": "v2.1", "fingerprint": component.fingerprint, "dirty": False},
            "text": {"version": "v1.3", "fingerprint": text.fingerprint, "dirty": False},
        },
        "params": taken.params,
        "stores": {},
        "run": None,
        "gitblob": gitblob.__version__,
    }
    assert pickle.loads(pickle.dumps(taken)) == taken
    with pytest.raises(AttributeError):
        taken.commit = "another"


def test_how_often_git_is_asked(trained, monkeypatch):
    for name in joint.FILES:
        os.utime(trained.path / name, (1e9, 1e9))  # what was written together with the index is read again
    trained.git("status")
    asked = []
    start = command._start
    monkeypatch.setattr(command, "_start", lambda words, *rest: (asked.append(words), start(words, *rest))[1])
    gitblob.snapshot()
    del asked[:]
    gitblob.snapshot()
    assert len(asked) <= 10, asked
    del asked[:]
    run = gitblob.Experiment().start()
    assert len(asked) <= 19, asked
    del asked[:]
    run.finish()
    assert len(asked) <= 19, asked


def test_code_and_params_are_dirty_and_versions_say_it_themselves(trained):
    for name in ("train.py", "config/params.yaml", "data/processed/b.csv", "models/text/weights.bin"):
        with (trained.path / name).open("a") as file:
            file.write("\n# changed\n")
    trained.write("metrics.jsonl", '{"loss": 1}\n')
    trained.write("new.py", "")
    trained.git("add", "metrics.jsonl", "train.py")
    taken = gitblob.snapshot()
    assert taken.dirty
    assert taken.changed == ("config/params.yaml", "train.py")
    assert str(taken.data["processed"]).endswith("+dirty")
    assert str(taken.models["text"]) == "text@v1.3+dirty"
    assert str(taken.models["image"]) == "image@v2.1"


def test_before_the_first_training_and_after_what_head_lacked(trained):
    shutil.rmtree(trained.path / "models")
    trained.commit("no models yet")
    taken = gitblob.snapshot()
    assert (taken.models, taken.data["processed"].dirty) == ({}, False)
    trained.write("models/image/weights.bin", b"new" * 1000)
    taken = gitblob.snapshot()
    assert [str(version) for version in taken.models.values()] == ["image@v2.1+dirty"]
    assert not taken.data["processed"].dirty


def test_from_a_folder_a_linked_work_tree_and_a_detached_head(trained, monkeypatch):
    trained.git("worktree", "add", "-q", "--detach", "../linked")
    (trained.path.parent / "linked/train.py").write_text("changed")
    monkeypatch.chdir(trained.path / "config")
    here, linked = gitblob.snapshot(), gitblob.snapshot(trained.path.parent / "linked")
    assert (here.branch, here.changed) == ("main", ())
    assert (linked.branch, linked.changed) == (None, ("train.py",))
    assert linked.commit == here.commit
    assert linked.data == here.data
    assert "gitblob.branch" not in linked.flat()


def test_without_declarations_and_without_a_commit(sandbox):
    bare = sandbox.repo("plain")
    taken = gitblob.snapshot(bare.path)
    assert (taken.commit, taken.flat()) == (None, {"gitblob.dirty": False, "gitblob.branch": "main"})
    bare.write("train.py", "1")
    assert gitblob.snapshot(bare.path).flat() == {"gitblob.dirty": False, "gitblob.branch": "main"}
    commit = bare.commit()
    bare.write("train.py", "2")
    assert gitblob.snapshot(bare.path).flat() == {
        "gitblob.commit": commit, "gitblob.dirty": True, "gitblob.branch": "main",
    }  # fmt: skip


def test_outside_of_any_repository(tmp_path):
    with pytest.raises(NotARepository, match="is not inside a git repository"):
        gitblob.snapshot(tmp_path)


def test_declarations_that_lead_nowhere(trained):
    (trained.path / "config/params.yaml").unlink()
    with pytest.raises(MlError, match=r"params\.yaml"):
        gitblob.snapshot()
    trained.git("checkout", "-q", "--", "config/params.yaml")
    trained.write("config/data.yaml", "pipeline: {}\nsampling: {sead: 7}\n")
    with pytest.raises(MlError, match=r"config/data\.yaml.*'sampling\.seed'"):
        gitblob.snapshot()


def test_the_stores(trained):
    one = "stores: {team: {url: /mnt/team}}\n"
    two = "stores: {a: {url: s3://bucket/a}, b: {url: gs://bucket/b}}\ndefault: [a, b]\n"
    for stores, shown in ((one, "team /mnt/team"), (two, "a s3://bucket/a, b gs://bucket/b")):
        trained.write(".gitblob.yaml", joint.SETTINGS + stores)
        assert gitblob.snapshot().flat()["gitblob.store"] == shown
    trained.write(".gitblob.yaml", joint.SETTINGS)
    trained.git("remote", "add", "origin", "https://me:secret@host.invalid/repo.git")
    taken = gitblob.snapshot()
    assert taken.stores == {"origin": "https://host.invalid/repo.git"}
    assert "secret" not in taken.json()


def test_numbers_that_json_lacks(trained):
    trained.write("config/params.yaml", "train: {limit: .inf, what: .nan, names: [a, b]}\n")
    assert json.loads(gitblob.snapshot().json())["params"] == {
        "config/params.yaml:train.limit": "inf",
        "config/params.yaml:train.what": "nan",
        "config/params.yaml:train.names.0": "a",
        "config/params.yaml:train.names.1": "b",
        "config/train.toml:optimizer.name": "adam",
    }
