"""Other file systems than the one of the tests: real ones, in memory."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


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
        subprocess.run(["umount", place], check=True)
