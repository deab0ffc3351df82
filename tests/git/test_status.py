"""gitblob status and ls against real stores."""

import json
import os
import shutil

import pytest

BLOB = 20000


def status(repo):
    return json.loads(repo.gitblob("status", "--json").stdout)


def listing(repo, *args):
    return {entry["path"]: entry for entry in json.loads(repo.gitblob("ls", "--json", *args).stdout)}


def names(files):
    return [file["path"] for file in files]


def test_a_fresh_repository(repo):
    found = status(repo)
    assert found["tracked"] == {"files": 0, "bytes": 0}
    assert found["rules"] == [{"file": ".gitattributes", "line": 1, "pattern": "*.bin"}]
    assert found["stores"] == []
    assert "gitblob store add" in repo.gitblob("status").stdout


def test_before_the_first_commit(installed):
    repo = installed.repo()
    assert "nothing is tracked" in repo.gitblob("status").stdout
    repo.gitblob("track", "*.bin")
    repo.write("x.bin", os.urandom(BLOB))
    repo.git("add", ".")
    assert names(status(repo)["staged"]) == ["x.bin"]
    assert list(listing(repo)) == ["x.bin"]


def test_the_way_of_a_file(repo, remote):
    repo.write("x.bin", os.urandom(BLOB))
    repo.git("add", ".")
    found = status(repo)
    assert found["staged"] == [{"path": "x.bin", "size": BLOB}]
    (store,) = found["stores"]
    assert [blob["size"] for blob in store["missing"]] == [BLOB]
    assert listing(repo, "HEAD") == {}
    repo.git("commit", "-q", "-m", "x")
    assert listing(repo)["x.bin"]["cached"] is True
    assert listing(repo)["x.bin"]["stored"] is False
    repo.git("push", "-q")
    found = status(repo)
    assert found["staged"] == found["stores"][0]["missing"] == []
    assert found["tracked"] == {"files": 1, "bytes": BLOB}
    assert listing(repo)["x.bin"]["stored"] is True
    assert "nothing to upload" in repo.gitblob("status").stdout


def test_modified_is_what_differs_not_what_was_touched(repo):
    for name in "abcd":
        repo.write(f"{name}.bin", os.urandom(BLOB))
    repo.commit()
    os.utime(repo.path / "a.bin", (1, 1))
    repo.write("b.bin", os.urandom(BLOB))
    repo.write("c.bin", b"short")
    repo.write("d.bin", repo.stored("a.bin"))
    assert names(status(repo)["modified"]) == ["b.bin", "c.bin", "d.bin"]
    (repo.path / "b.bin").unlink()
    assert names(status(repo)["modified"]) == ["c.bin", "d.bin"]


def test_pending(repo, remote):
    data = {"a b.bin": os.urandom(BLOB), "sub/ü\n.bin": os.urandom(BLOB), "tiny.bin": b"x"}
    for name, content in data.items():
        repo.write(name, content)
    repo.commit()
    repo.git("push", "-q")
    shutil.move(remote / "gitblob", remote / "away")
    clone = repo.sandbox.clone(remote)
    assert sorted(names(status(clone)["pending"])) == sorted(data)
    assert status(clone)["modified"] == []
    assert "gitblob pull" in clone.gitblob("status").stdout
    clone.write("tiny.bin", b"# gitblob v1: nonsense\n")
    assert names(status(clone)["modified"]) == ["tiny.bin"]
    shutil.move(remote / "away", remote / "gitblob")
    clone.git("checkout", "-q", "tiny.bin")
    clone.gitblob("pull")
    assert status(clone)["pending"] == []
    assert {name: clone.read(name) for name in data} == data


def test_raw_and_malformed_files_under_a_rule(repo):
    bad = b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:../../x\nsize: 1\n"
    config = (
        "-c",
        "filter.gitblob.process=",
        "-c",
        "filter.gitblob.required=false",
        "-c",
        "core.hooksPath=/nowhere",
        "-c",
        "gitblob.hooks=false",
    )
    for name, data in {"raw.bin": b"x" * 5000, "small.bin": b"x", "empty.bin": b"", "bad.bin": bad}.items():
        repo.write(name, data)
    repo.git(*config, "add", ".")
    repo.git(*config, "commit", "-q", "-m", "without gitblob")
    found = status(repo)
    assert found["raw"] == ["raw.bin", "small.bin"]
    assert [entry["path"] for entry in found["malformed"]] == ["bad.bin"]
    assert "gitblob track --fix" in repo.gitblob("status").stdout
    result = repo.gitblob("ls", ok=1)
    assert "bad.bin" in result.stderr


def test_a_store_that_cannot_be_asked(repo, remote):
    repo.write("x.bin", os.urandom(BLOB))
    repo.commit()
    remote.rename(remote.with_name("away"))
    assert status(repo)["stores"] == []
    assert "no git repository at" in repo.gitblob("status").stdout
    assert listing(repo)["x.bin"]["stored"] is None


def test_ls_of_revisions_and_paths(repo):
    repo.write("a/x.bin", b"1" * BLOB)
    first = repo.commit()
    repo.write("a/x.bin", b"2" * BLOB)
    repo.write("b/y.bin", b"3" * BLOB)
    repo.write("-z.bin", b"4" * BLOB)
    repo.commit()
    assert list(listing(repo, first)) == ["a/x.bin"]
    assert list(listing(repo, first)) != list(listing(repo))
    assert list(listing(repo, "HEAD", "b")) == ["b/y.bin"]
    assert list(listing(repo, "b")) == ["b/y.bin"]
    assert list(listing(repo, "HEAD", "--", "-z.bin")) == ["-z.bin"]
    below = repo.sandbox.run("gitblob", "ls", "--json", "HEAD", ".", cwd=repo.path / "b").stdout
    assert [entry["path"] for entry in json.loads(below)] == ["b/y.bin"]
    assert repo.gitblob("ls", "nowhere", ok=2).stderr
    assert repo.gitblob("ls", "HEAD", "../outside", ok=2).stderr
    assert repo.gitblob("ls", first).stdout.splitlines()[1].split()[1:] == [str(BLOB), "yes", "?", "a/x.bin"]


def test_ls_in_a_bare_repository(repo, remote):
    repo.write("x.bin", os.urandom(BLOB))
    repo.commit()
    repo.git("push", "-q")
    found = json.loads(repo.sandbox.run("gitblob", "ls", "--json", "main", cwd=remote).stdout)
    assert [(entry["path"], entry["cached"]) for entry in found] == [("x.bin", True)]


def test_status_says_what_a_conflict_leaves(repo):
    repo.write("x.bin", os.urandom(BLOB))
    repo.commit()
    repo.git("checkout", "-q", "-b", "theirs")
    repo.write("x.bin", os.urandom(BLOB))
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("x.bin", os.urandom(BLOB))
    repo.commit()
    repo.git("merge", "theirs", ok=1)
    assert status(repo)["tracked"]["files"] == 0


@pytest.mark.parametrize("verb", ["status", "ls", "log", "cat"])
def test_outside_of_a_repository(installed, verb):
    arguments = {"log": ["x"], "cat": ["HEAD:x"]}.get(verb, [])
    assert "not inside a git repository" in installed.run("gitblob", verb, *arguments, ok=10).stderr
