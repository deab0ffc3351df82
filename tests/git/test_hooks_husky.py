"""husky, the real one: it owns core.hooksPath, and sets it again at every `npm install`."""

import os
import shutil
import subprocess

import pytest
from support.recorder import Recorder, tree

from gitblob.git import command, hooks


@pytest.fixture(scope="session")
def husky(tmp_path_factory):
    """A folder with node_modules/.bin/husky."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}')
    result = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "husky@9"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        pytest.skip(f"npm cannot get husky: {result.stderr.strip().splitlines()[-1:]}")
    return folder / "node_modules/.bin/husky"


def in_configuration(sandbox):
    return tuple(map(int, sandbox.run("git", "version").stdout.split()[2].split(".")[:2])) >= (2, 54)


@pytest.fixture
def repo(guarded):
    if in_configuration(guarded.sandbox):
        pytest.skip("this git has hooks in its configuration")
    return guarded


@pytest.fixture
def guarded(sandbox, husky, tmp_path):
    repo = sandbox.repo()
    sandbox.bare()
    repo.git("remote", "add", "origin", "../origin.git")
    sandbox.run(husky, cwd=repo.path)
    repo.seen = Recorder(tmp_path / "seen")
    repo.seen.script(repo.path / ".husky/pre-push", "husky")
    return repo


def test_husky_first_then_gitblob(sandbox, repo):
    before = tree(repo.path / ".husky")
    config = (repo.path / ".git/config").read_bytes()
    repo.gitblob("install", "--local")
    assert tree(repo.path / ".husky") == before
    shutil.copy(sandbox.home / "bin/gitblob", sandbox.home / "gitblob")
    repo.seen.script(sandbox.home / "bin/gitblob", "gitblob")
    repo.commit()
    repo.seen.order()
    repo.git("push", "-q", "origin", "main")
    assert repo.seen.order() == ["husky", "gitblob"]
    assert repo.seen.argv("husky") == ["origin", "../origin.git"]
    assert repo.seen.stdin("husky") == repo.seen.stdin("gitblob") != b""
    shutil.copy(sandbox.home / "gitblob", sandbox.home / "bin/gitblob")
    repo.gitblob("uninstall", "--local")
    assert tree(repo.path / ".husky") == before
    assert (repo.path / ".git/config").read_bytes() == config


def test_a_hook_of_husky_that_fails_stops_the_push(sandbox, repo):
    repo.gitblob("install", "--local")
    repo.commit()
    repo.seen.script(repo.path / ".husky/pre-push", "husky", status=3)
    assert (
        "husky - pre-push script failed (code 3)"
        in sandbox.run("git", "push", "-q", "origin", "main", cwd=repo.path, ok=1).stdout
    )
    assert sandbox.run("git", "show-ref", cwd=sandbox.root / "origin.git", ok=1).stdout == ""


def test_husky_prepared_again(sandbox, repo, husky, monkeypatch):
    monkeypatch.setenv("PATH", sandbox.env["PATH"])
    repo.gitblob("install", "--local")
    sandbox.run(husky, cwd=repo.path)
    assert repo.git("config", "core.hooksPath") == ".husky/_\n"
    os.utime(repo.path / ".git/config")
    assert "those in .husky/_ first" in hooks.ensure(command.find(str(repo.path)))
    repo.commit()
    repo.seen.script(sandbox.home / "bin/gitblob", "gitblob")
    repo.seen.order()
    repo.git("push", "-q", "origin", "main")
    assert repo.seen.order() == ["husky", "gitblob"]


def test_beside_hooks_in_the_configuration(sandbox, guarded):
    if not in_configuration(sandbox):
        pytest.skip("this git has no hooks in its configuration")
    guarded.gitblob("install")
    guarded.gitblob("track", "*.bin")
    guarded.commit()
    guarded.seen.script(sandbox.home / "bin/gitblob", "gitblob")
    guarded.git("push", "-q", "origin", "main")
    assert guarded.seen.order() == ["gitblob", "husky"]
    assert guarded.git("config", "core.hooksPath") == ".husky/_\n"
