"""lefthook, the real one: it puts any other hook aside, and writes its own again whenever its settings change."""

import os
import shutil
import subprocess

import pytest
from support.recorder import Recorder, tree

BOTH = ["lefthook", "gitblob"]


@pytest.fixture(scope="session")
def lefthook(tmp_path_factory):
    """The program."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}')
    result = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "lefthook"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        pytest.skip(f"npm cannot get lefthook: {result.stderr.strip().splitlines()[-1:]}")
    return folder / "node_modules/.bin/lefthook"


def settings(repo, tmp_path, more=""):
    lines = [
        f"{name}:\n  commands:\n    seen:\n      run: {tmp_path}/seen/check\n" for name in ("pre-commit", "pre-push")
    ]
    repo.write("lefthook.yml", "".join(lines) + more)


def version(sandbox):
    return tuple(map(int, sandbox.run("git", "version").stdout.split()[2].split(".")[:2]))


@pytest.fixture
def repo(guarded):
    if version(guarded.sandbox) >= (2, 54):
        pytest.skip("this git has hooks in its configuration")
    return guarded


@pytest.fixture
def guarded(sandbox, lefthook, tmp_path):
    if version(sandbox) < (2, 31):
        pytest.skip("lefthook needs git 2.31")
    sandbox.env["LEFTHOOK_BIN"] = str(lefthook)
    sandbox.env["CI"] = "true"
    repo = sandbox.repo()
    sandbox.bare()
    repo.git("remote", "add", "origin", "../origin.git")
    repo.seen = Recorder(tmp_path / "seen")
    repo.seen.script(tmp_path / "seen/check", "lefthook")
    settings(repo, tmp_path)
    return repo


def work(sandbox, repo):
    """What runs at a commit and at a push; gitblob does its work, too."""
    real = sandbox.home / "bin/git-blob"
    ours = sandbox.home / "bin/gitblob"
    ours.write_text(f'#!/bin/sh\n[ "$1" != hook ] || echo gitblob >>"{repo.seen.log}"\nexec {real} "$@"\n')
    repo.seen.order()
    repo.write("file", os.urandom(8).hex())  # without a file lefthook has nothing to run for
    repo.commit()
    commit = repo.seen.order()
    repo.git("push", "-q", "origin", "HEAD:main")
    return commit, repo.seen.order()


def test_lefthook_first(sandbox, repo, lefthook):
    sandbox.run(lefthook, "install", cwd=repo.path)
    before = tree(repo.path / ".git/hooks")
    repo.gitblob("install", "--local")
    assert work(sandbox, repo) == (BOTH, BOTH)
    repo.gitblob("uninstall", "--local")
    assert tree(repo.path / ".git/hooks") == before


def test_beside_hooks_in_the_configuration(sandbox, guarded, lefthook):
    if version(sandbox) < (2, 54):
        pytest.skip("this git has no hooks in its configuration")
    guarded.gitblob("install")
    guarded.gitblob("track", "*.bin")
    sandbox.run(lefthook, "install", cwd=guarded.path)
    assert work(sandbox, guarded) == (BOTH[::-1], BOTH[::-1])


def test_gitblob_first(sandbox, repo, lefthook):
    """It puts ours aside; the next use of the filter, or `gitblob install`, brings them back."""
    repo.gitblob("install", "--local")
    sandbox.run(lefthook, "install", cwd=repo.path)
    assert work(sandbox, repo) == (["lefthook"], ["lefthook"])
    assert "would not run" in repo.gitblob("doctor", ok=1).stdout
    repo.gitblob("track", "*.bin")
    repo.write("a.bin", os.urandom(3000))
    repo.git("add", ".")
    assert work(sandbox, repo) == (BOTH, BOTH)
    assert list((sandbox.root / "origin.git/gitblob").glob("[0-9a-f][0-9a-f]/*"))


def test_lefthook_writes_its_hooks_again(sandbox, repo, lefthook, tmp_path):
    """It does so in the middle of a commit; ours follow in the same commit."""
    sandbox.run(lefthook, "install", cwd=repo.path)
    repo.gitblob("install", "--local")
    checksum = repo.path / ".git/info/lefthook.checksum"
    for number in range(3):
        settings(repo, tmp_path, f"colors: false\nmin_version: 1.{number}.0\n")
        os.utime(repo.path / "lefthook.yml", (number, number))  # lefthook looks at the second
        before = checksum.read_text()
        assert work(sandbox, repo) == (BOTH, BOTH)
        assert checksum.read_text() != before
    repo.gitblob("uninstall", "--local")
    assert work(sandbox, repo) == (["lefthook"], ["lefthook"])
    assert not [name for name in tree(repo.path / ".git/hooks") if "gitblob" in name or name.endswith(".old")]


def test_a_failing_job_of_lefthook_stops_the_push(sandbox, repo, lefthook, tmp_path):
    repo.gitblob("install", "--local")
    sandbox.run(lefthook, "install", cwd=repo.path)
    repo.gitblob("install", "--local")
    repo.commit()
    repo.seen.script(tmp_path / "seen/check", "lefthook", status=3)
    repo.seen.order()
    repo.git("push", "-q", "origin", "main", ok=1)
    assert repo.seen.order() == ["lefthook"]
    assert sandbox.run("git", "show-ref", cwd=sandbox.root / "origin.git", ok=1).stdout == ""
