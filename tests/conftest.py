"""Fixtures for every test: a hermetic sandbox; touching the real home fails."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from support.sandbox import Repo, Sandbox, clean_environment
from support.templates import Templates

pytest.register_assert_rewrite("gitblob.store.conformance")  # else its asserts would not say what they saw
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job, and all it starts, would ignore it


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="run the long tests, too (marker `full`)")
    parser.addoption("--share", default="1/1", metavar="N/M", help="of the long tests, the N-th of M shares")


def pytest_collection_modifyitems(config, items):
    """Leave out the long tests unless they, or a share of them, are asked for."""
    share, shares = map(int, config.getoption("--share").split("/"))
    long = [item for item in items if item.get_closest_marker("full")]
    wanted = set(long[share - 1 :: shares]) if config.getoption("--full") else set()
    if left := [item for item in long if item not in wanted]:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


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
    if git := os.environ.get("GITBLOB_TEST_GIT"):
        monkeypatch.setenv("PATH", f"{git}{os.pathsep}{os.environ['PATH']}")
    assert Path.home() == home


@pytest.fixture
def sandbox(tmp_path) -> Sandbox:
    """An empty home with git configured and gitblob on the PATH, but not installed."""
    return Sandbox(tmp_path)


@pytest.fixture(scope="session")
def templates(tmp_path_factory) -> Templates:
    """What the next three copy."""
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def installed(sandbox, templates) -> Sandbox:
    """The same after `gitblob install`."""
    templates.install(sandbox)
    return sandbox


@pytest.fixture
def repo(installed, templates) -> Repo:
    """A repository that tracks `*.bin`, with one commit."""
    return templates.begin(installed)


@pytest.fixture
def remote(installed, repo, templates) -> Path:
    """A bare remote of `repo`, named origin, that has its commit."""
    return templates.push(installed, repo)


@pytest.fixture
def other_device(tmp_path):
    """A directory on another file system, so that links cannot reach it."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev or not os.access(memory, os.W_OK):
        pytest.skip("there is no second file system here")
    place = Path(tempfile.mkdtemp(dir=memory, prefix="gitblob-test-"))
    yield place
    shutil.rmtree(place)


@pytest.fixture
def mount(tmp_path):
    """Mount a tmpfs with options; its path."""
    mounted = []

    def make(options: str, name: str = "mnt") -> Path:
        place = tmp_path / name
        place.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield make
    for place in reversed(mounted):
        subprocess.run(["umount", "--lazy", place], check=True)
