import sys

import pytest

from gitblob.errors import HookError
from gitblob.git import program


def executable(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_running_program_by_its_real_path(tmp_path, monkeypatch):
    real = executable(tmp_path / "opt/gitblob")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gitblob").symlink_to(real)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "bin/gitblob"), "install"])
    assert program.find(str(tmp_path / "work")) == str(real)


def test_git_blob_stands_for_its_neighbour(tmp_path, monkeypatch):
    real = executable(tmp_path / "bin/gitblob")
    monkeypatch.setattr(sys, "argv", [str(executable(tmp_path / "bin/git-blob"))])
    assert program.find(None) == str(real)


def test_else_the_one_on_the_path(tmp_path, monkeypatch):
    real = executable(tmp_path / "bin/gitblob")
    monkeypatch.setattr(sys, "argv", ["pytest"])
    monkeypatch.setenv("PATH", str(real.parent))
    assert program.find(None) == str(real)


def test_none_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["pytest"])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HookError, match="not on the PATH"):
        program.find(None)


def test_never_from_the_work_tree(tmp_path, monkeypatch):
    work = tmp_path / "work"
    monkeypatch.setattr(sys, "argv", [str(executable(work / ".venv/bin/gitblob"))])
    with pytest.raises(HookError, match="lies in the work tree"):
        program.find(str(work))


def test_nor_through_a_link_in_the_work_tree(tmp_path, monkeypatch):
    real = executable(tmp_path / "bin/gitblob")
    work = tmp_path / "work"
    work.mkdir()
    (work / "gitblob").symlink_to(real)
    monkeypatch.setattr(sys, "argv", [str(work / "gitblob")])
    with pytest.raises(HookError):
        program.find(str(work))


def test_a_word_of_sh():
    assert program.quoted("/a b/it's") == "'/a b/it'\\''s'"
