"""What every backend must do. A new one is added to BACKENDS; nothing else here knows which there are."""

import hashlib
import threading

import pytest

from gitblob.errors import BlobCorrupt, BlobMissing, GitblobError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store.local import LocalBackend


def _local(tmp_path):
    return LocalBackend(str(tmp_path / "store"), "local", make_root=True)


def _local_elsewhere(tmp_path, other_device):
    return LocalBackend(str(other_device / "store"), "elsewhere", make_root=True)


BACKENDS = {"local": _local, "local, other file system": _local_elsewhere}
KEY = "ab/cdef"


@pytest.fixture(params=BACKENDS)
def backend(request, tmp_path):
    make = BACKENDS[request.param]
    if make is _local:
        return make(tmp_path)
    return make(tmp_path, request.getfixturevalue("other_device"))


@pytest.fixture
def source(tmp_path):
    """A file with these bytes, read-only as blobs in the cache are."""

    def write(data: bytes, name="source") -> str:
        path = tmp_path / name
        path.write_bytes(data)
        path.chmod(0o444)
        return str(path)

    return write


def read(backend, key, *span) -> bytes:
    return b"".join(backend.get(key, *span))


@pytest.mark.parametrize("data", [b"", b"x", b"\0\r\n" * 7, bytes(3 << 20)])
def test_what_is_put_comes_back(backend, source, tmp_path, data):
    assert backend.put(KEY, source(data), oid=Oid(hashlib.sha256(data).hexdigest()))
    backend.flush()
    assert backend.head(KEY) == len(data)
    assert read(backend, KEY) == data
    moved = []
    backend.fetch(KEY, str(tmp_path / "back"), moved.append)
    assert (tmp_path / "back").read_bytes() == data
    assert sum(moved) == len(data)


def test_a_missing_key(backend, source, tmp_path):
    backend.put("ab/other", source(b"x"))
    assert backend.head(KEY) is None
    with pytest.raises(BlobMissing):
        read(backend, KEY)
    with pytest.raises(BlobMissing):
        backend.fetch(KEY, str(tmp_path / "back"))
    assert not (tmp_path / "back").exists()
    backend.delete(KEY)


def test_ranges(backend, source):
    backend.put(KEY, source(b"0123456789"))
    assert read(backend, KEY, 3) == b"3456789"
    assert read(backend, KEY, 3, 5) == b"34"
    assert read(backend, KEY, 0, 0) == b""
    assert read(backend, KEY, 8, 99) == b"89"


def test_put_if_absent_keeps_what_is_there(backend, source):
    assert backend.put(KEY, source(b"first", "one"))
    assert not backend.put(KEY, source(b"second", "two"))
    assert read(backend, KEY) == b"first"
    assert backend.put(KEY, source(b"third", "three"), if_absent=False)
    assert read(backend, KEY) == b"third"


def test_replacing_a_file_leaves_who_reads_it_alone(backend, source, tmp_path):
    backend.put(KEY, source(b"first", "one"))
    backend.fetch(KEY, str(tmp_path / "back"))
    backend.put(KEY, source(b"other", "two"), if_absent=False)
    assert (tmp_path / "back").read_bytes() == b"first"
    assert (tmp_path / "one").read_bytes() == b"first"


def test_other_bytes_than_announced_are_not_stored(backend, source):
    backend.put("ab/first", source(b"x", "one"))
    with pytest.raises(BlobCorrupt):
        backend.put(KEY, source(b"y", "two"), if_absent=False, oid=Oid("0" * 64))
    assert backend.head(KEY) is None
    assert [key for key, _ in backend.list("")] == ["ab/first"]


def test_a_source_that_is_gone(backend, tmp_path):
    with pytest.raises(BlobMissing):
        backend.put(KEY, str(tmp_path / "gone"))
    assert backend.head(KEY) is None


def test_list_by_prefix(backend, source):
    sizes = {"ab/cdef": 1, "ab/cd00": 2, "b0/1234": 3, "marker": 4}
    for number, (key, size) in enumerate(sizes.items()):
        backend.put(key, source(b"x" * size, f"s{number}"))
    assert dict(backend.list("")) == sizes
    assert dict(backend.list("ab/")) == {"ab/cdef": 1, "ab/cd00": 2}
    assert dict(backend.list("ab/cde")) == {"ab/cdef": 1}
    assert dict(backend.list("b")) == {"b0/1234": 3}
    assert dict(backend.list("zz/")) == {}


def test_delete(backend, source):
    backend.put(KEY, source(b"x"))
    backend.delete(KEY)
    assert backend.head(KEY) is None
    assert dict(backend.list("")) == {}
    assert backend.put(KEY, source(b"y", "again"))


def test_many_writers_of_one_key(backend, source, tmp_path):
    data = b"same" * 50_000
    oid = Oid(hashlib.sha256(data).hexdigest())
    paths = [source(data, f"w{number}") for number in range(8)]
    errors = []

    def put(path):
        try:
            backend.put(KEY, path, oid=oid)
        except (GitblobError, OSError) as error:
            errors.append(error)

    threads = [threading.Thread(target=put, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert read(backend, KEY) == data
    assert dict(backend.list("")) == {KEY: len(data)}


def test_whoever_watches_can_stop_it(backend, source, tmp_path):
    class Enough(Exception):
        pass

    def stop(_):
        raise Enough

    backend.put(KEY, source(b"x" * 100_000))
    with pytest.raises(Enough):
        backend.fetch(KEY, str(tmp_path / "back"), stop)
    assert not (tmp_path / "back").exists()
    with pytest.raises(Enough):
        backend.put("ab/two", source(b"y" * 100_000, "two"), if_absent=False, moved=stop)
    assert backend.head("ab/two") is None


def test_nothing_to_list_where_nothing_is(backend):
    with pytest.raises(StoreUnavailable):
        list(backend.list(""))
