"""Fixtures for every test: a hermetic sandbox; touching the real home fails."""

import os
from pathlib import Path

import pytest
from support.sandbox import Repo, Sandbox, clean_environment


@pytest.fixture(autouse=True)
def _hermetic(tmp_path, monkeypatch):
    """Code under test that runs in this process sees the same empty home as the programs do."""
    home = tmp_path / "home"
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_")):
            monkeypatch.delenv(name)
    for name, value in clean_environment(home).items():
        if name not in {"PATH", "PYTHONPATH"}:
            monkeypatch.setenv(name, value)
    assert Path.home() == home


@pytest.fixture
def sandbox(tmp_path) -> Sandbox:
    """An empty home with git configured and gitblob on the PATH, but not installed."""
    return Sandbox(tmp_path)


@pytest.fixture
def installed(sandbox) -> Sandbox:
    """The same after `gitblob install`."""
    sandbox.run("gitblob", "install")
    return sandbox


@pytest.fixture
def repo(installed) -> Repo:
    """A repository that tracks `*.bin`, with one commit."""
    repo = installed.repo()
    repo.gitblob("track", "*.bin")
    repo.commit("track")
    return repo


@pytest.fixture
def remote(installed, repo) -> Path:
    """A bare remote of `repo`, named origin, that has its commit."""
    path = installed.bare()
    repo.git("remote", "add", "origin", str(path))
    repo.git("push", "-q", "-u", "origin", "main")
    return path
