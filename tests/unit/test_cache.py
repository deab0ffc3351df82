"""The cache: whole blobs under right names, sealed, never a torn one."""

import hashlib
import os
from pathlib import Path

import pytest

from gitblob import cache as caches
from gitblob.cache import Cache
from gitblob.errors import BlobCorrupt, BlobMissing
from gitblob.model import layout
from gitblob.model.oid import Oid


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git" / "gitblob"))


def oid_of(data):
    return Oid(hashlib.sha256(data).hexdigest())


def overwrite(path, data):
    """As a stray program would: through the read-only bit, without going back in time."""
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.write(data)
    os.chmod(path, 0o444)


def test_a_blob_is_read_only_sealed_and_in_the_plain_layout(cache):
    oid = cache.put(b"hello")
    path = f"{cache.root}/{oid[:2]}/{oid[2:]}"
    assert cache.find(oid, 5) == path
    assert os.stat(path).st_mode & 0o777 == 0o444
    assert os.stat(path).st_mtime_ns == caches.SEAL_NS
    assert Path(cache.root, layout.MARKER).read_bytes() == layout.MARKER_TEXT
    assert list(cache.blobs()) == [(oid, 5)]


def test_a_stream_becomes_the_same_blob_and_leaves_nothing_behind(cache):
    for _ in range(2):
        incoming = cache.incoming()
        for piece in (b"he", memoryview(b"llo")):
            incoming.write(piece)
        assert incoming.finish() == (oid_of(b"hello"), 5)
    incoming = cache.incoming()
    incoming.write(b"dropped")
    incoming.abandon()
    assert os.listdir(f"{cache.root}/tmp") == []
    assert list(cache.blobs()) == [(oid_of(b"hello"), 5)]


def test_a_torn_blob_counts_as_absent(cache):
    oid = cache.put(b"hello")
    os.chmod(cache.path(oid), 0o644)
    os.truncate(cache.path(oid), 2)
    assert cache.find(oid, 5) is None


def test_a_blob_somebody_wrote_into_is_hashed_and_put_away(cache):
    oid = cache.put(b"hello")
    overwrite(cache.path(oid), b"jello")
    assert cache.find(oid, 5)
    assert cache.restorable(oid, 5) is None
    assert cache.find(oid, 5) is None
    (name,) = os.listdir(f"{cache.root}/quarantine")
    assert Path(cache.root, "quarantine", name).read_bytes() == b"jello"


def test_a_touched_blob_that_is_right_is_sealed_again(cache):
    oid = cache.put(b"hello")
    os.utime(cache.path(oid))
    assert cache.restorable(oid, 5)
    assert os.stat(cache.path(oid)).st_mtime_ns == caches.SEAL_NS


def test_a_download_with_wrong_bytes_is_not_taken(cache, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"jello")
    with pytest.raises(BlobCorrupt):
        cache.adopt(str(wrong), oid_of(b"hello"), 5)
    assert wrong.exists()
    assert list(cache.blobs()) == []


def test_verify_tells_missing_from_damaged(cache):
    with pytest.raises(BlobMissing):
        cache.verify(oid_of(b"hello"))
    oid = cache.put(b"hello")
    cache.verify(oid)
    seal = os.stat(cache.path(oid)).st_mtime_ns
    overwrite(cache.path(oid), b"jello")
    os.utime(cache.path(oid), ns=(seal, seal))  # bit rot does not move the mtime
    with pytest.raises(BlobCorrupt):
        cache.verify(oid)


def test_right_bytes_replace_a_damaged_blob_of_the_same_size(cache):
    """Or adding the file again, which every hint recommends, would throw the good bytes away."""
    for again in (cache.put, stream_into(cache)):
        oid = cache.put(b"hello")
        overwrite(cache.path(oid), b"jello")
        again(b"hello")
        assert Path(cache.path(oid)).read_bytes() == b"hello"
        cache.verify(oid)


def stream_into(cache):
    def again(data):
        incoming = cache.incoming()
        incoming.write(data)
        return incoming.finish()

    return again


def test_a_cache_that_cannot_be_written_still_tells_what_it_has(cache, monkeypatch):
    oid = cache.put(b"hello")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(cache, "temporary", refuse)
    assert stream_into(cache)(b"hello") == (oid, 5)
    with pytest.raises(PermissionError):
        stream_into(cache)(b"other")


def test_what_git_lfs_keeps_is_found_and_sealed_only_when_it_was_hashed(cache, tmp_path):
    right, wrong = oid_of(b"right"), oid_of(b"wrong")
    for oid, data in ((right, b"right"), (wrong, b"false")):
        path = tmp_path / "git/lfs/objects" / oid[:2] / oid[2:4] / oid
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    found = f"{tmp_path}/git/lfs/objects/{right[:2]}/{right[2:4]}/{right}"
    assert cache.look(right, 5) == (found, False)
    assert cache.restorable(right, 5) == found
    assert cache.look(right, 5) == (found, True)
    assert os.stat(found).st_mode & 0o200
    assert cache.restorable(wrong, 5) is None
    assert cache.find(right, 4) is None
    assert not list(cache.blobs())
    assert path.exists()  # the wrong one stays: it is git-lfs's


def test_alternates_lead_to_sibling_caches(tmp_path):
    sibling = Cache(str(tmp_path / "a" / ".git" / "gitblob"))
    oid = sibling.put(b"hello")
    info = tmp_path / "b" / ".git" / "objects" / "info"
    info.mkdir(parents=True)
    (info / "alternates").write_text("../../../a/.git/objects\n")
    cache = Cache(str(tmp_path / "b" / ".git" / "gitblob"))
    assert cache.find(oid, 5) == sibling.path(oid)
    assert cache.put(b"hello") == oid
    assert list(cache.blobs()) == []


def test_a_damaged_blob_of_a_sibling_is_passed_over_and_stays(tmp_path):
    siblings = [Cache(str(tmp_path / name / "gitblob")) for name in "ab"]
    oid, _ = (sibling.put(b"hello") for sibling in siblings)
    (tmp_path / "c/objects/info").mkdir(parents=True)
    (tmp_path / "c/objects/info/alternates").write_text("".join(f"{tmp_path}/{name}/objects\n" for name in "ab"))
    cache = Cache(str(tmp_path / "c" / "gitblob"))
    for sibling, good in ((siblings[0], siblings[1].path(oid)), (siblings[1], None)):
        overwrite(sibling.path(oid), b"HELLO")
        assert cache.restorable(oid, 5) == good
        assert Path(sibling.path(oid)).read_bytes() == b"HELLO"
    assert cache.find(oid, 5) is None


def test_a_directory_that_the_hooks_made_becomes_a_store_with_the_first_blob(cache):
    os.makedirs(cache.root)
    cache.put(b"hello")
    assert Path(cache.root, layout.MARKER).exists()
