"""The plain store across a network: few questions, each answer waited for once."""

import threading
import time
from collections import Counter

import pytest

from gitblob.cache import Cache
from gitblob.errors import StoreDenied, StoreError
from gitblob.model import layout
from gitblob.store import plain
from gitblob.store.base import Blob, Capabilities
from gitblob.store.local import LocalBackend
from gitblob.store.plain import PlainStore
from gitblob.transfer import engine


class Far:
    """A directory as if it were far away: every call takes 5 ms and is counted; a list takes that for each 1,000 keys."""

    capabilities = Capabilities(parallelism=8, remote=True)

    def __init__(self, root):
        self.backend = LocalBackend(str(root), "far", make_root=True)
        self.label, self.calls, self.lock = self.backend.label, Counter(), threading.Lock()
        self.refuses_list = None

    def __getattr__(self, name):
        def method(*args, **kwargs):
            with self.lock:
                self.calls[name] += 1
            time.sleep(0.005)
            return getattr(self.backend, name)(*args, **kwargs)

        return method

    def list(self, prefix):
        if self.refuses_list:
            raise self.refuses_list
        for number, found in enumerate(self.backend.list(prefix)):
            if number % plain.PAGE == 0:
                self.calls["page"] += 1
            yield found


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git" / "gitblob"))


@pytest.fixture
def far(tmp_path):
    far = Far(tmp_path / "far")
    PlainStore("far", "far://", far.backend, seed={}).create()
    return far


@pytest.fixture
def store(far):
    return PlainStore("far", "far://", far)


def keep(cache, count, first=0):
    data = [b"%d" % n for n in range(first, first + count)]
    return [Blob(cache.put(some), len(some)) for some in data]


def test_an_upload_costs_one_call_for_each_blob(cache, far, store):
    blobs = keep(cache, 100)
    assert store.missing(blobs) == {blob.oid for blob in blobs}
    engine.upload(cache, store, blobs)
    assert far.calls["put"] == 100
    assert far.calls["head"] == 0
    assert far.calls["get"] == 1  # the marker, for all threads
    assert far.calls["page"] <= 4
    assert store.missing(blobs) == set()


def test_a_download_costs_one_call_for_each_blob(cache, far, store, tmp_path):
    blobs = keep(cache, 100)
    engine.upload(cache, store, blobs)
    far.calls.clear()
    other = Cache(str(tmp_path / "other" / "gitblob"))
    absent = keep(Cache(str(tmp_path / "third" / "gitblob")), 1, 1000)
    assert engine.download(other, [PlainStore("far", "far://", far)], [*blobs, *absent]) == absent
    assert dict(far.calls) == {"get": 1, "fetch": 101}
    assert all(other.find(*blob) for blob in blobs)


def test_few_are_asked_for_at_the_same_time(cache, far, store):
    blobs = keep(cache, 16)
    store.exists()
    begin = time.monotonic()
    assert len(store.missing(blobs)) == 16
    assert time.monotonic() - begin < 0.06
    assert (far.calls["head"], far.calls["page"]) == (16, 0)


def test_in_a_store_with_far_more_nothing_is_listed(cache, far, store, monkeypatch):
    monkeypatch.setattr(plain, "PAGE", 1)
    blobs = keep(cache, 100)
    engine.upload(cache, store, blobs[:99])
    far.calls.clear()
    monkeypatch.setattr(layout, "FANOUT", layout.FANOUT * 50)  # the guess: fifty times as many
    assert store.missing(blobs) == {blobs[99].oid}
    assert far.calls["head"] == 100


@pytest.mark.parametrize("error", [StoreDenied("no permission to list"), StoreError("no PROPFIND here")])
def test_who_may_not_list_asks_one_by_one(cache, far, store, error):
    blobs = keep(cache, 100)
    far.refuses_list = error
    engine.upload(cache, store, blobs)
    assert far.calls["head"] == 100


def test_one_of_another_size_is_not_there(cache, far, store, tmp_path):
    blobs = keep(cache, 40)
    engine.upload(cache, store, blobs)
    torn = blobs[3]
    path = tmp_path / "far" / torn.oid.key
    path.unlink()
    path.write_bytes(b"other bytes")
    assert store.missing(blobs) == {torn.oid}
    assert store.missing(blobs[:5]) == {torn.oid}
    told = []

    class Watch:
        moved = staticmethod(told.append)

        def done(self, blob):
            raise AssertionError

    store.get([(torn, str(tmp_path / "back"))], Watch())
    assert not (tmp_path / "back").exists()
    assert sum(told) == 0
    engine.upload(cache, store, [torn])
    assert store.missing(blobs) == set()


def test_the_first_error_of_a_question_is_raised(cache, far, store):
    far.refuses_list = StoreError("no")

    def head(key):
        raise StoreDenied("not yours")

    far.head = head
    with pytest.raises(StoreDenied, match="not yours"):
        store.missing(keep(cache, 40))
