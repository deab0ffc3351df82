"""Where PyTorch is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLACE = "GITBLOB_TEST_TRAINING"  # a virtual environment that `.ci/torch` has made
NEEDED = "import numpy, torch, yaml"


def folder() -> Path:
    """A folder with a `python` that can train. The test is skipped where there is none and none is promised."""
    if place := os.environ.get(PLACE):
        return Path(place) / "bin"  # whatever it lacks is an error then
    if subprocess.run([sys.executable, "-c", NEEDED], capture_output=True, check=False).returncode:
        pytest.skip(f"PyTorch is not installed, and {PLACE} names no environment that has it")
    return Path(sys.executable).parent
