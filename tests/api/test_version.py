"""gitblob.DataVersion and gitblob.ModelVersion, beside what a repository declares."""

import hashlib
import json
import os
import pathlib
import pickle
import shutil

import pytest
from support import joint

import gitblob
from gitblob.errors import MlError, UsageError
from gitblob.ml.fingerprint import File

PIPELINE = {"size": 32, "clean": True}


def oid(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.fixture
def trained(repo, monkeypatch):
    joint.begin(repo)
    monkeypatch.chdir(repo.path)
    return repo


def test_it_is_that_of_the_declaration_however_the_files_are_named(trained, monkeypatch):
    declared = gitblob.versions().data["processed"]
    shown = json.loads(trained.gitblob("version", "--json").stdout)
    assert declared.id in json.dumps(shown)
    folder = trained.path / "data/processed"
    known = [
        File("data/processed/b.csv", oid(b"x,y\n1,2\n"), 8),
        ("data/processed/a.bin", oid(b"a" * 2000), 2000),
    ]
    for files in (
        "data/processed",
        folder,
        [folder / "b.csv", "data/processed/a.bin"],
        [folder, "data/processed/"],
        known,
    ):
        made = gitblob.DataVersion(PIPELINE, files=files, seed=7)
        assert (made.id, made) == (declared.id, declared)
    monkeypatch.chdir(folder)
    assert gitblob.DataVersion(dict(reversed(PIPELINE.items())), files=["a.bin", "b.csv"], seed=7) == declared
    assert (declared.files, declared.size, declared.seed, declared.dirty) == (2, 2008, 7, False)


def test_it_is_the_same_where_pointers_stand_for_the_content(trained, monkeypatch):
    whole = gitblob.DataVersion(PIPELINE, files="data/processed", seed=7)
    trained.git("config", "filter.gitblob.smudge", "cat")
    trained.git("config", "filter.gitblob.process", "")
    trained.git("config", "filter.gitblob.required", "false")
    (trained.path / "data/processed/a.bin").unlink()
    trained.git("checkout", "--", "data/processed/a.bin")
    assert b"gitblob v1" in trained.read("data/processed/a.bin")
    assert (
        gitblob.DataVersion(PIPELINE, files="data/processed", seed=7) == whole == gitblob.versions().data["processed"]
    )


def test_whatever_changes_gives_another_one(trained):
    def made(config=PIPELINE, files="data/processed", seed=7):
        return gitblob.DataVersion(config, files=files, seed=seed)

    first = made()
    others = [made({**PIPELINE, "size": 33}), made(seed=8), made(seed=None), made(files="data/processed/a.bin")]
    trained.write("data/processed/b.csv", "x,y\n1,3\n")
    others.append(made())
    trained.write("data/processed/c.csv", "")
    others.append(made())
    os.rename("data/processed/c.csv", "data/processed/d.csv")
    others.append(made())
    assert len({first, *others}) == len(others) + 1
    assert first != "another kind of value"


def test_what_git_ignores_does_not_count(trained):
    before = gitblob.DataVersion(files="data/processed")
    trained.write(".gitignore", "*.tmp\n")
    trained.write("data/processed/x.tmp", "x")
    assert gitblob.DataVersion(files="data/processed") == before


def test_the_folder_for_what_is_made_of_it(trained):
    version = gitblob.DataVersion(PIPELINE, files="data/processed", seed=7, name="processed")
    assert len(version.id) == 64
    assert version.short == version.id[:12]
    assert version.path("data/processed") == pathlib.Path(f"data/processed/version_{version.short}")
    assert version.path(trained.path).parent == trained.path
    assert not version.path("data/processed").exists()
    assert str(version) == f"processed@{version.short}"
    assert repr(version) == f"DataVersion(processed@{version.short})"
    assert str(gitblob.DataVersion(PIPELINE, files="data/processed", seed=7)) == version.short
    assert pickle.loads(pickle.dumps(version)) == version


def test_outside_of_any_repository_names_count_from_the_folder(tmp_path):
    for place in ("one", "another/one"):
        folder = tmp_path / place
        (folder / "below").mkdir(parents=True)
        (folder / "a.csv").write_text("1")
        (folder / "below/b.csv").write_text("2")
        (folder / "link.csv").symlink_to("a.csv")
    made = gitblob.DataVersion({}, files=tmp_path / "one")
    link = ("link.csv", f"link:{oid(b'a.csv')}", 5)
    assert made == gitblob.DataVersion({}, files=[("a.csv", oid(b"1"), 1), ("below/b.csv", oid(b"2"), 1), link])
    assert made == gitblob.DataVersion({}, files=tmp_path / "another/one")
    assert gitblob.DataVersion(files=tmp_path / "one/a.csv") == gitblob.DataVersion(files=[("a.csv", oid(b"1"), 1)])
    with pytest.raises(UsageError, match="two of the files are called"):
        gitblob.DataVersion(files=[tmp_path / "one", tmp_path / "another/one"])


def test_the_repository_is_that_of_the_files(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    version = gitblob.DataVersion(PIPELINE, files=trained.path / "data/processed", seed=7)
    assert version == gitblob.versions(trained.path).data["processed"]
    shutil.copytree(trained.path / "data/processed", tmp_path / "data/processed")
    assert gitblob.DataVersion(PIPELINE, files="data/processed", seed=7) != version  # a.bin, not data/processed/a.bin


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        (MlError, {"config": {"lr": float("nan")}}, "nan"),
        (MlError, {"config": {"path": pathlib.Path("x")}}, "PosixPath"),
        (MlError, {"config": {1: 2}}, "key 1 is no text"),
        (MlError, {"files": []}, "a version without files says nothing"),
        (UsageError, {"files": [("a", "sha256:abc", 1)]}, "no content"),
        (UsageError, {"files": [("a", "sha256:" + "0" * 64)]}, "is not \\(path, oid, size\\)"),
        (gitblob.NoSuchFile, {"files": "absent"}, "absent: no such file or folder"),
    ],
)
def test_what_is_refused(tmp_path, monkeypatch, kind, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").touch()
    with pytest.raises(kind, match=said):
        gitblob.DataVersion(**{"files": "a.csv", **arguments})


def test_the_versions_of_a_commit_and_of_a_work_tree_without_a_component(trained):
    first = gitblob.versions(rev="HEAD")
    trained.write("models/image/weights.bin", b"v" * 3000)
    shutil.rmtree(trained.path / "models/text")
    now = gitblob.versions()
    assert [str(version) for version in first] == [
        f"processed@{first.data['processed'].short}",
        "image@v2.1",
        "text@v1.3",
    ]
    assert [str(version) for version in now] == [f"processed@{first.data['processed'].short}", "image@v2.1+dirty"]
    assert first.commit == trained.git("rev-parse", "HEAD").strip()
    assert now.commit is None
    assert now.models["image"].needs == {"data/processed": "*"}
    assert gitblob.versions(rev="HEAD~1").data == {}
    with pytest.raises(UsageError):
        gitblob.versions(rev="absent")


def test_a_component_is_that_of_the_declaration(trained):
    declared = gitblob.versions().models["image"]
    made = gitblob.ModelVersion({"layers": 2}, files="models/image", version="v2.1", needs={"data/processed": "*"})
    assert made == declared
    assert made.fingerprint == declared.fingerprint
    assert made.fingerprint.startswith("sha256:")
    assert (made.files, made.size, made.short) == (1, 3000, made.fingerprint[7:19])
    assert {made, declared} == {made}
    assert made != gitblob.ModelVersion({"layers": 3}, files="models/image", version="v2.1")
    assert str(gitblob.ModelVersion(files="models/image", name="image")).startswith("image@")
    assert pickle.loads(pickle.dumps(made)) == made


def test_components_by_their_numbers(trained):
    def made(version=None):
        return gitblob.ModelVersion(files="models/image", version=version)

    numbers = ["v10.0", "v2.1", "2.1rc1", "1.9"]
    assert [one.version for one in sorted(map(made, numbers))] == ["1.9", "2.1rc1", "v2.1", "v10.0"]
    assert made("v2.1") >= made("2.0")
    assert made("v2.1").satisfies(">=2.1,<3")
    assert made("v2.1").satisfies("*")
    assert not made("v3.0").satisfies(">=2.1,<3")
    assert not made("v1.2").satisfies("~=1.3")
    assert made().satisfies("*")
    assert not made().satisfies(">=0")
    with pytest.raises(MlError, match="has no version to compare"):
        sorted([made(), made("v1")])
    with pytest.raises(MlError, match="'two' is no version"):
        made("two")
    with pytest.raises(MlError, match="'about 2' is no range"):
        made("v2").satisfies("about 2")
    with pytest.raises(MlError, match="'2' is no range"):
        gitblob.ModelVersion(files="models/image", needs={"text": "2"})
