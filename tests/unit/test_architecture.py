"""What the machine enforces: layers, small modules, names that say something."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gitblob

PACKAGE = Path(gitblob.__file__).parent
CHECKOUT = Path(__file__).parents[2]
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300  # lines
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "tools", "base_utils"}


def test_imports_go_down_the_layers_only(tmp_path):
    """import-linter's contract in pyproject.toml."""
    lint = shutil.which("lint-imports", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert lint, "import-linter is part of the test environment"
    done = subprocess.run(
        [lint, "--no-cache", "--config", CHECKOUT / "pyproject.toml"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_and_its_name_says_what_it_is(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LONGEST
    assert module.stem not in FORBIDDEN
    assert module.parent.name not in FORBIDDEN
