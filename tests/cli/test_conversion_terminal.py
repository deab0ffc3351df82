"""On a terminal, track asks before it converts."""

import os
import pty
import subprocess

import pytest


@pytest.mark.parametrize(("answer", "converted"), [(b"y\n", True), (b"\n", False)])
def test_asked_on_a_terminal(installed, answer, converted):
    repo = installed.repo()
    repo.write("x.bin", b"x" * 2000)
    repo.commit()
    master, slave = pty.openpty()
    try:
        process = subprocess.Popen(
            ["gitblob", "track", "*.bin"], cwd=repo.path, env=repo.sandbox.env, stdin=slave, stdout=slave, stderr=slave
        )
        os.write(master, answer)
        seen = b""
        while b"Convert them now?" not in seen:
            seen += os.read(master, 1000)
        assert process.wait(timeout=60) == 0
    finally:
        os.close(slave)
        os.close(master)
    staged = repo.git("diff", "--cached", "--name-only").split()
    assert staged == ([".gitattributes", "x.bin"] if converted else [])
