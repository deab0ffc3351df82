"""jj (Jujutsu) in a colocated repository: it runs no filter and no hook.

GITBLOB_TEST_JJ is a folder with a `jj` (`.ci/debian-jj`); jj itself asks for git 2.42 to fetch and to push.
"""

import os
import re
import shutil
from pathlib import Path

import pytest

from gitblob.model import pointer

LARGE = 5 << 20  # late
JJ = shutil.which("jj", path=os.environ.get("GITBLOB_TEST_JJ")) or shutil.which("jj")

pytestmark = pytest.mark.skipif(JJ is None, reason="no jj on the PATH and none named by GITBLOB_TEST_JJ")


class Jj:
    """A colocated repository with two commits, `old` and `new`, each with a small and a large blob in `data`."""

    def __init__(self, repo):
        self.repo = repo
        self.contents = {}
        repo.write("code.py", "1\n")
        for version in ("old", "new"):
            for name, size in (("data/a.bin", 3000), ("data/large.bin", LARGE)):
                self.contents[version, name] = os.urandom(size)
                repo.write(name, self.contents[version, name])
            repo.commit(version)
            repo.git("tag", version)
        self.env = {"JJ_USER": "A", "JJ_EMAIL": "a@example.invalid", "JJ_CONFIG": str(repo.sandbox.home / "jj.toml")}
        Path(self.env["JJ_CONFIG"]).write_text('[revset-aliases]\n"immutable_heads()" = "none()"\n')
        self("git", "init", "--colocate")

    def __call__(self, *argv, ok=0):
        return self.repo.sandbox.run(JJ, *argv, cwd=self.repo.path, env=self.env, ok=ok).stdout

    def names(self):
        return ["data/a.bin", "data/large.bin"]

    def stubs(self):
        return [name for name in self.names() if pointer.decode(self.repo.read(name)[:1025])]

    def stands(self, version):
        return all(self.repo.read(name) == self.contents[version, name] for name in self.names())

    def raw_in(self, rev):
        return [name for name in self.names() if not pointer.decode(self.repo.stored(name, rev)[:1025])]

    def commit_id(self, rev="@"):
        return self("log", "--no-graph", "-r", rev, "-T", "commit_id").strip()


@pytest.fixture
def jj(repo):
    return Jj(repo)


def sparse(jj):
    """What `gitblob help clients` says: jj keeps its hands off the tracked files."""
    jj("sparse", "set", "--clear", "--add", ".gitattributes", "--add", "code.py")
    jj("restore")
    jj.repo.git("restore", "data")


def test_jj_takes_content_for_a_change(jj):
    """The reason for the page: a snapshot of the working copy holds content, not pointers."""
    assert "M data/a.bin" in jj("status")
    assert jj.raw_in(jj.commit_id()) == jj.names()
    assert jj.repo.status() == ""


def test_what_jj_checks_out_is_healed_by_pull(jj):
    jj("new", "old")
    assert jj.stubs() == jj.names()
    assert "pending: 2 files" in jj.repo.gitblob("status").stdout
    assert jj.repo.git("diff") == ""
    jj.repo.gitblob("pull")
    assert jj.stands("old")
    assert jj.repo.status() == ""
    jj("edit", "new")
    assert jj.stubs() == jj.names()
    jj.repo.gitblob("pull")
    assert jj.stands("new")


def test_what_jj_has_snapshotted_is_found_and_mended(jj, installed):
    remote = installed.bare()
    repo = jj.repo
    repo.git("remote", "add", "origin", str(remote))
    repo.git("push", "-q", "origin", "main")
    repo.write("code.py", "2\n")
    jj("commit", "-m", "raw")
    commit = jj.commit_id("@-")
    assert jj.raw_in(commit) == jj.names()
    assert f"data/a.bin (since commit {commit[:12]})" in repo.gitblob("status").stdout
    assert f"raw-file: {commit[:12]}: data/a.bin" in repo.gitblob("fsck", "--pointers", "origin/main..", ok=1).stdout
    assert f"commit {commit[:12]} brings data/a.bin" in repo.git_result("push", "origin", "HEAD:main", ok=1).stderr
    repo.gitblob("track", "--fix")
    repo.git("commit", "-q", "--amend", "-m", "pointers")
    repo.git("push", "-q", "origin", "HEAD:main")
    assert "nothing found" in repo.gitblob("fsck", "--pointers", "--all").stderr
    assert jj.raw_in("HEAD") == []
    assert jj.stands("new")


def test_with_sparse_patterns_jj_keeps_the_pointers(jj):
    sparse(jj)
    repo = jj.repo
    assert jj.stands("new")
    assert repo.status() == ""
    assert "no changes" in jj("status")
    repo.write("code.py", "2\n")
    jj("commit", "-m", "code by jj")
    assert jj.raw_in("HEAD") == []
    assert repo.git("show", "HEAD:code.py") == "2\n"
    assert jj.stands("new")
    jj("new", "old")
    assert jj.stands("new")  # jj leaves the files alone; git knows that they differ
    assert repo.git("diff", "--name-only").split() == jj.names()
    repo.git("restore", "data")
    assert jj.stands("old")
    assert repo.status() == ""
    assert "no changes" in jj("status")


def test_with_sparse_patterns_git_commits_the_files(jj):
    sparse(jj)
    data = os.urandom(LARGE)
    jj.repo.write("data/large.bin", data)
    jj.repo.git("add", "data")
    jj.repo.git("commit", "-q", "-m", "data by git")
    jj("status")
    assert jj.raw_in("HEAD") == []
    assert jj.commit_id("@-") == jj.repo.git("rev-parse", "HEAD").strip()
    assert jj.repo.read("data/large.bin") == data
    assert jj.repo.status() == ""


def test_jj_pushes_without_hooks_and_gitblob_push_brings_the_content(jj, installed):
    if tuple(map(int, re.findall(r"\d+", installed.run("git", "version").stdout)[:2])) < (2, 42):
        pytest.skip("jj pushes with git 2.42 and newer only")
    sparse(jj)
    remote = installed.bare()
    jj.repo.git("remote", "add", "origin", str(remote))
    jj("bookmark", "create", "feature", "-r", "new")
    jj("git", "push", "--bookmark", "feature")
    assert jj.repo.git("ls-remote", str(remote), "feature")
    assert not (remote / "gitblob").exists()
    jj.repo.gitblob("push", "--all")
    clone = installed.clone(remote, "clone", "-b", "feature")
    assert (clone.path / "data/large.bin").read_bytes() == jj.contents["new", "data/large.bin"]
