"""fsck finds and mends: missing, truncated, flipped bit, raw file, malformed pointer."""

import json
import os
import shutil
from pathlib import Path

import pytest

from gitblob.model import pointer

SIZE = 5 << 20


@pytest.fixture
def pushed(repo, remote, installed, tmp_path):
    """A repository whose blobs are also at a store on its own (no hard links), and whose work tree is not needed."""
    store = tmp_path / "store"
    repo.gitblob("store", "add", "main", str(store))
    repo.contents = {"a.bin": os.urandom(SIZE), "b.bin": os.urandom(3000)}
    for name, data in repo.contents.items():
        repo.write(name, data)
    repo.commit()
    repo.git("push", "-q")
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    shutil.rmtree(store)
    copy.rename(store)
    repo.store = store
    return repo


def blob_path(root, data):
    value = pointer.decode(data)
    return Path(root) / value.oid.key


def damage(path, change):
    """As failing hardware does it: the times of the file do not move."""
    before = path.stat()
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    path.write_bytes(change(data))
    path.chmod(0o444)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def flip(data):
    data[len(data) // 2] ^= 4
    return data


DAMAGES = {
    "flipped": flip,
    "truncated": lambda data: data[:-7],
    "emptied": lambda _: b"",
    "longer": lambda data: data + b"x",
}


def findings(repo, *options, ok):
    return json.loads(repo.gitblob("fsck", "--json", *options, ok=ok).stdout)


def test_a_right_repository_has_no_findings(pushed):
    assert findings(pushed, "--store", "main", ok=0) == []
    assert "nothing found" in pushed.gitblob("fsck").stderr


@pytest.mark.parametrize("change", DAMAGES)
@pytest.mark.parametrize("name", ["a.bin", "b.bin"])
def test_a_damaged_blob_in_the_cache_comes_back_from_the_store(pushed, name, change):
    path = blob_path(pushed.path / ".git/gitblob", pushed.stored(name))
    damage(path, DAMAGES[change])
    (pushed.path / name).unlink()  # the work tree could help as well
    (found,) = findings(pushed, ok=1)
    assert (found["kind"], found["where"], found["repaired"]) == ("corrupt", name, False)
    (found,) = findings(pushed, "--repair", ok=0)
    assert found["repaired"] is True
    assert path.read_bytes() == pushed.contents[name]
    assert len(list((pushed.path / ".git/gitblob/quarantine").iterdir())) == 1
    assert findings(pushed, ok=0) == []


def test_a_blob_that_only_the_work_tree_still_has_is_taken_from_there(repo):
    data = os.urandom(SIZE)
    repo.write("a.bin", data)
    repo.commit()
    path = blob_path(repo.path / ".git/gitblob", repo.stored("a.bin"))
    path.unlink()
    (found,) = findings(repo, ok=1)
    assert (found["kind"], found["where"]) == ("missing", "a.bin")
    findings(repo, "--repair", ok=0)
    assert path.read_bytes() == data


def test_a_blob_that_nobody_has_stays_a_finding(repo):
    repo.write("a.bin", os.urandom(SIZE))
    repo.commit()
    blob_path(repo.path / ".git/gitblob", repo.stored("a.bin")).unlink()
    (repo.path / "a.bin").unlink()
    for options in ((), ("--repair",)):
        (found,) = findings(repo, *options, ok=1)
        assert (found["kind"], found["repaired"]) == ("missing", False)


@pytest.mark.parametrize("change", DAMAGES)
def test_a_damaged_blob_at_the_store_is_replaced_from_the_cache(pushed, change):
    path = blob_path(pushed.store, pushed.stored("a.bin"))
    damage(path, DAMAGES[change])
    (found,) = findings(pushed, "--store", "main", ok=1)
    assert found["kind"] in {"store-corrupt", "store-missing"}
    findings(pushed, "--store", "main", "--repair", ok=0)
    assert path.read_bytes() == pushed.contents["a.bin"]
    assert findings(pushed, "--store", "main", ok=0) == []


def test_a_blob_missing_at_the_store_is_sent_again(pushed):
    path = blob_path(pushed.store, pushed.stored("b.bin"))
    path.unlink()
    (found,) = findings(pushed, "--store", "main", ok=1)
    assert found["kind"] == "store-missing"
    findings(pushed, "--store", "main", "--repair", ok=0)
    assert path.read_bytes() == pushed.contents["b.bin"]


def test_a_raw_file_where_a_pointer_should_be(pushed):
    data = os.urandom(SIZE)
    pushed.write("raw.bin", data)
    pushed.git("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false", "add", "raw.bin")
    pushed.git("commit", "-q", "-m", "raw", "--no-verify")
    (found,) = findings(pushed, "--pointers", ok=1)
    assert (found["kind"], found["where"]) == ("raw-file", "raw.bin")
    findings(pushed, "--pointers", "--repair", ok=0)
    pushed.git("commit", "-q", "-m", "a pointer now")
    assert pointer.decode(pushed.stored("raw.bin"))
    assert pushed.read("raw.bin") == data
    assert pushed.status() == ""
    assert findings(pushed, ok=0) == []


@pytest.mark.parametrize(
    ("old", "new"), [(b"size: ", b"size: -"), (b"\nsize", b"\nsizes"), (b"gitblob v1", b"gitblob v9")]
)
def test_a_malformed_pointer_is_mended_when_its_blob_is_known(pushed, old, new):
    good = pushed.stored("a.bin")
    stage_raw(pushed, "a.bin", good.replace(old, new, 1))
    found = findings(pushed, ok=1)
    assert found[0]["kind"] == "malformed-pointer"
    assert found[0]["where"] == "a.bin"
    findings(pushed, "--repair", ok=0)
    assert pushed.git("cat-file", "blob", ":a.bin", binary=True) == good


def test_a_truncated_pointer_is_mended_and_a_hopeless_one_is_reported(pushed):
    good = pushed.stored("a.bin")
    stage_raw(pushed, "a.bin", good[:90])
    stage_raw(
        pushed,
        "b.bin",
        b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:../../../etc/passwd\nsize: 3\n",
    )
    found = {f["where"]: f["repaired"] for f in findings(pushed, "--repair", ok=1)}
    assert found == {"a.bin": True, "b.bin": False}
    assert pushed.git("cat-file", "blob", ":a.bin", binary=True) == good


def stage_raw(repo, name, data):
    """Put bytes in the index behind gitblob's back."""
    oid = repo.git("hash-object", "-w", "--stdin", data=data.decode()).strip()
    repo.git("update-index", "--cacheinfo", f"100644,{oid},{name}")
