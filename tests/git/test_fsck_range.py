"""`fsck --store NAME REV..` proves from pointers alone that the store has what commits bring."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gitblob.model import pointer
from gitblob.ops import sync


@pytest.fixture
def pushed(repo, remote, tmp_path):
    """Three commits, pushed; the blobs lie at a store, main, that stands in the settings."""
    store = tmp_path / "store"
    repo.gitblob("store", "add", "main", str(store))
    for number, name in enumerate(("a.bin", "dir/b.bin", "c.bin")):
        repo.write(name, os.urandom(2000 + number))
        repo.write("large.txt", b"text" * 1000 * number)
        repo.commit(f"commit {number}")
    repo.git("push", "-q")
    repo.store = store
    with open(remote / "config", "a", encoding="utf-8") as file:
        file.write("[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n")
    return repo


def lose(repo, path, rev="HEAD"):
    """Take the blob of a path off the store."""
    found = repo.store / pointer.decode(repo.stored(path, rev)).oid.key
    found.unlink()


def proof(repo, *arguments, ok=0):
    return json.loads(repo.gitblob("fsck", "--json", *arguments, ok=ok).stdout)


def job(repo, remote, *options, name="job"):
    """A clone as a CI job has it: git knows no filter, no hook and no content."""
    env = {"GIT_CONFIG_GLOBAL": "/dev/null"}
    repo.sandbox.run("git", "clone", "-q", *options, f"file://{remote}", name, env=env)
    clone = type(repo)(repo.sandbox, repo.sandbox.root / name)
    repo.sandbox.env = {**repo.sandbox.env, **env}
    return clone


def test_all_there(pushed):
    assert proof(pushed, "--store", "main", "HEAD~2..HEAD") == []
    done = pushed.gitblob("fsck", "--store", "main", "HEAD")
    assert "store main: 3 of 3 blob(s) are there" in done.stderr
    assert "nothing found" in done.stderr


def test_what_is_missing_is_named_with_commit_and_path(pushed):
    lose(pushed, "dir/b.bin")
    second = pushed.git("rev-parse", "HEAD~1").strip()
    for revision in ("HEAD~2..HEAD", "HEAD", "--all"):
        (found,) = proof(pushed, "--store", "main", revision, ok=1)
        assert (found["kind"], found["where"], found["commit"]) == ("store-missing", "dir/b.bin", second)
        assert pointer.decode(pushed.stored("dir/b.bin")).oid.text in found["text"]
        assert "gitblob push --all" in found["remedy"]
    shown = pushed.gitblob("fsck", "--store", "main", "HEAD", ok=1)
    assert shown.stdout.startswith(f"store-missing: {second[:12]}: dir/b.bin: store main lacks")


def test_all_files_of_the_tip_count_though_no_commit_of_the_range_brings_them(pushed):
    lose(pushed, "a.bin")
    (found,) = proof(pushed, "--store", "main", "HEAD~1..HEAD", ok=1)
    assert (found["where"], found["commit"]) == ("a.bin", pushed.git("rev-parse", "HEAD").strip())
    (found,) = proof(pushed, "--store", "main", "HEAD", "^HEAD", ok=1)
    assert found["where"] == "a.bin"


def test_a_blob_that_a_commit_brings_and_a_later_one_removes_counts(pushed):
    pushed.write("gone.bin", os.urandom(3000))
    first = pushed.commit()
    pushed.git("push", "-q")
    lose(pushed, "gone.bin")
    pushed.git("rm", "-q", "gone.bin")
    pushed.git("commit", "-q", "-m", "gone")
    (found,) = proof(pushed, "--store", "main", f"{first}~1..HEAD", ok=1)
    assert (found["where"], found["commit"]) == ("gone.bin", first)
    assert proof(pushed, "--store", "main", f"{first}..HEAD") == []


def test_each_path_of_a_missing_blob_is_named(pushed):
    pushed.write("twin.bin", pushed.read("a.bin"))
    pushed.commit()
    lose(pushed, "a.bin")
    found = proof(pushed, "--store", "main", "HEAD", ok=1)
    assert {one["where"] for one in found} == {"a.bin", "twin.bin"}


CLONES = {
    "full": [],
    "bare": ["--bare"],
    "partial": ["--filter=blob:limit=2k"],
    "partial and bare": ["--filter=blob:limit=2k", "--bare"],
    "mirror": ["--mirror"],
}


@pytest.mark.parametrize("kind", CLONES)
def test_a_fresh_clone_without_content_proves_it(pushed, remote, kind):
    clone = job(pushed, remote, *CLONES[kind])
    assert proof(clone, "--store", "main", "HEAD~2..HEAD") == []
    lose(pushed, "c.bin")
    (found,) = proof(clone, "--store", "main", "HEAD~2..HEAD", ok=1)
    assert found["where"] == "c.bin"


def test_a_shallow_clone_says_what_it_cannot_prove(pushed, remote):
    clone = job(pushed, remote, "--depth=1")
    done = clone.gitblob("fsck", "--store", "main", "HEAD")
    assert "not proved: what came before" in done.stderr
    assert "fetch-depth: 0" in done.stderr
    done = clone.gitblob("fsck", "--store", "main", "HEAD~1..HEAD", ok=2)
    assert "fetch-depth: 0" in done.stderr
    deeper = job(pushed, remote, "--depth=3", name="deeper")
    assert "not proved" not in deeper.gitblob("fsck", "--store", "main", "HEAD~1..HEAD").stderr


@pytest.mark.parametrize("filter_spec", ["blob:none", "tree:0", "blob:limit=100"])
def test_a_clone_that_lacks_pointers_or_trees_proves_nothing(pushed, remote, filter_spec):
    clone = job(pushed, remote, f"--filter={filter_spec}")
    done = clone.gitblob("fsck", "--store", "main", "HEAD~2..HEAD", ok=1)
    assert "lacks" in done.stderr
    assert "--filter=blob:limit=2k" in done.stderr


def test_without_a_name_the_store_that_a_push_has_to_fill(pushed, remote):
    assert "store main: " in pushed.gitblob("fsck", "HEAD").stderr
    lose(pushed, "c.bin")
    (found,) = proof(pushed, "HEAD", ok=1)
    assert found["text"].startswith("store main lacks")


def test_the_remotes_own_store(repo, remote):
    repo.write("a.bin", os.urandom(2000))
    repo.commit()
    repo.git("push", "-q")
    clone = job(repo, remote)
    assert proof(clone, "--store", "origin", "HEAD") == proof(clone, "HEAD") == []
    shutil.rmtree(remote / "gitblob" / pointer.decode(repo.stored("a.bin")).oid[:2])
    (found,) = proof(clone, "HEAD", ok=1)
    assert found["where"] == "a.bin"


@pytest.mark.parametrize("words", [["--all"], ["--store", "main", "--all"], ["--pointers", "--all"]])
def test_before_the_first_commit_nothing_is_found(repo, tmp_path, words):
    repo.gitblob("store", "add", "main", str(tmp_path / "store"))
    assert "nothing found" in repo.gitblob("fsck", *words).stderr


def test_a_range_without_an_end_brings_nothing(pushed):
    assert "store main: 0 of 0 blob(s) are there" in pushed.gitblob("fsck", "--store", "main", "^HEAD").stderr


def test_with_the_pointers_themselves(pushed):
    lose(pushed, "c.bin")
    data = os.urandom(3000)
    pushed.write("raw.bin", data)
    pushed.git("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false", "add", "raw.bin")
    pushed.git("commit", "-q", "-m", "raw", "--no-verify")
    found = proof(pushed, "--pointers", "--store", "main", "HEAD~2..HEAD", ok=1)
    assert {one["kind"] for one in found} == {"raw-file", "store-missing"}
    assert {one["kind"] for one in proof(pushed, "--pointers", "HEAD~2..HEAD", ok=1)} == {"raw-file"}


def test_wrong_words(pushed):
    assert "nowhere" in pushed.gitblob("fsck", "--store", "main", "nowhere", ok=2).stderr
    pushed.gitblob("fsck", "--store", "main", "--stdin", ok=2)
    pushed.gitblob("fsck", "--store", "other", "HEAD", ok=15)
    pushed.gitblob("fsck", "--store", "main", "--download", "HEAD", ok=2)
    pushed.gitblob("fsck", "--download", ok=2)
    (pushed.store).rename(pushed.store.with_name("unplugged"))
    pushed.gitblob("fsck", "--store", "main", "HEAD", ok=15)


COUNT = """
import sys
from gitblob.store.plain import PlainStore
asked, missing = [], PlainStore.missing
def counted(self, blobs):
    asked.append(len(blobs))
    return missing(self, blobs)
PlainStore.missing = counted
from gitblob.cli import main
code = main.main(sys.argv[1:])
print(code, *asked)
"""


def test_a_store_is_asked_once_for_4096_blobs(pushed):
    head = "# gitblob v1: run `gitblob pull` to get this file\n"
    stubs = [f"{head}oid: sha256:{number:064x}\nsize: 9\n" for number in range(sync.BATCH + 10)]
    lines = ["commit refs/heads/many", "committer A <a@example.invalid> 1700000000 +0000", "data 0", "from main"]
    for number, stub in enumerate(stubs):
        lines += [f"M 100644 inline many/{number}.bin", f"data {len(stub)}", stub]
    pushed.git("fast-import", "--quiet", data="\n".join(lines))
    env = {**pushed.sandbox.env, "PYTHONPATH": str(Path(sync.__file__).parents[2])}
    words = [sys.executable, "-c", COUNT, "fsck", "--json", "--store", "main", "main..many"]
    done = subprocess.run(words, cwd=pushed.path, env=env, capture_output=True, text=True, check=True)
    *_, counts = done.stdout.splitlines()
    assert counts == f"1 {sync.BATCH} 13"
    assert len(json.loads(done.stdout.rpartition("\n1 ")[0])) == sync.BATCH + 10
