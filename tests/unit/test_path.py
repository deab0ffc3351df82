"""Modules that a commit brings are not imported: git starts the filter in the work tree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gitblob

HOME = str(Path(gitblob.__file__).parents[1])
RUN = "from gitblob.__main__ import main; import hashlib, json; print(hashlib.__file__)"


@pytest.mark.parametrize("given", ["{home}:", ":{home}", ".:{home}", "{home}:sub", "sub/../.:{home}"])
def test_an_empty_or_relative_entry_leads_to_no_planted_module(tmp_path, given):
    script = tmp_path / "bin/gitblob"
    script.parent.mkdir()
    script.write_text(RUN)
    work = tmp_path / "work"
    for folder in (work, work / "sub"):
        folder.mkdir()
        for name in ("hashlib", "json", "typing", "subprocess"):
            (folder / f"{name}.py").write_text("print('planted')\n")
    path = given.format(home=HOME)
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, script], cwd=work, env=env, capture_output=True, text=True, check=True)
    assert "planted" not in done.stdout
    assert done.stdout.strip().endswith("hashlib.py")
    assert str(work) not in done.stdout


@pytest.mark.parametrize("given", ["", ":", "sub", "/abs:", "/abs"])
def test_what_stays(tmp_path, monkeypatch, given):
    monkeypatch.chdir(tmp_path)
    here, sub = str(tmp_path), str(tmp_path / "sub")
    path = ["", "rel", here, sub, "/abs", HOME]
    gone = {"": set(), ":": {here}, "sub": {sub}, "/abs:": {here}, "/abs": set()}[given]
    assert gitblob._trusted(path, given) == [entry for entry in path[2:] if entry not in gone]


def test_the_place_of_the_package_itself_stays(monkeypatch):
    monkeypatch.chdir(HOME)
    assert gitblob._trusted([HOME, "/abs"], ".") == [HOME, "/abs"]
