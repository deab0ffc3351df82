"""prune frees what a store has and nobody needs now, and never the only copy."""

import os

import pytest

from gitblob import workspace
from gitblob.errors import UsageError
from gitblob.ops import prune

SIZE = 5 << 20


def cached(repo):
    return {path.parent.name + path.name for path in (repo.path / ".git/gitblob").glob("[0-9a-f][0-9a-f]/*")}


def versions(repo, number):
    for _ in range(number):
        repo.write("a.bin", os.urandom(SIZE))
        repo.commit()


def test_old_versions_go_when_a_store_has_them_and_come_back(repo, remote):
    versions(repo, 3)
    old = repo.git("show", "HEAD~2:a.bin")
    repo.git("push", "-q")
    assert len(cached(repo)) == 3
    assert "would free 2 blob(s), 10.0 MiB" in repo.gitblob("prune", "-n").stdout
    assert len(cached(repo)) == 3
    assert "freed 2 blob(s)" in repo.gitblob("prune").stdout
    assert len(cached(repo)) == 1
    repo.git("checkout", "-q", "HEAD~2")
    assert len(repo.read("a.bin")) == SIZE
    assert repo.status() == ""
    assert repo.git("show", "HEAD:a.bin") == old


def test_what_no_store_has_stays(repo, remote):
    versions(repo, 2)
    repo.git("push", "-q")
    versions(repo, 2)
    repo.write("a.bin", os.urandom(SIZE))
    repo.git("add", "a.bin")
    repo.write("a.bin", os.urandom(SIZE))
    repo.git("add", "a.bin")  # the former staged content is in no commit and on no store
    before = cached(repo)
    result = repo.gitblob("prune").stdout
    assert "freed 2 blob(s)" in result
    assert "kept 2 blob(s), 10.0 MiB, that no store has" in result
    assert len(before - cached(repo)) == 2


def test_without_a_store_nothing_goes(repo):
    versions(repo, 2)
    repo.gitblob("prune")
    assert len(cached(repo)) == 2


def test_a_store_that_cannot_be_asked_stops_it(repo, tmp_path):
    repo.gitblob("store", "add", "main", str(tmp_path / "store"))
    versions(repo, 2)
    repo.gitblob("push")
    (tmp_path / "store").rename(tmp_path / "unplugged")
    before = cached(repo)
    result = repo.gitblob("prune", ok=15)
    assert "store" in result.stderr
    assert cached(repo) == before


def test_other_work_trees_and_the_stash_keep_what_they_need(repo, remote):
    versions(repo, 3)
    repo.write("a.bin", os.urandom(SIZE))
    repo.git("stash", "-q")
    repo.git("push", "-q", "origin", "main", "stash@{0}:refs/heads/stash")
    repo.git("worktree", "add", "-q", "../old", "HEAD~2")
    assert "freed 1 blob(s)" in repo.gitblob("prune").stdout
    repo.git("stash", "pop", "-q")
    assert len(repo.read("a.bin")) == SIZE


def test_a_damaged_copy_at_the_store_is_no_copy(repo, remote):
    versions(repo, 2)
    repo.git("push", "-q")
    for name in cached(repo):
        path = remote / "gitblob" / name[:2] / name[2:]
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert "freed 0 blob(s)" in repo.gitblob("prune").stdout
    assert len(cached(repo)) == 2


@pytest.mark.parametrize("spelling", ["file", "link"])
def test_a_store_that_is_the_cache_by_another_road_is_no_store(repo, spelling):
    """A cloned repository could set this up with a link that it brings along."""
    (repo.path / "cache").symlink_to(".git/gitblob")
    url = {"file": "file://" + str(repo.path / ".git/gitblob").replace("t", "%74"), "link": "cache"}[spelling]
    repo.write(".gitblob.yaml", f"version: 1\nstores: {{data: '{url}'}}\n")
    versions(repo, 2)
    for folder in (".", "sub"):
        (repo.path / folder).mkdir(exist_ok=True)
        repo.sandbox.run("gitblob", "prune", cwd=repo.path / folder, ok=None)
        assert len(cached(repo)) == 2


def test_the_cache_of_a_remote_is_not_its_store(repo):
    """A remote that is this very repository proves nothing."""
    repo.git("remote", "add", "self", str(repo.path))
    versions(repo, 2)
    repo.gitblob("prune", ok=None)
    assert len(cached(repo)) == 2


def test_a_shared_cache_that_is_a_store_is_not_freed(repo, remote, tmp_path, monkeypatch):
    """Though another store has it all: those who read this one would lose it. As another user's, files come as copies."""
    store = tmp_path / "store"
    repo.gitblob("store", "add", "team", str(store))
    repo.git("config", "gitblob.cacheDir", str(store))
    versions(repo, 2)
    repo.git("push", "-q")
    before = sorted(store.glob("[0-9a-f][0-9a-f]/*"))
    assert len(before) == 2
    if os.geteuid() == 0:
        for path in before:
            os.chown(path, 61001, 61000)
    monkeypatch.setattr(prune, "GRACE", -10)
    monkeypatch.chdir(repo.path)
    with pytest.raises(UsageError, match="store team is the very folder"):
        prune.prune(workspace.open(), force=True)
    assert sorted(store.glob("[0-9a-f][0-9a-f]/*")) == before
