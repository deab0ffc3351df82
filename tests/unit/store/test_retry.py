"""What cannot be reached is tried again, what is wrong is not; no byte counts twice."""

import threading
import time

import pytest

from gitblob.errors import StoreAbsent, StoreDenied, StoreError, StoreUnavailable, StoreUnreachable
from gitblob.model.oid import Oid
from gitblob.store import retry
from gitblob.store.base import Blob, Capabilities
from gitblob.store.conformance import BackendConformance
from gitblob.store.local import LocalBackend
from gitblob.store.retrying import RetryingBackend, RetryingStore

BLOBS = [Blob(Oid(f"{n:064x}"), 10) for n in range(4)]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(retry, "FIRST", 0.001)
    monkeypatch.setattr(retry, "SLICE", 0.01)


class Flaky:
    """A backend that fails so many times before each call succeeds, in the middle of it."""

    def __init__(self, backend, fails, error=None):
        self._backend, self.fails, self._error = backend, fails, error or StoreUnavailable("no answer")
        self.label, self.capabilities = backend.label, backend.capabilities
        self.failed = {}

    def _fail(self, name):
        if self.failed.setdefault(name, 0) < self.fails:
            self.failed[name] += 1
            raise self._error

    def __getattr__(self, name):
        def method(*args, **kwargs):
            self._fail(name)
            return getattr(self._backend, name)(*args, **kwargs)

        return method

    def list(self, prefix):
        for number, found in enumerate(self._backend.list(prefix)):
            if number:
                self._fail("list")
            yield found

    def get(self, key, start=0, end=None):
        data = b"".join(self._backend.get(key, start, end))
        half = len(data) // 2
        if half:
            yield data[:half]
            self._fail("get")
        yield data[half:]

    def put(self, key, path, if_absent=True, oid=None, moved=lambda _: None):
        if self.failed.get("put", 0) < self.fails:
            moved(5)
        self._fail("put")
        return self._backend.put(key, path, if_absent, oid, moved)


class TestRetryingBackend(BackendConformance):
    @pytest.fixture
    def backend(self, tmp_path):
        return RetryingBackend(Flaky(LocalBackend(str(tmp_path / "store"), "flaky", make_root=True), 1))

    def test_nothing_to_list_where_nothing_is(self, backend):
        with pytest.raises(StoreUnavailable):
            list(backend.list(""))


def test_bytes_of_a_failed_try_are_taken_back(tmp_path):
    (tmp_path / "source").write_bytes(b"0123456789")
    backend = RetryingBackend(Flaky(LocalBackend(str(tmp_path / "store"), "flaky", make_root=True), 3))
    told = []
    assert backend.put("ab/cd", str(tmp_path / "source"), moved=told.append)
    assert sum(told) == 10
    assert told.count(-5) == 3


def test_it_gives_up_and_says_so(tmp_path):
    flaky = Flaky(LocalBackend(str(tmp_path / "store"), "flaky", make_root=True), 99)
    with pytest.raises(StoreUnavailable, match=r"no answer \(tried 6 times\)") as caught:
        RetryingBackend(flaky).head("ab/cd")
    assert flaky.failed == {"head": retry.TRIES}
    assert "run this again" in caught.value.hint


@pytest.mark.parametrize("error", [StoreDenied("no"), StoreError("no"), StoreUnavailable("no", retry_after=3600)])
def test_what_is_hopeless_is_not_repeated(tmp_path, error):
    flaky = Flaky(LocalBackend(str(tmp_path / "store"), "flaky", make_root=True), 99, error)
    with pytest.raises(type(error), match="no"):
        RetryingBackend(flaky).head("ab/cd")
    assert flaky.failed == {"head": 1}


def test_a_server_s_wish_to_wait_is_followed(tmp_path):
    error = StoreUnavailable("slow down", retry_after=0.3)
    backend = RetryingBackend(Flaky(LocalBackend(str(tmp_path / "store"), "flaky", make_root=True), 1, error))
    begin = time.monotonic()
    backend.head("ab/cd")
    assert time.monotonic() - begin >= 0.3


def test_a_pause_ends_when_the_transfer_does(tmp_path):
    class Enough(Exception):
        pass

    over = threading.Event()

    def moved(_):
        if over.is_set():
            raise Enough

    error = StoreUnavailable("slow down", retry_after=30)
    backend = RetryingBackend(Flaky(LocalBackend(str(tmp_path / "store"), "flaky", make_root=True), 9, error))
    (tmp_path / "source").write_bytes(b"x" * 10)
    threading.Timer(0.1, over.set).start()
    begin = time.monotonic()
    with pytest.raises(Enough):
        backend.put("ab/cd", str(tmp_path / "source"), moved=moved)
    assert time.monotonic() - begin < 2


class Breaking:
    """A store that breaks off in the middle of its second item, once."""

    name, url, label, capabilities = "s", "s://", "s", Capabilities(parallelism=1)

    def __init__(self):
        self.taken, self.broken = [], False

    def put(self, items, watch):
        for number, (blob, _) in enumerate(items):
            watch.moved(4)
            if number == 1 and not self.broken:
                self.broken = True
                raise StoreUnavailable("gone")
            watch.moved(6)
            self.taken.append(blob)
            watch.done(blob)

    get = put
    locks = 7


class Watch:
    def __init__(self):
        self.size, self.ended = 0, []

    def moved(self, size):
        self.size += size

    def done(self, blob):
        self.ended.append(blob)

    def failed(self, blob, reason):
        raise AssertionError


@pytest.mark.parametrize("move", ["put", "get"])
def test_a_batch_goes_on_with_what_was_not_done(tmp_path, move):
    store, watch = Breaking(), Watch()
    items = iter([(blob, str(tmp_path / blob.oid)) for blob in BLOBS])
    getattr(RetryingStore(store), move)(items, watch)
    assert store.taken == watch.ended == BLOBS
    assert watch.size == 40


def test_a_part_goes_on_behind_what_has_come():
    asked = []

    class Parted(Breaking):
        def read(self, blob, start, end):
            asked.append((start, end))
            yield b"0123456789"[start : start + 3]
            if start + 3 < end:
                raise StoreUnavailable("broken")

    store = Parted()
    got = b"".join(RetryingStore(store).read(Blob(Oid("0" * 64), 10), 2, 10))
    assert got == b"23456789"
    assert asked == [(2, 10), (5, 10), (8, 10)]


def test_a_store_is_otherwise_itself():
    assert RetryingStore(Breaking()).locks == 7


def test_a_store_that_tries_again_by_itself_is_not_tried_again():
    """It may be found out at the first call that it is one."""
    store = Breaking()
    retrying = RetryingStore(store)
    store.capabilities = Capabilities(parallelism=1, retries=True)
    assert retrying.capabilities == store.capabilities
    with pytest.raises(StoreUnavailable, match="gone"):
        retrying.put(iter([(blob, "x") for blob in BLOBS]), Watch())


class Vanishing:
    """A backend whose host is reached so many times."""

    label, capabilities = "vanishing", Capabilities(remote=True)

    def __init__(self, error, answers):
        self.error, self.answers, self.asked = error, answers, 0

    def _ask(self):
        self.asked += 1
        if self.asked > self.answers:
            raise self.error

    def head(self, key):
        self._ask()

    def get(self, key, start=0, end=None):
        self._ask()
        yield b"1"


@pytest.mark.parametrize("way", [lambda backend: backend.head("ab"), lambda backend: list(backend.get("ab"))])
class TestContact:
    def test_tells_at_once_that_a_host_cannot_be_reached(self, way):
        vanishing = Vanishing(StoreUnreachable("refused"), 0)
        with pytest.raises(StoreUnreachable, match=r"^refused$"):
            way(RetryingBackend(vanishing))
        assert vanishing.asked == 1

    def test_tries_again_where_it_has_answered_before(self, way):
        vanishing = Vanishing(StoreUnreachable("refused"), 1)
        backend = RetryingBackend(vanishing)
        way(backend)
        with pytest.raises(StoreUnavailable):
            way(backend)
        assert vanishing.asked == 1 + retry.TRIES

    def test_takes_a_refusal_for_an_answer(self, way):
        vanishing = Vanishing(StoreDenied("no"), 0)
        backend = RetryingBackend(vanishing)
        with pytest.raises(StoreDenied):
            way(backend)
        vanishing.error = StoreUnreachable("refused")
        with pytest.raises(StoreUnavailable):
            way(backend)
        assert vanishing.asked == 1 + retry.TRIES

    def test_asks_once_for_a_place_where_nothing_is(self, way):
        vanishing = Vanishing(StoreAbsent("not there"), 0)
        with pytest.raises(StoreAbsent):
            way(RetryingBackend(vanishing))
        assert vanishing.asked == 1
