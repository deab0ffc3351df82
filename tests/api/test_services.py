"""Stores with connections of their own: a program that has read from one ends as any other does."""

import os
import random
import subprocess
import sys

from support.servers import sshd

DATA = random.Random(9).randbytes(6 << 20)
PROGRAM = """
import sys
import gitblob
print(len(gitblob.read("small.bin", sys.argv[1])))
file = gitblob.open("big.bin", repo=sys.argv[1])
file.seek(-10, 2)
print(file.read().hex())
"""


def test_a_program_that_reads_over_ssh_ends(repo, installed, tmp_path, monkeypatch):
    with sshd.serve(
        tmp_path / "ssh", PATH=installed.env["PATH"], HOME=str(installed.home), PYTHONPATH=installed.env["PYTHONPATH"]
    ) as server:
        origin = installed.bare()
        monkeypatch.setenv("GIT_SSH_COMMAND", server.ssh())
        installed.env["GIT_SSH_COMMAND"] = server.ssh()
        repo.write("small.bin", b"\0small" * 500)
        repo.write("big.bin", DATA)
        repo.commit()
        repo.git("push", "-q", server.url(origin), "main")
        installed.run("git", "clone", "-q", "--bare", server.url(origin), "bare.git")
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", PROGRAM, installed.root / "bare.git"],
            env={**os.environ, "PYTHONPATH": installed.env["PYTHONPATH"]},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.stdout == f"3000\n{DATA[-10:].hex()}\n", done.stderr
        assert done.stderr == ""
        assert done.returncode == 0
