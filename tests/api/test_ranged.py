"""Large blobs that are not here: only what is read is moved, and what was read whole is verified."""

import gc
import os
import random
import shutil
import threading

import pytest
from support.sandbox import Sandbox
from support.servers.lfs_server import LfsServer

import gitblob
from gitblob.api import content, ranged
from gitblob.api.repositories import opened
from gitblob.errors import BlobCorrupt, BlobMissing, StoreError

SIZE = (9 << 20) + 12345
DATA = random.Random(3).randbytes(SIZE)
SMALL = DATA[: content.WHOLE]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A bare repository whose one blob lies in a directory beside it, the store `team`."""
    sandbox = Sandbox(tmp_path_factory.mktemp("made"))
    sandbox.run("gitblob", "install")
    repo = sandbox.repo()
    repo.gitblob("track", "*.bin")
    repo.gitblob("store", "add", "team", sandbox.root / "store", "--default")
    repo.write("big.bin", DATA)
    repo.write("small.bin", SMALL)
    repo.commit()
    repo.git("push", "-q", sandbox.bare(), "main")
    return sandbox.root / "origin.git"


@pytest.fixture
def bare(made, tmp_path):
    """A clone of it without content."""
    shutil.copytree(made, tmp_path / "bare.git")
    shutil.rmtree(tmp_path / "bare.git/gitblob", ignore_errors=True)
    return tmp_path / "bare.git"


@pytest.fixture
def stored(made):
    """Where the blob lies in the store; it is there again, and right, for the next test."""
    path = next(path for path in (made.parent / "store").glob("??/*") if path.stat().st_size == SIZE)
    yield path
    path.unlink(missing_ok=True)
    path.write_bytes(DATA)


def big(bare):
    return gitblob.open("big.bin", repo=bare)


def blobs(bare):
    return [path for path in bare.glob("gitblob/??/*") if path.is_file()]


def temporary(bare):
    return [path for path in bare.glob("gitblob/tmp/*") if path.is_file()]


def test_what_is_read_is_moved_once(bare):
    with big(bare) as file:
        assert file.raw.moved == 0
        assert file.seek(-10, os.SEEK_END) == SIZE - 10
        assert file.read() == DATA[-10:]
        assert file.raw.moved <= 2 * ranged.BLOCK
        file.seek(4 << 20)
        assert file.read(100) == DATA[4 << 20 :][:100]
        file.seek(4 << 20)
        assert file.read(200) == DATA[4 << 20 :][:200]
        assert file.raw.moved <= 4 * ranged.BLOCK
        file.seek(SIZE + 5)
        assert file.read(10) == b""
        with pytest.raises(OSError, match="there is no byte"):
            file.seek(-SIZE - 1, os.SEEK_END)
    assert blobs(bare) == temporary(bare) == []


def test_any_order(bare):
    order = random.Random(7)
    with big(bare) as file:
        for _ in range(300):
            start, size = order.randrange(SIZE), order.choice([1, 1000, 200_000])
            file.seek(start)
            assert file.read(size) == DATA[start : start + size]
        assert file.raw.moved <= SIZE


def test_from_front_to_back_it_comes_in_few_requests_and_stays(bare, monkeypatch):
    store = opened(bare).stores()[0]
    read, requests = store.read, []
    monkeypatch.setattr(store, "read", lambda *args: requests.append(args) or read(*args), raising=False)
    with big(bare) as file:
        assert b"".join(iter(lambda: file.read(100_000), b"")) == DATA
        assert len(requests) < 16
        assert file.raw.moved == SIZE
        file.seek(5)
        assert file.read(5) == DATA[5:10], "the file stays open when its bytes have become the blob"
    assert [path.stat().st_size for path in blobs(bare)] == [SIZE]
    assert temporary(bare) == []
    with big(bare) as file:
        assert not hasattr(file.raw, "moved")


def test_all_at_once_goes_through_the_cache(bare):
    assert gitblob.read("big.bin", bare) == DATA
    assert len(blobs(bare)) == 1


def test_the_end_of_a_damaged_blob_is_an_error(bare, stored):
    stored.chmod(0o644)
    with open(stored, "r+b") as file:
        file.seek(5 << 20)
        file.write(b"damage")
    with big(bare) as file, pytest.raises(BlobCorrupt):
        list(iter(lambda: file.read(1 << 20), b""))
    assert blobs(bare) == temporary(bare) == []


def test_a_store_that_goes_away(bare, stored):
    with big(bare) as file:
        assert file.read(10) == DATA[:10]
        stored.unlink()
        assert file.read(10) == DATA[10:20], "what has come stays"
        file.seek(SIZE // 2)
        with pytest.raises(BlobMissing, match=r"big.bin: sha256:\w+ is in no store"):
            file.read(10)


def test_a_store_that_is_cut_short(bare, stored):
    stored.chmod(0o644)
    os.truncate(stored, SIZE // 2)
    with big(bare) as file:
        file.seek(SIZE - 10)
        with pytest.raises((StoreError, BlobMissing)):
            file.read(10)
    assert blobs(bare) == []


def test_threads_share_a_file(bare):
    wrong = []
    with big(bare) as file:
        raw = file.raw

        def work(start):
            buffer = bytearray(50_000)
            for at in range(start, SIZE, 997_000):
                with lock:
                    raw.seek(at)
                    n = raw.readinto(buffer)
                if bytes(buffer[:n]) != DATA[at : at + n]:
                    wrong.append(at)

        lock = threading.Lock()
        threads = [threading.Thread(target=work, args=(n * 1000,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_file_that_nobody_closed_leaves_nothing(bare):
    file = big(bare)
    file.read(10)
    assert len(temporary(bare)) == 1
    del file
    gc.collect()
    assert temporary(bare) == []


def test_a_cache_that_cannot_be_written(bare, monkeypatch):
    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gitblob.cache.Cache.temporary", denied)
    with big(bare) as file:
        file.seek(1 << 20)
        assert file.read(100) == DATA[1 << 20 :][:100]
        file.seek(0)
        assert b"".join(iter(lambda: file.read(1 << 20), b"")) == DATA
    assert blobs(bare) == []


def test_a_small_blob_is_fetched_whole(bare):
    with gitblob.open("small.bin", repo=bare) as file:
        assert len(blobs(bare)) == 1
        assert file.read() == SMALL


def test_an_lfs_server_sends_it_whole(repo, installed, tmp_path, monkeypatch):
    with LfsServer(tmp_path / "lfs") as server:
        repo.gitblob("store", "add", "big", server.url.replace("http://", "lfs+http://"), "--default")
        repo.write("big.bin", DATA)
        repo.commit()
        repo.gitblob("push")
        shutil.rmtree(repo.path / ".git/gitblob")
        with gitblob.open("big.bin", repo=repo.path, rev="HEAD") as file:
            file.seek(-5, os.SEEK_END)
            assert file.read() == DATA[-5:]
        assert server.count("GET", "storage") == 1
        assert [path.stat().st_size for path in (repo.path / ".git").glob("gitblob/??/*")] == [SIZE]
