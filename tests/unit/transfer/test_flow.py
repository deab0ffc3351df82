"""Transfers over a network: what hangs, forgets, or takes more than its share."""

import os
import signal
import threading
import time

import pytest

from gitblob.cache import Cache
from gitblob.errors import PartialFailure, StoreUnavailable
from gitblob.model import oid as oids
from gitblob.store.base import Blob, Capabilities
from gitblob.transfer import engine, flow
from gitblob.transfer.limits import Limits


class Remote:
    """A store across a network, on so many threads; `act` is done for each blob."""

    name, url, label = "far", "far://", "far (far://)"

    def __init__(self, act, parallelism=4):
        self.act, self.capabilities = act, Capabilities(parallelism=parallelism, remote=True)
        self.has, self.at_a_time, self.most, self.lock = set(), 0, 0, threading.Lock()

    def exists(self):
        return True

    def missing(self, blobs):
        return {blob.oid for blob in blobs} - self.has

    def put(self, items, watch):
        for blob, _ in items:
            with self.lock:
                self.at_a_time += 1
                self.most = max(self.most, self.at_a_time)
            self.act(self, blob, watch)
            with self.lock:
                self.at_a_time -= 1

    get = put


def takes(store, blob, watch):
    time.sleep(0.01)
    watch.moved(blob.size)
    store.has.add(blob.oid)
    watch.done(blob)


def hangs(store, blob, watch):
    threading.Event().wait()


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git" / "gitblob"))


def keep(cache, count=20, size=0):
    data = [b"%d" % n + bytes(size) for n in range(count)]
    return [Blob(cache.put(some), len(some)) for some in data]


@pytest.mark.parametrize("parallelism", [1, 4])
@pytest.mark.parametrize("move", ["upload", "download"])
def test_ctrl_c_does_not_wait_for_what_hangs(cache, tmp_path, move, parallelism):
    blobs = keep(cache)
    other = Cache(str(tmp_path / "other" / "gitblob"))
    store = Remote(hangs, parallelism)
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        engine.upload(cache, store, blobs) if move == "upload" else engine.download(other, [store], blobs)
    assert time.monotonic() - begin < 1.3


def test_a_transfer_that_stands_still_is_given_up(cache, monkeypatch):
    monkeypatch.setattr(flow, "STALLED", 0.5)
    blobs = keep(cache)
    with pytest.raises(StoreUnavailable, match=r"far \(far://\): nothing has moved .* sha256:") as caught:
        engine.upload(cache, Remote(hangs), blobs)
    assert "run this again" in caught.value.hint


def test_one_that_is_slow_is_not(cache, monkeypatch):
    monkeypatch.setattr(flow, "STALLED", 0.5)

    def slow(store, blob, watch):
        for _ in range(10):
            time.sleep(0.1)
            watch.moved(1)
        takes(store, blob, watch)

    engine.upload(cache, Remote(slow), keep(cache, 3))


def test_hashing_a_blob_before_it_is_sent_is_no_standstill(cache, monkeypatch):
    """One that nobody has sealed, such as an object of git-lfs."""
    (blob,) = keep(cache, 1, 10 << 18)
    os.utime(cache.path(blob.oid))
    monkeypatch.setattr(flow, "STALLED", 0.3)
    update = oids.hasher

    class Slow:
        def __init__(self):
            self.state = update()
            self.hexdigest = self.state.hexdigest

        def update(self, data):
            time.sleep(0.1)
            self.state.update(data)

    monkeypatch.setattr(oids, "hasher", Slow)
    engine.upload(cache, Remote(takes), [blob])


@pytest.mark.parametrize("move", ["upload", "download"])
def test_an_error_that_nobody_expects_ends_the_transfer(cache, tmp_path, move):
    def breaks(store, blob, watch):
        raise ZeroDivisionError

    blobs, store = keep(cache), Remote(breaks)
    go = {
        "upload": lambda: engine.upload(cache, store, blobs),
        "download": lambda: engine.download(Cache(str(tmp_path / "other")), [store], blobs),
    }
    with pytest.raises(ZeroDivisionError):
        go[move]()


def test_after_an_upload_the_store_is_asked_once_more(cache):
    blobs = keep(cache)

    def forgets(store, blob, watch):
        takes(store, blob, watch)
        if blob == blobs[7]:
            store.has.discard(blob.oid)

    with pytest.raises(PartialFailure, match="1 of 20 blobs could not be brought to store far") as caught:
        engine.upload(cache, Remote(forgets), blobs)
    assert caught.value.failures == [(blobs[7].oid.text, "the store took it, and does not have it")]


@pytest.mark.parametrize(("wanted", "most"), [(1, 1), (2, 2), (None, 4), (9, 9)])
def test_concurrency_is_what_the_user_says(cache, wanted, most):
    store = Remote(takes)
    engine.upload(cache, store, keep(cache), limits=Limits(concurrency=wanted))
    assert store.most == most


def test_few_threads_hold_large_blobs(cache, monkeypatch):
    monkeypatch.setattr(flow, "IN_FLIGHT", 3000)
    store = Remote(takes)
    engine.upload(cache, store, keep(cache, size=1000))
    assert store.most == 2


def test_a_rate_is_kept(cache):
    begin = time.monotonic()
    engine.upload(cache, Remote(takes), keep(cache, 20, 1000), limits=Limits(rate=20_000))
    assert 0.7 < time.monotonic() - begin < 1.5
