"""What every backend must do, as tests: subclass BackendConformance in a test module and give it a backend.

    class TestMine(BackendConformance):
        @pytest.fixture
        def backend(self, tmp_path):
            return MyBackend(...)   # empty

pytest collects the inherited tests. A backend without directories of its own sets `rooted = False`.
With `pytest.register_assert_rewrite("gitblob.store.conformance")` in conftest.py, one that fails says what it saw.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gitblob.errors import BlobCorrupt, BlobMissing, GitblobError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store.base import Backend

KEY = "ab/cdef"
Source = Callable[..., str]


def read(backend: Backend, key: str, start: int = 0, end: int | None = None) -> bytes:
    """The bytes of a file, or of a part."""
    return b"".join(backend.get(key, start, end))


class Enough(Exception):
    """Whoever watches has seen enough."""


def stop(_: int) -> None:
    """Watch, and stop at once."""
    raise Enough


class BackendConformance:
    """rooted: listing where nothing was ever put says that there is nothing (StoreUnavailable)."""

    rooted = True

    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        """Makes a file with these bytes, read-only as blobs in the cache are; its path."""

        def write(data: bytes, name: str = "source") -> str:
            path = tmp_path / name
            path.write_bytes(data)
            path.chmod(0o444)
            return str(path)

        return write

    @pytest.mark.parametrize("data", [b"", b"x", b"\0\r\n" * 7, bytes(3 << 20)])
    def test_what_is_put_comes_back(self, backend: Backend, source: Source, tmp_path: Path, data: bytes) -> None:
        """Bytes, size and what the watch is told agree."""
        assert backend.put(KEY, source(data), oid=Oid(hashlib.sha256(data).hexdigest()))
        backend.flush()
        assert backend.head(KEY) == len(data)
        assert read(backend, KEY) == data
        moved: list[int] = []
        backend.fetch(KEY, str(tmp_path / "back"), moved.append)
        assert (tmp_path / "back").read_bytes() == data
        assert sum(moved) == len(data)

    def test_a_missing_key(self, backend: Backend, source: Source, tmp_path: Path) -> None:
        """It has no size, and reading it is BlobMissing."""
        backend.put("ab/other", source(b"x"))
        assert backend.head(KEY) is None
        with pytest.raises(BlobMissing):
            read(backend, KEY)
        with pytest.raises(BlobMissing):
            backend.fetch(KEY, str(tmp_path / "back"))
        assert not (tmp_path / "back").exists()
        backend.delete(KEY)

    def test_ranges(self, backend: Backend, source: Source) -> None:
        """Parts, also beyond the end."""
        backend.put(KEY, source(b"0123456789"))
        assert read(backend, KEY, 3) == b"3456789"
        assert read(backend, KEY, 3, 5) == b"34"
        assert read(backend, KEY, 0, 0) == b""
        assert read(backend, KEY, 8, 99) == b"89"

    def test_put_if_absent_keeps_what_is_there(self, backend: Backend, source: Source) -> None:
        """A taken key stays as it is unless it is to be replaced."""
        assert backend.put(KEY, source(b"first", "one"))
        assert not backend.put(KEY, source(b"second", "two"))
        assert read(backend, KEY) == b"first"
        assert backend.put(KEY, source(b"third", "three"), if_absent=False)
        assert read(backend, KEY) == b"third"

    def test_replacing_a_file_leaves_who_reads_it_alone(self, backend: Backend, source: Source, tmp_path: Path) -> None:
        """What was fetched or put before does not change."""
        backend.put(KEY, source(b"first", "one"))
        backend.fetch(KEY, str(tmp_path / "back"))
        backend.put(KEY, source(b"other", "two"), if_absent=False)
        assert (tmp_path / "back").read_bytes() == b"first"
        assert (tmp_path / "one").read_bytes() == b"first"

    def test_other_bytes_than_announced_are_not_stored(self, backend: Backend, source: Source) -> None:
        """BlobCorrupt, and nothing is left."""
        backend.put("ab/first", source(b"x", "one"))
        with pytest.raises(BlobCorrupt):
            backend.put(KEY, source(b"y", "two"), if_absent=False, oid=Oid("0" * 64))
        assert backend.head(KEY) is None
        assert [key for key, _ in backend.list("")] == ["ab/first"]

    def test_a_source_that_is_gone(self, backend: Backend, tmp_path: Path) -> None:
        """BlobMissing, and nothing is left."""
        with pytest.raises(BlobMissing):
            backend.put(KEY, str(tmp_path / "gone"))
        assert backend.head(KEY) is None

    def test_list_by_prefix(self, backend: Backend, source: Source) -> None:
        """Any prefix of a key, also within a part of it."""
        sizes = {"ab/cdef": 1, "ab/cd00": 2, "b0/1234": 3, "marker": 4}
        for number, (key, size) in enumerate(sizes.items()):
            backend.put(key, source(b"x" * size, f"s{number}"))
        assert dict(backend.list("")) == sizes
        assert dict(backend.list("ab/")) == {"ab/cdef": 1, "ab/cd00": 2}
        assert dict(backend.list("ab/cde")) == {"ab/cdef": 1}
        assert dict(backend.list("b")) == {"b0/1234": 3}
        assert dict(backend.list("zz/")) == {}

    def test_delete(self, backend: Backend, source: Source) -> None:
        """Once and again."""
        backend.put(KEY, source(b"x"))
        backend.delete(KEY)
        assert backend.head(KEY) is None
        assert dict(backend.list("")) == {}
        assert backend.put(KEY, source(b"y", "again"))

    def test_many_writers_of_one_key(self, backend: Backend, source: Source) -> None:
        """The same bytes from eight threads."""
        data = b"same" * 50_000
        oid = Oid(hashlib.sha256(data).hexdigest())
        paths = [source(data, f"w{number}") for number in range(8)]
        errors: list[Exception] = []

        def put(path: str) -> None:
            try:
                backend.put(KEY, path, oid=oid)
            except (GitblobError, OSError) as error:
                errors.append(error)

        threads = [threading.Thread(target=put, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors, errors
        assert read(backend, KEY) == data
        assert dict(backend.list("")) == {KEY: len(data)}

    def test_whoever_watches_can_stop_it(self, backend: Backend, source: Source, tmp_path: Path) -> None:
        """An error of the watch ends the call, and nothing is left."""
        backend.put(KEY, source(b"x" * 100_000))
        with pytest.raises(Enough):
            backend.fetch(KEY, str(tmp_path / "back"), stop)
        assert not (tmp_path / "back").exists()
        with pytest.raises(Enough):
            backend.put("ab/two", source(b"y" * 100_000, "two"), if_absent=False, moved=stop)
        assert backend.head("ab/two") is None

    def test_nothing_to_list_where_nothing_is(self, backend: Backend) -> None:
        """Not the same as an empty list."""
        if not self.rooted:
            assert list(backend.list("")) == []
            return
        with pytest.raises(StoreUnavailable):
            list(backend.list(""))

    def test_a_path_that_cannot_be_written(self, backend: Backend, source: Source, tmp_path: Path) -> None:
        """That is no fault of the store's, and says where it is."""
        backend.put(KEY, source(b"abc"))
        with pytest.raises(GitblobError, match=r"not-there.back could not be written"):
            backend.fetch(KEY, str(tmp_path / "not-there" / "back"))

    def test_a_digest_is_that_of_the_bytes(self, backend: Backend, source: Source) -> None:
        """Where the backend has one."""
        backend.put(KEY, source(b"abc"))
        assert backend.digest(KEY) in {None, Oid(hashlib.sha256(b"abc").hexdigest())}
