"""`import gitblob` costs nothing; what it offers comes when it is used, and type checkers see all of it."""

import ast
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

import gitblob

ROOT = str(Path(gitblob.__file__).parents[1])
PROGRAM = """
import sys
import os
before = set(sys.modules)
sys.path.insert(0, {root!r})
import gitblob
print(*sorted(set(sys.modules) - before))
gitblob.open
print("without site-packages")
"""


def test_the_import_loads_the_package_alone():
    program = PROGRAM.format(root=ROOT)
    shown = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    first, second = shown.stdout.split("\n")[:2]
    assert set(first.split()) <= {"gitblob", "__future__"}
    assert second == "without site-packages"


def test_every_name_is_there_and_listed():
    for name in gitblob._OFFERED:
        assert getattr(gitblob, name) is not None
        assert name in dir(gitblob)
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        _ = gitblob.opne


def test_type_checkers_see_what_is_offered():
    """The imports for them are those that come when a name is used; mypy checks the package itself."""
    assert (resources.files("gitblob") / "py.typed").is_file()
    tree = ast.parse(Path(gitblob.__file__).read_text())
    seen = {
        alias.asname: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gitblob")
        for alias in node.names
        if alias.asname == alias.name  # what a type checker takes for offered (PEP 484, stub files)
    }
    modules = {name: module for name, module in gitblob._OFFERED.items() if module != f"gitblob.{name}"}
    assert {name: module for name, module in seen.items() if name in modules} == modules
