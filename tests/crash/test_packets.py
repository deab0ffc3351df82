"""The filter killed at its n-th packet, for every n: git stops or carries on, and the next command makes all good."""

import os
import sys

import pytest

from gitblob.model import pointer

SMALL, LARGE = 3000, (4 << 20) + 1000  # answered inline, and late
# dies by SIGKILL before it reads, or writes, the n-th time; `last` counts what it lived to do
PRELUDE = """
import os, signal
from gitblob.git import filterprocess, pktline
left = int(os.environ.get("TEST_DIE_AT", "0"))
def counted(call):
    def wrapped(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if left < 0 and "TEST_LAST" in os.environ:
            with open(os.environ["TEST_LAST"], "a") as file:
                file.write("x")
        return call(*args, **kwargs)
    return wrapped
if sys.argv[1:2] == ["filter-process"]:
    pktline.Reader.packet = counted(pktline.Reader.packet)
    filterprocess.Server._write = counted(filterprocess.Server._write)
    from gitblob.filter import late
    late.note, late.finish = counted(late.note), counted(late.finish)
"""


@pytest.fixture
def packets(repo):
    """Run a git command, its filter dying at packet n; how many packets it takes to the end."""
    launcher = repo.sandbox.home / "bin/gitblob"
    launcher.write_text(
        f"#!{sys.executable}\nimport sys\n{PRELUDE}\nfrom gitblob.__main__ import main\nsys.exit(main())\n"
    )
    last = repo.sandbox.home / "last"

    def run(n, *argv):
        env = {"TEST_DIE_AT": str(n)} if n else {"TEST_LAST": str(last)}
        return repo.git_result(*argv, env=env, ok=None)

    def count(*argv):
        last.write_bytes(b"")
        assert run(0, *argv).returncode == 0
        return len(last.read_bytes())

    run.count = count
    return run


SOME_OR_ALL = pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.full)], ids=["some", "all"])


def index_entries(repo):
    return [line.split("\t")[1] for line in repo.git("ls-files", "-s", "*.bin").splitlines()]


@SOME_OR_ALL
def test_in_git_add(repo, packets, step):
    names = ("a.bin", "b.bin", "empty.bin")
    for name, size in zip(names, (SMALL, LARGE, 0), strict=True):
        repo.write(name, os.urandom(size))
    total = packets.count("add", ".")
    assert total > 12
    step = max(
        1, total // 60
    )  # a large file is many packets, one like another: all of the first and last, some between
    for n in [*range(1, 25), *range(25, total - 12, step), *range(max(25, total - 12), total + 1)]:
        repo.git("rm", "-q", "-r", "--cached", ".")
        for blob in (repo.path / ".git/gitblob").glob("[0-9a-f][0-9a-f]/*"):
            blob.unlink()
        result = packets(n, "add", ".")
        for name in index_entries(repo):
            found = pointer.decode(repo.stored(name, ""))
            blob = repo.path / ".git/gitblob" / found.oid.key if found else None
            assert not blob or blob.read_bytes() == repo.read(name), n  # nothing staged that is not on disk
        assert result.returncode == 0 or index_entries(repo) == [], n
        assert not (repo.path / ".git/index.lock").exists(), n
        repo.git("add", ".")
        assert index_entries(repo) == sorted(names), n
    repo.gitblob("fsck")
    repo.commit()
    assert repo.status() == ""


@SOME_OR_ALL
@pytest.mark.parametrize("fetched", [False, True], ids=["from the cache", "delayed and fetched"])
def test_in_git_checkout(repo, remote, installed, packets, fetched, step):
    """Of a small and a large file, and back; then with nothing in the cache."""
    versions = {}
    for branch in ("one", "two"):
        repo.git("switch", "-q", "-c", branch)
        for name, size in (("a.bin", SMALL), ("b.bin", LARGE)):
            repo.write(name, os.urandom(size))
        repo.commit(branch)
        versions[branch] = {name: repo.read(name) for name in index_entries(repo)}
    repo.git("push", "-q", "origin", "one", "two")
    repo.git("checkout", "-q", "one")
    cached = repo.path / ".git/gitblob"
    blobs = [cached / pointer.decode(repo.stored(name, "two")).oid.key for name in versions["two"]]

    def empty():
        for blob in blobs if fetched else ():
            blob.unlink(missing_ok=True)

    empty()
    total = packets.count("checkout", "-q", "two")
    assert total > 16
    for n in [*range(1, total, step), total]:
        repo.git("checkout", "-q", "-f", "one")
        assert repo.status() == ""
        empty()
        result = packets(n, "checkout", "-q", "two")
        for name in versions["two"]:
            if (repo.path / name).exists():
                data = repo.read(name)
                assert data in [version[name] for version in versions.values()] or pointer.decode(data), n
        assert not (repo.path / ".git/index.lock").exists(), n
        assert (repo.git("symbolic-ref", "--short", "HEAD") == "one\n") == bool(result.returncode), n
        if result.returncode or " D" in repo.status():
            repo.git("checkout", "-q", "-f", "two")  # git only complains when the filter is gone before a delayed file
        if not result.returncode:
            repo.gitblob("pull")  # git does not see how the filter ends, and may have got a stub for the other file
        assert {name: repo.read(name) for name in versions["two"]} == versions["two"], n
        assert repo.status() == "", n
        assert not list((cached / "journal").glob("[0-9]*")), n
    repo.gitblob("fsck")
