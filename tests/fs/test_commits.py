"""gitblob:// by fsspec's own interface."""

import os
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pytest
from support.sandbox import Repo, Sandbox

from gitblob.errors import GitblobError, UsageError

OLD, NEW, RAW = b"a,b\n1,2\n" * 2000, b"a,b\n3,4\n" * 3000, b"k,v\n5,6\n"
DEEP = {f"data/deep/{n}/part{n}.bin": bytes([n]) * (2000 + n) for n in range(4)}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two commits; v1 has two folders, a raw file, links."""
    sandbox = Sandbox(tmp_path_factory.mktemp("made"))
    sandbox.run("gitblob", "install")
    repo = sandbox.repo()
    repo.gitblob("track", "*.bin")
    repo.write("data/x.bin", OLD)
    repo.write("data/raw.csv", RAW)
    for path, data in DEEP.items():
        repo.write(path, data)
    (repo.path / "latest").symlink_to("data/x.bin")
    (repo.path / "gone").symlink_to("nowhere")
    repo.commit("one")
    repo.git("tag", "v1")
    repo.write("data/x.bin", NEW)
    repo.commit("two")
    return repo


@pytest.fixture
def history(made, installed):
    """A copy of it."""
    shutil.copytree(made.path, installed.root / "repo", symlinks=True)
    return Repo(installed, installed.root / "repo")


@pytest.fixture(scope="module")
def published(made):
    """A bare remote of it that has the content."""
    remote = made.sandbox.bare()
    made.git("push", "-q", "--tags", str(remote), "main")
    return remote


@pytest.fixture
def bare(published, installed):
    """A bare clone without content, and the remote that has it, a copy."""
    remote = shutil.copytree(published, installed.root / "origin.git")
    installed.run("git", "clone", "-q", "--bare", remote, "bare.git")
    return installed.root / "bare.git", remote


def at(repo, rev=None, **options):
    return fsspec.filesystem("gitblob", repo=str(repo.path), rev=rev, **options)


def test_it_is_registered_by_its_entry_point(history):
    program = "import fsspec, sys; print(fsspec.open(sys.argv[1], repo=sys.argv[2], rev='v1').open().read() == b'k,v\\n5,6\\n')"
    done = subprocess.run(
        [sys.executable, "-c", program, "gitblob://data/raw.csv", history.path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"


def test_what_lies_where(history):
    fs = at(history, "v1")
    assert fs.ls("data", detail=False) == ["data/deep", "data/raw.csv", "data/x.bin"]
    assert set(fs.ls("", detail=False)) == {".gitattributes", "data", "gone", "latest"}
    info = fs.info("gitblob://data/x.bin")
    assert (info["name"], info["size"], info["type"]) == ("data/x.bin", len(OLD), "file")
    assert info["oid"] == fs.ukey("data/x.bin")
    assert info["oid"].startswith("sha256:")
    assert fs.info("data")["type"] == "directory"
    assert fs.info("data/raw.csv")["oid"] is None
    assert fs.ukey("data/raw.csv") == f"git:{fs.info('data/raw.csv')['git']}"
    assert (fs.info("latest")["size"], fs.info("latest")["type"], fs.info("gone")["type"]) == (
        len(OLD),
        "file",
        "other",
    )
    assert fs.find("data") == sorted([*DEEP, "data/raw.csv", "data/x.bin"])
    assert fs.find("data/x.bin") == ["data/x.bin"]
    assert fs.find("absent") == []
    assert set(fs.find("data", withdirs=True)) == {
        *fs.find("data"),
        "data",
        "data/deep",
        *(os.path.dirname(p) for p in DEEP),
    }
    assert fs.find("data", maxdepth=1) == ["data/raw.csv", "data/x.bin"]
    assert fs.glob("data/*.bin") == ["data/x.bin"]
    assert fs.glob("data/**/part?.bin") == sorted(DEEP)
    assert next(fs.walk("data/deep"))[0] == "data/deep"
    assert sorted(next(fs.walk("data/deep"))[1]) == list("0123")
    assert fs.du("data/deep") == sum(map(len, DEEP.values()))
    assert fs.exists("data/x.bin")
    assert fs.isdir("data/deep")
    assert fs.isfile("latest")
    assert not fs.exists("data/absent")
    assert (
        fs.checksum("data/x.bin") == at(history, "main~1").checksum("data/x.bin") != at(history).checksum("data/x.bin")
    )
    assert fs.modified("") == fs.modified("data")
    seconds = int(history.git("log", "-1", "--format=%ct", "v1"))
    assert at(history).modified("data/raw.csv").timestamp() == seconds
    for wrong in ("absent", "data/absent/x", "data/x.bin/y"):
        with pytest.raises(FileNotFoundError):
            fs.info(wrong)
        with pytest.raises(FileNotFoundError):
            fs.open(wrong)
    with pytest.raises(FileNotFoundError):
        fs.ls("absent")
    with pytest.raises(FileNotFoundError):
        fs.modified("absent")
    with pytest.raises(IsADirectoryError):
        fs.open("data")
    with pytest.raises(UsageError, match="outside"):
        fs.open("data/../../x")


def test_reading(history, tmp_path):
    fs = at(history, "v1")
    assert fs.cat("data/x.bin") == OLD
    assert fs.cat_file("data/x.bin", 4, 8) == OLD[4:8]
    assert fs.cat_file("data/x.bin", -8) == OLD[-8:]
    assert (fs.cat_file("data/x.bin", 8, 4), fs.cat_file("data/x.bin", len(OLD), len(OLD) + 9)) == (b"", b"")
    assert fs.cat(["data/x.bin", "data/raw.csv"]) == {"data/x.bin": OLD, "data/raw.csv": RAW}
    assert fs.cat("data/deep", recursive=True, on_error="omit") == DEEP
    ranges = fs.cat_ranges(["data/x.bin", "data/raw.csv", "data/x.bin"], [0, None, -3], [5, 3, None])
    assert ranges == [OLD[:5], RAW[:3], OLD[-3:]]
    assert isinstance(fs.cat_ranges(["absent"], 0, 5)[0], FileNotFoundError)
    with pytest.raises(FileNotFoundError):
        fs.cat_ranges(["absent"], [0], [5], on_error="raise")
    assert fs.head("data/x.bin", 3) == OLD[:3]
    with fs.open("data/raw.csv", "rt") as file:
        assert file.readlines() == ["k,v\n", "5,6\n"]
    with fsspec.open(
        "simplecache::gitblob://data/x.bin",
        gitblob={"repo": str(history.path), "rev": "v1"},
        simplecache={"cache_storage": str(tmp_path / "c")},
    ) as file:
        assert file.read() == OLD


def test_get_brings_whole_files(bare, tmp_path):
    clone, remote = bare
    fs = fsspec.filesystem("gitblob", repo=str(clone), rev="v1")
    fs.get("data/deep", str(tmp_path / "got"), recursive=True)
    assert {
        f"data/deep/{p.relative_to(tmp_path / 'got')}": p.read_bytes() for p in (tmp_path / "got").rglob("*.bin")
    } == DEEP
    assert len(list((clone / "gitblob").glob("??/*"))) == len(DEEP)
    fs.get_file("data/x.bin", str(tmp_path / "new" / "x.bin"))
    assert (tmp_path / "new/x.bin").read_bytes() == OLD
    fs.get_file("data/raw.csv", tmp_path / "raw.csv")
    assert os.listdir(tmp_path / "new") == ["x.bin"]
    shutil.rmtree(remote / "gitblob")
    shutil.rmtree(clone / "gitblob")
    with pytest.raises(GitblobError, match="in no store"):
        fs.get_file("data/x.bin", str(tmp_path / "y.bin"))
    assert not (tmp_path / "y.bin").exists()


def test_what_has_no_content_is_left_out_of_a_folder(history, tmp_path):
    commit = history.git("rev-parse", "v1").strip()
    history.git("update-index", "--add", "--cacheinfo", f"160000,{commit},data/module")
    history.git("commit", "-q", "-m", "submodule")
    fs = at(history)
    assert {"data/module", "gone"} < set(fs.find(""))
    fs.get("", str(tmp_path / "got"), recursive=True)
    got = {str(path.relative_to(tmp_path / "got")) for path in (tmp_path / "got").rglob("*") if path.is_file()}
    assert got == set(fs.find("")) - {"data/module", "gone"}
    assert set(fs.cat("", recursive=True, on_error="omit")) == got
    for wrong in ("data/module", "gone"):
        with pytest.raises(UsageError, match="leads to no file of this commit"):
            fs.get(wrong, str(tmp_path / "other"))


def test_one_of_many_that_cannot_be_had(bare, tmp_path):
    clone, remote = bare
    fs = fsspec.filesystem("gitblob", repo=str(clone), rev="v1")
    lost = "data/deep/2/part2.bin"
    oid = fs.info(lost)["oid"].removeprefix("sha256:")
    (remote / "gitblob" / oid[:2] / oid[2:]).unlink()
    rest = {path: data for path, data in DEEP.items() if path != lost}
    assert fs.cat("data/deep", recursive=True, on_error="omit") == rest
    found = fs.cat([*DEEP, "absent"], on_error="return")
    assert {path: data for path, data in found.items() if isinstance(data, bytes)} == rest
    assert isinstance(found["absent"], FileNotFoundError)
    with pytest.raises(GitblobError, match=f"{lost}: sha256:{oid} is in no store"):
        fs.get("data/deep", str(tmp_path / "got"), recursive=True)


def test_options_that_would_be_misunderstood(history):
    place = str(history.path)
    assert type(at(history))(place, "v1") is at(history, "v1")
    for wrong in ({"ref": "v1"}, {"revision": "v1"}):
        with pytest.raises(UsageError, match="knows no option"):
            fsspec.filesystem("gitblob", repo=place, **wrong)
    with pytest.raises(UsageError, match="knows no option"):
        type(at(history))(place, "v1", None, "v2")


@pytest.mark.parametrize("write", [
    lambda fs: fs.open("data/new", "wb"), lambda fs: fs.pipe("data/new", b"x"), lambda fs: fs.rm("data/x.bin"),
    lambda fs: fs.mkdir("new"), lambda fs: fs.makedirs("new/er"), lambda fs: fs.touch("new"),
    lambda fs: fs.mv("data/x.bin", "y"), lambda fs: fs.cp_file("data/x.bin", "y"), lambda fs: fs.put_file(__file__, "y"),
    lambda fs: fs.open("data/x.bin", "ab"), lambda fs: fs.copy("data/x.bin", "y"), lambda fs: fs.upload(__file__, "y"),
])  # fmt: skip
def test_nothing_is_written(history, write):
    with pytest.raises(OSError, match="gitblob:// is read-only"):
        write(at(history, "v1"))


def test_instances_know_their_commit(history, monkeypatch, tmp_path):
    one = at(history, "main")
    assert one is at(history, "HEAD") is at(history, one.commit)
    monkeypatch.chdir(history.path)
    assert fsspec.filesystem("gitblob") is one
    assert one.cat("data/x.bin") == NEW
    kept = pickle.dumps(one)
    history.write("data/x.bin", b"newer" * 1000)
    history.commit()
    assert at(history, "main") is not one
    assert at(history, "main").cat("data/x.bin") == b"newer" * 1000
    monkeypatch.chdir(tmp_path)
    again = pickle.loads(kept)
    assert again is one
    assert again.cat("data/x.bin") == NEW
    assert at(history, at="now", rev="main").commit == at(history, "main").commit
    assert fsspec.AbstractFileSystem.from_json(one.to_json()) is one
    with pytest.raises(UsageError, match="names no commit"):
        at(history, "nowhere")


PROGRAM = """
import pickle, sys
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
import fsspec

def work(fs):
    return fs.cat("data/x.bin")

if __name__ == "__main__":
    fs = fsspec.filesystem("gitblob", repo=sys.argv[1], rev="main")
    here = work(fs)
    for method in ("spawn", "fork"):
        with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
            assert list(pool.map(work, [fs] * 4)) == [here] * 4, method
    print("the same")
"""


def test_processes(history, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, tmp_path / "program.py", history.path],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stdout == "the same\n", done.stderr


def test_threads(bare):
    fs = fsspec.filesystem("gitblob", repo=str(bare[0]), rev="v1")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fs.cat, [*DEEP] * 4)) == [*DEEP.values()] * 4


def test_names_that_lead_elsewhere_are_never_given(history, installed, tmp_path):
    """Whoever writes Git's objects by hand can give an entry any name; `get` would write it."""
    blob = history.git("rev-parse", "v1:data/raw.csv").strip()
    inner = bytes.fromhex(blob)
    for name in (b"..", b".", b"a/../../x", b""):
        tree = b"100644 " + name + b"\0" + inner
        made = subprocess.run(
            ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
            cwd=history.path, env=installed.env, input=tree, capture_output=True, check=True,
        ).stdout.decode().strip()  # fmt: skip
        commit = history.git("commit-tree", "-m", "evil", made).strip()
        fs = at(history, commit)
        with pytest.raises(GitblobError, match=r"leads elsewhere|empty filename"):
            fs.get("", str(tmp_path / "out" / "in"), recursive=True)
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "out").exists() or not [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
