"""One path's object name, found in the bytes of an index that git has written."""

import os

import pytest

from gitblob.git import lookup
from gitblob.git.lookup import Search


@pytest.fixture
def many(sandbox):
    """A repository with a hundred files, and the object names by path."""
    repo = sandbox.repo()
    for number in range(100):
        repo.write(f"folder/{number:03}.txt", f"{number}\n")
    repo.commit()
    lines = repo.git("ls-files", "-s").splitlines()
    return repo, {line.split("\t")[1].encode(): bytes.fromhex(line.split()[1]) for line in lines}


@pytest.mark.parametrize("near", [10, lookup.NEAR])
def test_every_path_is_found_in_whatever_order(many, near, monkeypatch):
    monkeypatch.setattr(lookup, "NEAR", near)
    repo, names = many
    search = Search(str(repo.path / ".git/index"), sha256=False)
    for path in [*names, *reversed(names)]:
        assert search.name(path) == names[path]
    assert search.name(b"100.txt") is None
    assert search.name(b"099.txt") is None  # the end of another path


def test_a_new_index_is_seen(many):
    repo, names = many
    search = Search(str(repo.path / ".git/index"), sha256=False)
    assert search.name(b"folder/000.txt") == names[b"folder/000.txt"]
    repo.write("folder/000.txt", "other")
    repo.git("add", ".")
    assert search.name(b"folder/000.txt").hex() == repo.git("rev-parse", ":folder/000.txt").strip()
    os.unlink(repo.path / ".git/index")
    assert search.name(b"folder/000.txt") is None


def test_searches_in_vain_come_to_an_end(many, monkeypatch):
    repo, names = many
    monkeypatch.setattr(lookup, "NEAR", 1)
    search = Search(str(repo.path / ".git/index"), sha256=False)
    for number in range(lookup.MISSES):
        assert search.name(b"new %d" % number) is None
    assert search.name(b"folder/050.txt") is None
    monkeypatch.setattr(lookup, "NEAR", 1 << 18)
    assert search.name(b"folder/050.txt") == names[b"folder/050.txt"]  # those that are near cost nothing
