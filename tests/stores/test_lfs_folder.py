"""The store in a Git remote that is a path: gitblob's folder and the one of git-lfs, read as one, filled as told."""

import hashlib
import os

import pytest

from gitblob.cache import Cache
from gitblob.errors import PartialFailure
from gitblob.model.oid import Oid
from gitblob.store import registry
from gitblob.store.base import Blob
from gitblob.store.lfs_folder import facing_git_lfs
from gitblob.transfer import engine


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git/gitblob"))


@pytest.fixture
def root(tmp_path):
    (tmp_path / "origin.git").mkdir()
    return tmp_path / "origin.git"


@pytest.fixture
def store(root):
    return registry.of_repository("origin", str(root))


def lfs_path(root, blob):
    return root / "lfs/objects" / blob.oid[:2] / blob.oid[2:4] / blob.oid


def keep(cache, data: bytes) -> Blob:
    return Blob(cache.put(data), len(data))


def test_each_kind_lies_where_its_tool_looks_and_both_are_found(cache, store, root, tmp_path):
    own, lfs, nowhere = keep(cache, b"own"), keep(cache, b"of git-lfs"), keep(cache, b"nowhere")
    assert store.missing([own, lfs]) == {own.oid, lfs.oid}
    assert not store.exists()
    engine.upload(cache, store, [own])
    engine.upload(cache, facing_git_lfs(store), [lfs])
    assert lfs_path(root, lfs).read_bytes() == b"of git-lfs"
    assert (root / "gitblob" / own.oid.key).read_bytes() == b"own"
    assert not lfs_path(root, own).exists()
    assert not (root / "gitblob" / lfs.oid.key).exists()
    assert {path.name for path in (root / "lfs").iterdir()} <= {"objects", "tmp"}
    fresh = registry.of_repository("origin", str(root))
    assert fresh.missing([own, lfs, nowhere]) == {nowhere.oid}
    assert facing_git_lfs(fresh).missing([own, lfs]) == {own.oid}
    assert set(fresh.blobs()) == {own, lfs}
    assert list(fresh.blobs(lfs.oid[:1])) == [lfs]
    assert list(fresh.blobs(lfs.oid[:7])) == [lfs]
    assert b"".join(fresh.read(lfs, 3, 6)) == b"git"
    assert fresh.digest(lfs) == lfs.oid
    other = Cache(str(tmp_path / "other/gitblob"))
    assert engine.download(other, [fresh], [own, lfs, nowhere]) == [nowhere]
    assert all(other.has_sealed(*blob) for blob in (own, lfs))
    fresh.delete([own.oid, lfs.oid])
    assert fresh.missing([own, lfs]) == {own.oid, lfs.oid}


def test_files_of_git_lfs_are_neither_changed_nor_linked(store, root, tmp_path):
    blob, mine = Blob(Oid(hashlib.sha256(b"theirs").hexdigest()), 6), tmp_path / "git/lfs/objects"
    cache = Cache(str(tmp_path / "git/gitblob"))
    here = mine / blob.oid[:2] / blob.oid[2:4] / blob.oid
    here.parent.mkdir(parents=True)
    here.write_bytes(b"theirs")
    engine.upload(cache, facing_git_lfs(store), [blob])
    there = lfs_path(root, blob)
    assert there.read_bytes() == b"theirs"
    assert there.stat().st_ino != here.stat().st_ino
    there.chmod(0o644)
    before = there.stat()
    other = Cache(str(tmp_path / "other/gitblob"))
    assert engine.download(other, [store], [blob]) == []
    assert other.has_sealed(*blob)
    assert (there.stat().st_mode, there.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert here.stat().st_mode & 0o200


def test_content_is_asked_of_git_lfss_folder_even_where_gitblob_has_it(cache, store, root):
    blob = keep(cache, b"twice")
    engine.upload(cache, store, [blob])
    assert facing_git_lfs(store).missing([blob]) == {blob.oid}


@pytest.mark.parametrize("data", [b"fals", b"false"])
def test_wrong_bytes_of_git_lfs_are_not_taken(store, root, tmp_path, data):
    blob = Blob(keep(Cache(str(tmp_path / "x/gitblob")), b"right").oid, 5)
    lfs_path(root, blob).parent.mkdir(parents=True)
    lfs_path(root, blob).write_bytes(data)
    cache = Cache(str(tmp_path / "git/gitblob"))
    if len(data) == 5:
        with pytest.raises(PartialFailure):
            engine.download(cache, [store], [blob])
    else:
        assert engine.download(cache, [store], [blob]) == [blob]
    assert cache.find(*blob) is None


def test_what_else_lies_there_is_no_blob(store, root):
    digits = hashlib.sha256(b"x").hexdigest()
    for name in ("logs/x", f"objects/{digits}", f"objects/00/11/{digits}", "objects/ab/cd/ef", f"tmp/{digits}"):
        (root / "lfs" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "lfs" / name).write_bytes(b"x")
    assert list(store.blobs()) == []
    assert os.listdir(root) == ["lfs"]
