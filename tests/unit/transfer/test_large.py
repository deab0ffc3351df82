"""Large blobs in parts: resumed, mended, and never wrong."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from gitblob.cache import SEAL_NS, Cache
from gitblob.errors import PartialFailure, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store.base import Blob, Capabilities
from gitblob.transfer import engine, large, unfinished


class Ranged:
    """A store with one blob that is read in parts; `spoil` may change what a part gives, or raise."""

    url = "far://"
    capabilities = Capabilities(parallelism=4, remote=True, ranges=True)

    def __init__(self, data, blob, spoil=lambda start, data: data, name="far"):
        self.data, self.blob, self.spoil, self.name, self.label = data, blob, spoil, name, name
        self.reads = []

    def exists(self):
        return True

    def missing(self, blobs):
        return {blob.oid for blob in blobs if blob != self.blob}

    def get(self, items, watch):
        for _ in items:
            raise AssertionError

    def read(self, blob, start, end):
        self.reads.append(start)
        data = self.spoil(start, self.data[start:end])
        for at in range(0, len(data), 300):
            yield data[at : at + 300]


class Counter:
    def __init__(self):
        self.size, self.names = 0, []

    def begin(self, what, files, size):
        pass

    def advance(self, size):
        self.size += size

    def done(self, name):
        self.names.append(name)

    def end(self):
        pass


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    for module in (large, unfinished):
        monkeypatch.setattr(module, "PART", 1000)
    monkeypatch.setattr(large, "LARGE", 3000)


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git" / "gitblob"))


@pytest.fixture
def content(tmp_path):
    data = os.urandom(10_500)
    source = Cache(str(tmp_path / "source" / "gitblob"))
    return data, Blob(source.put(data), len(data))


def whole(cache, blob, data):
    path = cache.find(*blob)
    with open(path, "rb") as file:
        assert file.read() == data
    info = os.stat(path)
    assert info.st_mtime_ns == SEAL_NS
    assert info.st_mode & 0o777 == 0o444
    assert os.listdir(f"{cache.root}/unfinished") == []


def test_parts_make_the_blob(cache, content):
    data, blob = content
    store, progress = Ranged(data, blob), Counter()
    assert engine.download(cache, [store], [blob], progress) == []
    whole(cache, blob, data)
    assert sorted(store.reads) == list(range(0, 10_500, 1000))
    assert (progress.size, progress.names) == (10_500, [blob.oid.text])


def test_what_the_store_lacks_is_left(cache, content):
    data, blob = content
    other = Blob(Oid("0" * 64), 5000)
    assert engine.download(cache, [Ranged(data, blob)], [blob, other]) == [other]
    whole(cache, blob, data)


def breaks_at(limit):
    def spoil(start, data):
        if start >= limit:
            time.sleep(0.1)
            raise StoreUnavailable("gone")
        return data

    return spoil


def test_the_next_command_goes_on(cache, content):
    """Also from another store."""
    data, blob = content
    with pytest.raises(StoreUnavailable, match="gone"):
        engine.download(cache, [Ranged(data, blob, breaks_at(6000))], [blob])
    store, progress = Ranged(data, blob, name="other"), Counter()
    assert engine.download(cache, [store], [blob], progress) == []
    assert min(store.reads) >= 6000
    assert progress.size == 10_500
    whole(cache, blob, data)


def test_another_store_goes_on_in_the_same_command(cache, content):
    data, blob = content
    second = Ranged(data, blob, name="other")
    assert engine.download(cache, [Ranged(data, blob, breaks_at(6000)), second], [blob]) == []
    assert min(second.reads) >= 6000
    whole(cache, blob, data)


def test_a_part_that_came_short_is_not_kept(cache, content):
    data, blob = content
    with pytest.raises(StoreUnavailable, match="sent 500 of 1000 bytes"):
        engine.download(cache, [Ranged(data, blob, lambda start, d: d[:500] if start == 4000 else d)], [blob])
    assert engine.download(cache, [Ranged(data, blob)], [blob]) == []
    whole(cache, blob, data)


def test_a_journal_that_says_too_much_is_not_believed(cache, content):
    """As after a power cut: the line is there, the bytes are not; and a line that was cut off."""
    data, blob = content
    with pytest.raises(StoreUnavailable):
        engine.download(cache, [Ranged(data, blob, breaks_at(6000))], [blob])
    path = f"{cache.root}/unfinished/{blob.oid}.{blob.size}"
    with open(path, "r+b") as file:
        file.seek(2000)
        file.write(bytes(1000))
    with open(f"{path}.parts", "ab") as file:
        file.write(b"9 12")
    store = Ranged(data, blob)
    assert engine.download(cache, [store], [blob]) == []
    assert 2000 in store.reads
    assert 9000 in store.reads
    assert store.reads.count(2000) == 1
    whole(cache, blob, data)


def test_wrong_bytes_are_fetched_anew_once(cache, content):
    data, blob = content
    seen = []

    def once(start, part):
        seen.append(start)
        return b"x" * len(part) if start == 3000 and seen.count(3000) == 1 else part

    progress = Counter()
    assert engine.download(cache, [Ranged(data, blob, once)], [blob], progress) == []
    assert progress.size == 10_500
    whole(cache, blob, data)


def test_a_store_with_wrong_bytes_is_named(cache, content):
    data, blob = content
    bad = Ranged(data, blob, lambda start, part: b"x" * len(part) if start == 3000 else part)
    with pytest.raises(PartialFailure) as caught:
        engine.download(cache, [bad], [blob])
    assert "store far (far://): the bytes received" in caught.value.failures[0][1]
    assert cache.find(*blob) is None
    assert os.listdir(f"{cache.root}/unfinished") == []
    assert engine.download(cache, [bad, Ranged(data, blob, name="good")], [blob]) == []
    whole(cache, blob, data)


def test_two_at_once_do_not_meet(cache, content):
    data, blob = content
    inside = threading.Event()

    def slow(start, part):
        inside.set()
        time.sleep(0.05)
        return part

    results = []
    first = threading.Thread(target=lambda: results.append(engine.download(cache, [Ranged(data, blob, slow)], [blob])))
    first.start()
    inside.wait()
    assert engine.download(Cache(cache.root), [Ranged(data, blob)], [blob]) == []
    first.join()
    assert results == [[]]
    whole(cache, blob, data)
    assert os.listdir(f"{cache.root}/tmp") == []


def test_take_gets_the_whole_file(cache, content):
    data, blob = content
    taken = []

    def take(path, oid, size):
        with open(path, "rb") as file:
            taken.append((file.read(), oid, size))

    assert engine.download(cache, [Ranged(data, blob)], [blob], take=take) == []
    assert taken == [(data, *blob)]


def test_old_unfinished_files_are_removed(cache, content):
    data, blob = content
    with pytest.raises(StoreUnavailable):
        engine.download(cache, [Ranged(data, blob, breaks_at(6000))], [blob])
    assert unfinished.tidy(cache.root) == 0
    for name in os.listdir(f"{cache.root}/unfinished"):
        os.utime(f"{cache.root}/unfinished/{name}", (1, 1))
    assert unfinished.tidy(cache.root) == 2


def test_what_somebody_writes_to_is_never_removed(cache, content):
    """However old it looks: a clock that was wrong is put right while a download goes on."""
    data, blob = content
    found = []

    def spoil(start, part):
        for name in os.listdir(f"{cache.root}/unfinished"):
            os.utime(f"{cache.root}/unfinished/{name}", (1, 1))
        found.append(unfinished.tidy(cache.root))
        return part

    assert engine.download(cache, [Ranged(data, blob, spoil)], [blob]) == []
    assert set(found) == {0}
    cache.verify(blob.oid)


@pytest.mark.parametrize("journal", ["", ".parts"])
@pytest.mark.parametrize("make", [lambda path: os.symlink("/dev/null", path), os.mkdir], ids=["link", "folder"])
def test_something_else_in_the_place_of_a_file(cache, content, make, journal):
    data, blob = content
    make(f"{cache.prepare('unfinished')}/{blob.oid}.{blob.size}{journal}")
    assert engine.download(cache, [Ranged(data, blob)], [blob]) == []
    cache.verify(blob.oid)


@pytest.mark.parametrize("spoil", ["longer", "shorter", "empty", "other bytes", "journal of another version"])
def test_what_became_of_the_file_meanwhile(cache, content, spoil):
    data, blob = content
    with pytest.raises(StoreUnavailable):
        engine.download(cache, [Ranged(data, blob, breaks_at(6000))], [blob])
    path = f"{cache.root}/unfinished/{blob.oid}.{blob.size}"
    if spoil in {"longer", "shorter", "empty"}:
        os.truncate(path, {"longer": 50_000, "shorter": 2500, "empty": 0}[spoil])
    elif spoil == "other bytes":
        with open(path, "r+b") as file:
            file.write(b"other bytes")
    else:
        with open(f"{path}.parts", "wb") as file:
            file.write(b"\x00\xff{}\n0 1 2 3\n-1 0\n99999999999 0\n0 zz\n1")
    store = Ranged(data, blob)
    assert engine.download(cache, [store], [blob]) == []
    cache.verify(blob.oid)
    assert (len(store.reads) < 11) == (spoil in {"longer", "shorter", "other bytes"})


KILLED = """
    import sys, threading
    sys.path[:0] = ["tests", "tests/unit/transfer"]
    import test_large as t
    for module in (t.large, t.unfinished):
        module.PART = 1000
    t.large.LARGE = 3000
    data = open(sys.argv[2], "rb").read()
    blob = t.Blob(t.Oid(sys.argv[3]), len(data))
    def spoil(start, part):
        if start >= 5000:
            t.os.write(1, b"now\\n")
            threading.Event().wait()
        return part
    t.engine.download(t.Cache(sys.argv[1]), [t.Ranged(data, blob, spoil)], [blob])
"""


def test_a_killed_download_goes_on(cache, content, tmp_path):
    data, blob = content
    (tmp_path / "data").write_bytes(data)
    argv = [sys.executable, "-c", textwrap.dedent(KILLED), cache.root, tmp_path / "data", blob.oid]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(4):  # all four threads wait
            assert process.stdout.readline() == "now\n"
        process.send_signal(signal.SIGKILL)
    store = Ranged(data, blob)
    assert engine.download(cache, [store], [blob]) == []
    assert sorted(store.reads) == list(range(5000, 10_500, 1000))
    whole(cache, blob, data)
