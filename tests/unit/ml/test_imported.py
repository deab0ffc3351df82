"""Which packages a process has imported, held against what importlib.metadata says with much more reading."""

import importlib
import json
import sys
from importlib import metadata

import pytest

from gitblob.ml.experiments import imported


def test_the_same_as_importlib_says():
    for module in ("yaml", "packaging", "pygit2"):  # one of them under another name than its package's
        importlib.import_module(module)
    owners = metadata.packages_distributions()
    modules = {name.partition(".")[0] for name in list(sys.modules)}
    expected = {name: metadata.version(name) for module in modules for name in owners.get(module, ())}
    found = imported.packages()
    assert {"PyYAML", "packaging", "pygit2"} <= found.keys()
    assert expected.items() <= found.items()
    assert {name for name in found if name not in expected} <= {"gitblob"}  # installed from its sources


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"top_level.txt": "json\n", "METADATA": "Name: Some-Thing\nVersion: 1\n"}, {"Some-Thing": "1"}),
        ({"RECORD": '"json/a,b.py",,\n', "METADATA": "Name: thing\nVersion: 2\n"}, {"thing": "2"}),
        ({"RECORD": "json.cpython-311-x86_64-linux-gnu.so,,\n", "METADATA": "Name: c\nVersion: 3\n"}, {"c": "3"}),
        ({"RECORD": "../../bin/json,,\njson-1.dist-info/RECORD,,\n", "METADATA": "Name: d\nVersion: 4\n"}, {}),
        ({"RECORD": "json/a.py,,\n"}, {}),
        ({}, {}),
    ],
)
def test_how_a_package_says_what_it_brings(tmp_path, monkeypatch, files, expected):
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "absent.zip")])
    monkeypatch.setattr(sys, "stdlib_module_names", frozenset())
    assert json
    (tmp_path / "thing-1.dist-info").mkdir()
    for name, text in files.items():
        (tmp_path / "thing-1.dist-info" / name).write_text(text)
    assert imported.packages() == expected
