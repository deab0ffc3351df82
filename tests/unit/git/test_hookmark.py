import os
import subprocess
import sys
import time

import pytest

from gitblob.git import hookmark
from gitblob.git.repository import Repository

HOT = {"gitblob", "gitblob.git", "gitblob.git.hookmark", "__future__"}


@pytest.fixture
def repository(tmp_path):
    git_dir = tmp_path / "r/.git"
    (git_dir / "hooks").mkdir(parents=True)
    (git_dir / "config").write_text("[core]\n")
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home/.gitconfig").write_text("")
    return Repository(str(tmp_path / "r"), str(git_dir), str(git_dir), str(git_dir / "index"))


def later(path):
    now = time.time_ns() + 10**9
    os.utime(path, ns=(now, now))


def test_stale_until_it_is_set(repository):
    assert not hookmark.is_current(repository)
    hookmark.set_current(repository)
    assert hookmark.is_current(repository)
    hookmark.remove(repository)
    assert not hookmark.is_current(repository)


@pytest.mark.parametrize("name", ["r/.git/config", "r/.git/hooks", "home/.gitconfig"])
def test_stale_after_a_change_of_what_decides(repository, tmp_path, name):
    hookmark.set_current(repository)
    later(tmp_path / name)
    assert not hookmark.is_current(repository)
    hookmark.set_current(repository)
    assert hookmark.is_current(repository)


def test_stale_in_a_repository_that_was_moved(repository, tmp_path):
    hookmark.set_current(repository)
    os.rename(tmp_path / "r", tmp_path / "moved")
    git_dir = str(tmp_path / "moved/.git")
    assert not hookmark.is_current(Repository(str(tmp_path / "moved"), git_dir, git_dir, f"{git_dir}/index"))


def test_current_through_a_link_to_the_repository(repository, tmp_path):
    hookmark.set_current(repository)
    os.symlink(tmp_path / "r", tmp_path / "link")
    git_dir = str(tmp_path / "link/.git")
    assert hookmark.is_current(Repository(str(tmp_path / "link"), git_dir, git_dir, f"{git_dir}/index"))


def test_it_loads_nothing():
    code = "import sys; a = set(sys.modules); import gitblob.git.hookmark; print(*(set(sys.modules) - a))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) <= HOT
