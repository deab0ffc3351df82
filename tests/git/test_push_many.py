"""The scan of a push over a long history and over a wide tree: what it finds, and that it holds none of it."""

import hashlib
import subprocess
import time
from pathlib import Path

import pytest

from gitblob.git import history
from gitblob.git.history import Range

COMMITS = FILES = 100_000
NEW = 50
GROWTH_MIB = 16


def oid(number):
    return hashlib.sha256(b"%d" % number).hexdigest()


def pointer(number):
    text = f"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:{oid(number)}\nsize: {number}\n".encode()
    return b"data %d\n%s\n" % (len(text), text)


def head(number):
    return b"commit refs/heads/main\ncommitter A <a@b.invalid> %d +0000\ndata 1\nx\n" % (1_700_000_000 + number)


def imported(sandbox, stream):
    """A repository that git fast-import makes of a stream."""
    repo = sandbox.repo()
    with subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=repo.path, env=sandbox.env, stdin=subprocess.PIPE
    ) as process:
        process.stdin.writelines(stream)
    assert process.returncode == 0
    return repo


@pytest.fixture
def deep(sandbox):
    """Each commit changes one of 1000 files."""
    return imported(
        sandbox,
        (head(n) + b"M 644 inline d%02d/f%02d.bin\n" % (n % 50, n // 50 % 20) + pointer(n) for n in range(COMMITS)),
    )


@pytest.fixture
def wide(sandbox):
    """One commit with all files, one that changes one of them."""
    files = (b"M 644 inline d%03d/f%06d.bin\n" % (n % 100, n) + pointer(n) for n in range(FILES))
    change = [head(1) + b"M 644 inline d001/f000001.bin\n" + pointer(FILES)]
    return imported(sandbox, (part for parts in ([head(0)], files, change) for part in parts))


def anonymous_mib():
    """The memory of this process that is no file's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("RssAnon"))) / 1024


def scan(repo, what, *ranges):
    """The sizes found (each pointer of these repositories has its own) and by how much memory grew at most."""
    before, start, found, most = anonymous_mib(), time.monotonic(), set(), 0.0
    sizes = bytearray(COMMITS + 1)
    for number, one in enumerate(history.pointers_to_push(*ranges, cwd=str(repo.path))):
        sizes[one.pointer.size] += 1
        if number % 1000 == 0:
            most = max(most, anonymous_mib() - before)
    found = {number for number, times in enumerate(sizes) if times}
    assert max(sizes) <= 1
    print(f"\n{what}: {len(found)} pointers, {time.monotonic() - start:.2f} s, {most:.0f} MiB more")
    return found, most


@pytest.mark.full
def test_a_hundred_thousand_commits(deep):
    found, most = scan(deep, "full", Range(["main"], []))
    assert found == set(range(COMMITS))
    assert most < GROWTH_MIB
    found, most = scan(deep, "incremental", Range(["main"], [f"main~{NEW}"]))
    assert found == set(range(COMMITS - NEW, COMMITS))
    assert most < 1


@pytest.mark.full
def test_a_hundred_thousand_files(wide):
    known = wide.git("rev-parse", "main~1").strip()
    found, most = scan(wide, "first push", Range(["main"], []))
    assert found == set(range(FILES + 1))
    assert most < GROWTH_MIB
    found, _ = scan(wide, "one change", Range(["main"], [known]), Range(["main^{tree}"], [f"{known}^{{tree}}"]))
    assert found == {FILES}
