"""gitblob log: the versions of one file."""

import json

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
    assert lines[0].split() == ["commit", "date", "author", "size", "oid", "subject"]
    assert lines[1].split()[-3:] == ["5", "raw", "raw"]


def test_from_a_folder(repo):
    repo.write("sub/x.bin", b"x" * 3000)
    repo.commit("one")
    result = repo.sandbox.run("gitblob", "log", "--json", "x.bin", cwd=repo.path / "sub")
    assert [v["subject"] for v in json.loads(result.stdout)] == ["one"]


def test_no_such_path(repo):
    assert "gitblob ls" in repo.gitblob("log", "absent", ok=2).stderr
    assert "names no commit" in repo.gitblob("log", "--rev", "nowhere", "x", ok=2).stderr
