"""`fsck --store NAME` on stores that tell digests, that do not, and that hand out whole files only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gitblob
from gitblob.model import pointer

SIZES = (0, 1, 5 << 20, 3000)
# The real command, on a real directory whose backend cannot do one thing or the other.
PROGRAM = """
import sys
from gitblob.store.base import Capabilities
from gitblob.store.local import LocalBackend
LocalBackend.capabilities = Capabilities(parallelism=4, remote=True, ranges={ranges})
LocalBackend.digest = lambda self, key: None
if not {ranges}:
    PlainStore = __import__("gitblob.store.plain").store.plain.PlainStore
    PlainStore.read = None
from gitblob.cli import main
sys.exit(main.main(sys.argv[1:]))
"""


@pytest.fixture
def pushed(repo, remote, tmp_path):
    store = tmp_path / "store"
    repo.gitblob("store", "add", "main", str(store))
    for number, size in enumerate(SIZES):
        repo.write(f"{number}.bin", os.urandom(size))
    repo.commit()
    repo.git("push", "-q")
    for path in store.glob("??/*"):  # no hard links to the cache
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    repo.store = store
    return repo


def damage(repo, name):
    path = repo.store / pointer.decode(repo.stored(name)).oid.key
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    return path


def fsck(repo, *arguments, ranges=True, ok=0):
    env = {**repo.sandbox.env, "PYTHONPATH": str(Path(gitblob.__file__).parents[1])}
    words = [sys.executable, "-c", PROGRAM.format(ranges=ranges), "fsck", "--store", "main", *arguments]
    done = subprocess.run(words, cwd=repo.path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == ok, done.stderr
    return done


def test_a_directory_is_hashed_where_it_lies(pushed):
    damage(pushed, "2.bin")
    done = pushed.gitblob("fsck", "--store", "main", ok=1)
    assert done.stdout.startswith("store-corrupt: ")
    assert "size only" not in done.stderr


def test_sizes_alone_are_compared_and_it_says_so(pushed):
    damage(pushed, "2.bin")
    done = fsck(pushed)
    assert "store main: 3 blob(s) compared by size only; --download reads them" in done.stderr
    (pushed.store / pointer.decode(pushed.stored("1.bin")).oid.key).unlink()
    assert fsck(pushed, ok=1).stdout.startswith("store-missing: ")


@pytest.mark.parametrize("ranges", [True, False])
def test_download_reads_them(pushed, ranges):
    assert "nothing found" in fsck(pushed, "--download", ranges=ranges).stderr
    path = damage(pushed, "2.bin")
    done = fsck(pushed, "--download", ranges=ranges, ok=1)
    assert done.stdout.startswith("store-corrupt: ")
    assert "size only" not in done.stderr
    assert fsck(pushed, "--download", "--repair", ranges=ranges).stdout.startswith("mended: ")
    assert path.read_bytes() == pushed.read("2.bin")
    assert os.listdir(pushed.path / ".git/gitblob/tmp") == []


def test_a_damaged_blob_stays_where_nobody_has_a_good_one(pushed):
    path = damage(pushed, "2.bin")
    wrong = path.read_bytes()
    cached = pushed.path / ".git/gitblob" / pointer.decode(pushed.stored("2.bin")).oid.key
    cached.unlink()
    (pushed.path / "2.bin").rename(pushed.path / "aside")
    done = fsck(pushed, "--download", "--repair", ok=1)
    assert "missing: 2.bin" in done.stdout
    assert "store-corrupt: " in done.stdout
    assert path.read_bytes() == wrong
    (pushed.path / "aside").rename(pushed.path / "2.bin")
    fsck(pushed, "--download", "--repair")
    assert path.read_bytes() == cached.read_bytes() == pushed.read("2.bin")
