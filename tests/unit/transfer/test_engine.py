"""The engine: threads that share a queue, stop together and tell what went wrong."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from gitblob.cache import Cache
from gitblob.errors import PartialFailure, StoreError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.base import Blob, Capabilities
from gitblob.transfer import engine
from gitblob.transfer.flow import Stopped


class Recorder:
    def __init__(self):
        self.begun, self.size, self.names, self.ended = None, 0, [], 0

    def begin(self, what, files, size):
        self.begun = (what, files, size)

    def advance(self, size):
        self.size += size

    def done(self, name):
        self.names.append(name)

    def end(self):
        self.ended += 1


class Scripted:
    """A store whose `put` and `get` do to each item what the test says, on four threads."""

    name, url, capabilities = "scripted", "scripted://", Capabilities(parallelism=4)

    def __init__(self, act):
        self.act, self.threads = act, set()

    def put(self, items, watch):
        for blob, path in items:
            self.threads.add(threading.get_ident())
            self.act(blob, path, watch)

    get = put


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git" / "gitblob"))


@pytest.fixture
def other(tmp_path):
    return Cache(str(tmp_path / "other" / "gitblob"))


def keep(cache, count=40):
    return [Blob(cache.put(b"%d" % n), len(b"%d" % n)) for n in range(count)]


def test_progress_tells_all(cache, other, tmp_path):
    store, _ = registry.create("data", str(tmp_path / "store"), Access())
    blobs = keep(cache)
    size = sum(blob.size for blob in blobs)
    for what, move in (
        ("upload", lambda progress: engine.upload(cache, store, blobs, progress)),
        ("download", lambda progress: engine.download(other, [store], blobs, progress)),
    ):
        progress = Recorder()
        move(progress)
        assert progress.begun == (what, len(blobs), size)
        assert progress.size == size
        assert sorted(progress.names) == sorted(blob.oid.text for blob in blobs)
        assert progress.ended == 1


def test_threads_share_the_work(cache):
    def act(blob, path, watch):
        time.sleep(0.002)
        watch.done(blob)

    store = Scripted(act)
    blobs = keep(cache)
    assert set(engine.upload(cache, store, [*blobs, *blobs]).blobs) == set(blobs)
    assert 1 < len(store.threads) <= 4


def test_the_first_fatal_error_stops_all(cache):
    seen = []

    def act(blob, path, watch):
        seen.append(blob)
        if len(seen) == 5:
            raise StoreError("down")
        time.sleep(0.005)
        watch.done(blob)

    with pytest.raises(StoreError, match="down"):
        engine.upload(cache, Scripted(act), keep(cache, 200))
    assert len(seen) < 30


def test_an_interrupt_stops_all(cache):
    class Interrupt(BaseException):
        pass

    class Interrupting(Recorder):
        def done(self, name):
            super().done(name)
            if len(self.names) == 5:
                raise Interrupt

    def act(blob, path, watch):
        time.sleep(0.005)
        watch.moved(blob.size)
        watch.done(blob)

    progress = Interrupting()
    with pytest.raises(Interrupt):
        engine.upload(cache, Scripted(act), keep(cache, 200), progress)
    assert len(progress.names) < 30
    assert progress.ended == 1


def test_single_failures_are_collected(cache):
    blobs = keep(cache)

    def act(blob, path, watch):
        if blob in blobs[:3]:
            watch.failed(blob, "refused")
        else:
            watch.done(blob)

    with pytest.raises(PartialFailure, match="3 of 40 blobs") as caught:
        engine.upload(cache, Scripted(act), blobs)
    assert caught.value.failures == [(blob.oid.text, "refused") for blob in sorted(blobs[:3])]


def test_a_blob_that_the_cache_lacks(cache, other):
    blobs, absent = keep(cache, 3), keep(other, 5)[4]
    with pytest.raises(PartialFailure) as caught:
        engine.upload(cache, Scripted(lambda blob, path, watch: watch.done(blob)), [*blobs, absent])
    assert [name for name, _ in caught.value.failures] == [absent.oid.text]


def test_a_store_that_is_down_matters_only_if_no_other_helps(cache, other, tmp_path):
    def down(*_):
        raise StoreUnavailable("down")

    store, _ = registry.create("data", str(tmp_path / "store"), Access())
    blobs = keep(cache)
    engine.upload(cache, store, blobs[:30])
    with pytest.raises(StoreUnavailable, match="down"):
        engine.download(other, [Scripted(down), store], blobs)
    assert all(other.find(*blob) for blob in blobs[:30])
    assert engine.download(other, [Scripted(down), store], blobs[:30]) == []
    assert engine.download(other, [store], blobs) == sorted(blobs[30:])


def test_nothing_wanted_asks_nobody(cache):
    blobs = keep(cache, 3)

    def never(*_):
        raise AssertionError

    assert engine.download(cache, [Scripted(never)], blobs) == []
    assert engine.upload(cache, Scripted(never), []).blobs == ()


def test_without_a_store_all_stays_missing(cache, other):
    blobs = keep(cache, 3)
    assert engine.download(other, [], blobs) == sorted(blobs)


class Slow(Scripted):
    """Two threads; the first blob of each moves on and on in small pieces."""

    capabilities = Capabilities(parallelism=2)


def move_on_and_on(blob, path, watch):
    for _ in range(200):
        time.sleep(0.01)
        watch.moved(1)


@pytest.mark.parametrize("move", ["upload", "download"])
def test_ctrl_c_is_heard_at_once(cache, other, move):
    blobs = keep(cache, 4)
    store = Slow(move_on_and_on)
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        engine.upload(cache, store, blobs) if move == "upload" else engine.download(other, [store], blobs)
    assert time.monotonic() - begin < 1


def test_hashing_what_has_arrived_can_be_stopped(other, tmp_path):
    """A file of 64 GiB without a byte on disk, which would take a minute to hash."""
    path = tmp_path / "arrived"
    path.touch()
    os.truncate(path, 64 << 30)

    def stop(_):
        raise Stopped

    other.prepare("tmp")
    with pytest.raises(Stopped):
        other.adopt(str(path), Oid("0" * 64), 64 << 30, stop)


def test_what_has_arrived_when_another_thread_fails_does_not_lie_about(cache, other):
    """The store has written the file and says so only after the transfer was stopped: nobody else knows its name."""
    first, second = keep(cache, 2)
    arrived = threading.Event()

    def act(blob, path, watch):
        with open(path, "wb") as file:
            file.write(Path(cache.path(blob.oid)).read_bytes())
        if blob == min(first, second):
            arrived.set()
            time.sleep(0.3)
            watch.done(blob)
        else:
            arrived.wait(5)
            os.unlink(path)
            raise StoreError("the other one is down")

    with pytest.raises(StoreError, match="the other one is down"):
        engine.download(other, [Scripted(act)], [first, second])
    assert os.listdir(f"{other.root}/tmp") == []
