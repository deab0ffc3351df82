"""kill -9 of git, or of the filter, while adding, checking out and pushing real files."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

SIZE = 24 << 20
ROUNDS = 6


def start(repo, *argv):
    return subprocess.Popen(
        ["git", *argv], cwd=repo.path, env=repo.sandbox.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def filter_of(git):
    """The pid of the filter process of a running git, or None."""
    for entry in Path("/proc").iterdir():
        try:
            ours = entry.name.isdigit() and b"filter-process" in (entry / "cmdline").read_bytes()
            if ours and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == git.pid:
                return int(entry.name)
        except (OSError, IndexError):
            continue
    return None


def kill_after(repo, seconds, target, *argv):
    """Start git, kill it (or its filter) after a while; wait until both are gone."""
    process = start(repo, *argv)
    time.sleep(seconds)
    if target == "git":
        os.killpg(process.pid, signal.SIGKILL)
    elif pid := filter_of(process):
        os.kill(pid, signal.SIGKILL)
    process.wait(timeout=60)
    (repo.path / ".git/index.lock").unlink(missing_ok=True)  # a killed git leaves it, and says so


def duration(repo, *argv):
    begin = time.monotonic()
    repo.git(*argv)
    return time.monotonic() - begin


@pytest.mark.parametrize("target", ["git", "filter"])
def test_while_adding(repo, target):
    data = os.urandom(SIZE)
    repo.write("timing.bin", data)
    whole = duration(repo, "add", "timing.bin")
    rng = random.Random(1)
    for n in range(ROUNDS):
        content = data[n + 1 :] + bytes([n])
        repo.write("a.bin", content)
        kill_after(repo, rng.uniform(0, whole), target, "add", "a.bin")
        repo.git("add", "a.bin")
        repo.git("commit", "-q", "-m", f"{n}")
        (repo.path / "a.bin").unlink()
        repo.git("checkout", "--", "a.bin")
        assert repo.read("a.bin") == content
        repo.gitblob("fsck")


@pytest.mark.parametrize("target", ["git", "filter"])
def test_while_checking_out(repo, target):
    versions = {}
    for name in ("one", "two"):
        for file in ("a.bin", "b.bin", "small.bin"):
            repo.write(file, os.urandom(SIZE if file != "small.bin" else 3000))
        repo.commit(name)
        repo.git("branch", name)
        versions[name] = {file: repo.read(file) for file in ("a.bin", "b.bin", "small.bin")}
    whole = duration(repo, "checkout", "-q", "one")
    rng = random.Random(2)
    for n in range(ROUNDS):
        name = ("two", "one")[n % 2]
        kill_after(repo, rng.uniform(0, whole), target, "checkout", "-q", "-f", name)
        for file in ("a.bin", "b.bin", "small.bin"):
            if (repo.path / file).exists():
                data = repo.read(file)
                wholes = [version[file] for version in versions.values()]
                torn_by_git = file == "small.bin"  # git itself writes what goes through the pipe
                assert data in wholes or data.startswith(b"# gitblob v1") or torn_by_git or data == b""
        repo.git("checkout", "-q", "-f", name)
        repo.gitblob("pull", ok=None)
        assert {file: repo.read(file) for file in versions[name]} == versions[name]
        assert repo.status() == ""
        repo.gitblob("fsck")


def test_while_pushing(repo, remote, tmp_path):
    """To a store on another file system, where bytes are really copied."""
    store = Path("/dev/shm") / f"gitblob-test-{os.getpid()}"
    try:
        repo.gitblob("store", "add", "main", str(store))
        rng = random.Random(3)
        for n in range(ROUNDS):
            repo.write("a.bin", os.urandom(SIZE))
            repo.commit(f"{n}")
            before = repo.git("ls-remote", "origin", "main")
            kill_after(repo, rng.uniform(0.05, 0.25), "git", "push", "-q", "origin", "main")
            if repo.git("ls-remote", "origin", "main") != before:
                repo.gitblob("fsck", "--store", "main")  # a ref that moved has its content
            repo.git("push", "-q", "origin", "main")
            repo.gitblob("fsck", "--store", "main")
    finally:
        subprocess.run(["rm", "-rf", str(store)], check=True)
