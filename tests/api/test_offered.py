"""`import gitblob` costs nothing; what it offers comes when it is used, and type checkers see all of it."""

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


def test_type_checkers_see_what_is_offered(tmp_path):
    assert (resources.files("gitblob") / "py.typed").is_file()
    (tmp_path / "use.py").write_text(
        "import gitblob\n"
        + "".join(f"gitblob.{name}\n" for name in gitblob._OFFERED)
        + "reveal_type(gitblob.open('x').read())\n"
        "reveal_type(gitblob.open('x', 'r').read())\n"
        "reveal_type([entry.size for entry in gitblob.list()])\n"
        "reveal_type(gitblob.guard(len))\n"
        "gitblob.open('x', 'w')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", "--follow-imports=silent", "use.py"],
        cwd=tmp_path, env={"MYPYPATH": ROOT, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    shown = done.stdout
    for revealed in ('"bytes"', '"str"', '"list[int | None]"', "def (Sized) -> int"):
        assert revealed in shown.replace("builtins.", "").replace("typing.", "").replace(
            "Union[int, None]", "int | None"
        ), shown
    assert shown.count("error:") == 1, shown
    assert "No overload variant" in shown
