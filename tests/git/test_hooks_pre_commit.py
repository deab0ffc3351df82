"""The pre-commit framework, the real one, installed before gitblob, after it, and both."""

import shutil
import sys
from pathlib import Path

import pytest
from support.recorder import Recorder, tree

CONFIG = """repos:
- repo: local
  hooks:
  - {{id: checked, name: checked, entry: {script}, language: system, always_run: true, pass_filenames: false, stages: [pre-commit, pre-push, post-checkout, post-merge]}}
"""
STAGES = ("-t", "pre-push", "-t", "pre-commit", "-t", "post-checkout")


@pytest.fixture
def framework():
    path = Path(sys.executable).with_name("pre-commit")
    if not path.exists():
        pytest.skip("pre-commit is not installed")
    return path


def in_configuration(sandbox):
    return tuple(map(int, sandbox.run("git", "version").stdout.split()[2].split(".")[:2])) >= (2, 54)


@pytest.fixture
def repo(guarded):
    if in_configuration(guarded.sandbox):
        pytest.skip("this git has hooks in its configuration")
    return guarded


@pytest.fixture
def guarded(sandbox, framework, tmp_path):
    repo = sandbox.repo()
    sandbox.bare()
    repo.git("remote", "add", "origin", "../origin.git")
    repo.seen = Recorder(tmp_path / "seen")
    repo.seen.script(tmp_path / "check", "framework")
    repo.write(".pre-commit-config.yaml", CONFIG.format(script=tmp_path / "check"))
    repo.commit()
    repo.git("push", "-q", "origin", "main")  # for a new branch the framework lists files by an option of git 2.31
    return repo


def work(sandbox, repo):
    """What runs at a commit and at a push, with gitblob only recording."""
    real = sandbox.home / "real"
    shutil.copy2(sandbox.home / "bin/gitblob", real)
    repo.seen.script(sandbox.home / "bin/gitblob", "gitblob")
    repo.seen.order()
    repo.git("commit", "-q", "--allow-empty", "-m", "x")
    commit = sorted(repo.seen.order())
    repo.git("push", "-q", "origin", "main")
    push = sorted(repo.seen.order())
    if "gitblob" in push:
        assert repo.seen.stdin("gitblob").startswith(b"refs/heads/main ")
        assert repo.seen.argv("gitblob") == ["hook", "pre-push", "origin", "../origin.git"]
    shutil.copy2(real, sandbox.home / "bin/gitblob")
    return commit, push


BOTH = ["framework", "gitblob"]


def test_the_framework_first(sandbox, repo, framework):
    sandbox.run(framework, "install", *STAGES, cwd=repo.path)
    before = tree(repo.path / ".git/hooks")
    repo.gitblob("install", "--local")
    assert work(sandbox, repo) == (BOTH, BOTH)
    repo.gitblob("uninstall", "--local")
    assert tree(repo.path / ".git/hooks") == before
    assert work(sandbox, repo) == (["framework"], ["framework"])


def test_gitblob_first(sandbox, repo, framework):
    repo.gitblob("install", "--local")
    sandbox.run(framework, "install", *STAGES, cwd=repo.path)
    assert work(sandbox, repo) == (BOTH, BOTH)
    before = tree(repo.path / ".git/hooks")
    assert "were there already" in repo.gitblob("install", "--local").stdout
    assert tree(repo.path / ".git/hooks") == before
    repo.gitblob("uninstall", "--local")
    assert work(sandbox, repo) == (["framework"], ["framework"])
    assert not [name for name in tree(repo.path / ".git/hooks") if "legacy" in name or "gitblob" in name]


def test_the_framework_first_and_again_later(sandbox, repo, framework):
    sandbox.run(framework, "install", *STAGES, cwd=repo.path)
    before = tree(repo.path / ".git/hooks")
    repo.gitblob("install", "--local")
    sandbox.run(framework, "install", *STAGES, cwd=repo.path)
    assert work(sandbox, repo) == (BOTH, BOTH)
    repo.gitblob("install", "--local")
    assert work(sandbox, repo) == (BOTH, BOTH)
    repo.git("checkout", "-q", "-b", "other")
    assert repo.seen.order() == ["framework"]
    repo.gitblob("uninstall", "--local")
    assert tree(repo.path / ".git/hooks") == before


def test_the_framework_forced_over_gitblob(sandbox, repo, framework):
    repo.gitblob("install", "--local")
    sandbox.run(framework, "install", "-f", *STAGES, cwd=repo.path)
    assert work(sandbox, repo) == (["framework"], ["framework"])
    repo.gitblob("install", "--local")
    assert work(sandbox, repo) == (BOTH, BOTH)


def test_a_hook_of_ones_own_below_both(sandbox, repo, framework):
    own = repo.seen.script(repo.path / ".git/hooks/pre-push", "own")
    repo.gitblob("install", "--local")
    sandbox.run(framework, "install", *STAGES, cwd=repo.path)
    assert work(sandbox, repo) == (BOTH, sorted([*BOTH, "own"]))
    assert repo.seen.stdin("own") == repo.seen.stdin("gitblob")
    repo.gitblob("uninstall", "--local")
    assert work(sandbox, repo) == (["framework"], ["framework", "own"])
    sandbox.run(framework, "uninstall", *STAGES, cwd=repo.path)
    assert (repo.path / ".git/hooks/pre-push").read_bytes() == own


def test_the_framework_taken_away_gives_ours_back(sandbox, repo, framework):
    repo.gitblob("install", "--local")
    before = tree(repo.path / ".git/hooks")
    sandbox.run(framework, "install", *STAGES, cwd=repo.path)
    sandbox.run(framework, "uninstall", *STAGES, cwd=repo.path)
    assert tree(repo.path / ".git/hooks") == before


@pytest.mark.parametrize("order", ["the framework first", "gitblob first"])
def test_beside_hooks_in_the_configuration(sandbox, guarded, framework, order):
    if not in_configuration(sandbox):
        pytest.skip("this git has no hooks in its configuration")
    steps = [lambda: sandbox.run(framework, "install", *STAGES, cwd=guarded.path), lambda: guarded.gitblob("install")]
    for step in steps if order == "the framework first" else reversed(steps):
        step()
    guarded.gitblob("track", "*.bin")
    assert work(sandbox, guarded) == (BOTH, BOTH)
