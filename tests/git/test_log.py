"""gitblob log: the versions of one file."""

import json
import shutil

import pytest


def log(repo, *args, **options):
    return json.loads(repo.gitblob("log", "--json", *args, **options).stdout)


@pytest.mark.parametrize("path", ["x.bin", "a b/ü.bin", "-dash.bin", "new\nline.bin", "odd\udce9.bin"], ids=ascii)
def test_versions(repo, path):
    repo.write(path, b"one" * 1000)
    first = repo.commit("first")
    repo.write(path, b"three" * 1000)
    repo.commit("second: ü")
    repo.git("rm", "-q", "--", path)
    repo.git("commit", "-q", "-m", "gone")
    found = log(repo, "--", path)
    assert [(v["subject"], v["size"], v["removed"]) for v in found] == [
        ("gone", None, True),
        ("second: ü", 5000, False),
        ("first", 3000, False),
    ]
    assert found[0]["oid"] is None
    assert found[1]["oid"].startswith("sha256:")
    assert found[2]["commit"] == first
    assert [v["subject"] for v in log(repo, "--rev", first, "--", path)] == ["first"]


def test_raw_versions_and_the_table(repo):
    repo.write("notes.txt", "text\n")
    repo.commit("raw")
    lines = repo.gitblob("log", "notes.txt").stdout.splitlines()
    assert lines[0].split() == ["commit", "date", "author", "size", "change", "oid", "subject"]
    assert lines[1].split()[-4:] == ["5", "new", "raw", "raw"]


def test_from_a_folder(repo):
    repo.write("sub/x.bin", b"x" * 3000)
    repo.commit("one")
    result = repo.sandbox.run("gitblob", "log", "--json", "x.bin", cwd=repo.path / "sub")
    assert [v["subject"] for v in json.loads(result.stdout)] == ["one"]


def test_no_such_path(repo):
    assert "gitblob ls" in repo.gitblob("log", "absent", ok=2).stderr
    assert "names no commit" in repo.gitblob("log", "--rev", "nowhere", "x", ok=2).stderr


def changes(repo, path):
    return [
        (v["subject"], *(v["change"][word] for word in ("grown", "start", "span", "appended")))
        for v in log(repo, "--", path)
    ]


@pytest.mark.parametrize("path", ["x.bin", "raw.txt"])
def test_what_a_version_changed(repo, path):
    old = bytes(range(256)) * 20
    steps = {
        "new": old,
        "appended": old + b"12345",
        "in place": old[:1000] + b"!" + old[1001:] + b"12345",
        "cut": old[:1000] + b"!" + old[1001:],
        "twice": old[:1000] + b"!" + old[1001:2000] + b"zz" + old[2001:],
        "removed in the middle": old[:1000] + b"!" + old[1001:2000],
        "emptied": b"",
    }
    for subject, data in steps.items():
        repo.write(path, data)
        repo.commit(subject)
    repo.git("rm", "-q", path)
    repo.git("commit", "-q", "-m", "gone")
    assert changes(repo, path) == [
        ("gone", 0, None, None, False),
        ("emptied", -2000, 0, 0, False),
        ("removed in the middle", -3121, 2000, 0, False),
        ("twice", 1, 2000, 2, False),
        ("cut", -5, 5120, 0, False),
        ("in place", 0, 1000, 1, False),
        ("appended", 5, 5120, 5, True),
        ("new", 5120, None, None, False),
    ]
    table = repo.gitblob("log", path).stdout.splitlines()
    assert " +5 appended " in table[-2]
    assert " +1, 2 at 2000 " in table[-5]
    assert " new " in table[-1]


def test_what_is_not_here_is_not_fetched(repo, remote, installed):
    repo.write("x.bin", b"1" * 9000)
    repo.commit("one")
    repo.write("x.bin", b"1" * 9001)
    repo.commit("two")
    repo.git("push", "-q")
    clone = installed.clone(remote)
    shutil.rmtree(clone.path / ".git/gitblob")
    shutil.move(remote / "gitblob", remote / "away")
    assert changes(clone, "x.bin") == [("two", 1, None, None, False), ("one", 9000, None, None, False)]


def test_the_newest_few_and_a_folder(repo):
    for number in (1, 2, 3):
        repo.write("sub/x.bin", b"x" * number * 1000)
        repo.write(f"sub/deep/{number}.txt", b"text")
        repo.commit(f"step {number}")
    repo.git("rm", "-q", "sub/deep/1.txt")
    repo.git("commit", "-q", "-m", "gone")
    found = log(repo, "sub")
    assert [(v["subject"], v["added"], v["changed"], v["removed"], v["grown"]) for v in found] == [
        ("gone", 0, 0, 1, -4),
        ("step 3", 1, 1, 0, 1004),
        ("step 2", 1, 1, 0, 1004),
        ("step 1", 2, 0, 0, 1004),
    ]
    assert log(repo, "-n", "2", "sub") == found[:2]
    assert [v["subject"] for v in log(repo, "-n", "1", "sub/x.bin")] == ["step 3"]
    assert len(log(repo, ".")) == 5
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    repo.write("sub/side.txt", "side")
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "-m", "merged", "side")
    assert {v["subject"] for v in log(repo, "-n", "2", "sub")} == {"side", "gone"}
    assert "1 new, 1 changed" in repo.gitblob("log", "sub").stdout
    assert "-n takes" in repo.gitblob("log", "-n", "0", "sub", ok=2).stderr


def test_the_data_version_of_each(repo):
    repo.write(".gitblob.yaml", "data:\n  set: {paths: [data], seed: 1}\n")
    for number in (1, 2, 1):
        repo.write("data/x.bin", b"%d" % number * 2000)
        repo.commit(f"step {number}")
    repo.write("data/y.bin", b"another")
    repo.commit("not this file")
    found = [v["data_versions"] for v in log(repo, "--data-version", "data/x.bin")]
    assert found[0] == found[2] != found[1]
    assert found[0][0].startswith("set@")
    assert len(found[0][0]) == len("set@") + 12
    assert f" {found[1][0]} " in repo.gitblob("log", "--data-version", "data/x.bin").stdout
    assert [v["data_versions"] for v in log(repo, "--data-version", ".gitattributes")] == [[]]
