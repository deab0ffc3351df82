"""The plain store on real directories: marker, damage, rights, full and foreign disks."""

import hashlib
import os
import subprocess
import traceback
from pathlib import Path

import pytest

from gitblob import filesystem
from gitblob.cache import SEAL_NS, Cache
from gitblob.errors import GitblobError, PartialFailure, StoreError, StoreUnavailable
from gitblob.model import layout
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.base import Blob
from gitblob.transfer import engine


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git" / "gitblob"))


@pytest.fixture
def other(tmp_path):
    """A colleague's cache."""
    return Cache(str(tmp_path / "colleague" / "gitblob"))


def keep(cache, data: bytes) -> Blob:
    return Blob(cache.put(data), len(data))


def at(store, blob) -> str:
    return f"{store.backend.root}/{blob.oid.key}"


def content(cache, blob) -> bytes:
    with open(cache.path(blob.oid), "rb") as file:
        return file.read()


def damage(path, data):
    os.chmod(path, 0o644)
    os.unlink(path)
    with open(path, "wb") as file:
        file.write(data)


def litter(*roots):
    return [n for root in roots for _, _, names in os.walk(root) for n in names if n.startswith(filesystem.TEMPORARY)]


def create(root):
    return registry.create("data", str(root), Access())[0]


@pytest.mark.parametrize("place", ["here", "elsewhere"])
def test_there_and_back(cache, other, tmp_path, place, request):
    root = tmp_path / "store" if place == "here" else request.getfixturevalue("other_device") / "store"
    store = create(root)
    blobs = [keep(cache, data) for data in (b"one", b"two" * 1000, bytes(5 << 20))]
    assert store.missing(blobs) == {blob.oid for blob in blobs}
    engine.upload(cache, store, blobs)
    assert store.missing(blobs) == set()
    assert set(store.blobs()) == set(blobs)
    assert set(store.blobs(blobs[0].oid[:5])) == {blobs[0]}
    assert engine.download(other, [store], blobs) == []
    assert [content(other, blob) for blob in blobs] == [content(cache, blob) for blob in blobs]
    for blob in blobs:
        assert hashlib.sha256(Path(at(store, blob)).read_bytes()).hexdigest() == blob.oid
        assert os.stat(at(store, blob)).st_mode & 0o777 == 0o444
        assert os.stat(other.path(blob.oid)).st_mtime_ns == SEAL_NS
    assert litter(tmp_path, root) == []


def test_on_one_file_system_nothing_is_copied(cache, other, tmp_path):
    store = create(tmp_path / "store")
    blob = keep(cache, b"x" * 100_000)
    engine.upload(cache, store, [blob])
    engine.download(other, [store], [blob])
    inodes = {os.stat(path).st_ino for path in (cache.path(blob.oid), at(store, blob), other.path(blob.oid))}
    assert len(inodes) == 1 or not filesystem._without_clone  # a reflink has its own


def test_the_layout_is_what_the_manual_says(cache, tmp_path):
    store = create(tmp_path / "store")
    blob = keep(cache, b"hello\n")
    engine.upload(cache, store, [blob])
    assert (tmp_path / "store" / layout.MARKER).read_bytes() == layout.MARKER_TEXT
    assert (tmp_path / "store" / blob.oid[:2] / blob.oid[2:]).read_bytes() == b"hello\n"


def test_a_repository_s_cache_is_a_store(cache, other):
    blob = keep(cache, b"x")
    store = registry.of_repository("origin", os.path.dirname(cache.root))
    assert engine.download(other, [store], [blob]) == []
    assert content(other, blob) == b"x"


def test_the_store_of_a_repository_is_made_by_the_first_push(cache, other, tmp_path):
    (tmp_path / "bare.git").mkdir()
    store = registry.of_repository("origin", str(tmp_path / "bare.git"))
    blob = keep(cache, b"x")
    assert not store.exists()
    assert list(store.blobs()) == []
    assert engine.download(other, [store], [blob]) == [blob]
    assert os.listdir(tmp_path / "bare.git") == []
    engine.upload(cache, store, [blob])
    assert store.exists()
    assert store.missing([blob]) == set()


def test_a_store_in_the_work_tree_ignores_itself(tmp_path, cache):
    top = tmp_path / "repo"
    top.mkdir()
    store = registry.open("data", "stores/blob", Access(top=str(top)))
    blob = keep(cache, b"x")
    assert store.missing([blob]) == {blob.oid}
    assert not (top / "stores").exists()
    engine.upload(cache, store, [blob])
    assert (top / "stores/blob/.gitignore").read_text() == "*\n"


def test_a_link_out_of_the_work_tree_makes_no_store(tmp_path, cache):
    top, outside = tmp_path / "repo", tmp_path / "outside"
    top.mkdir()
    outside.mkdir()
    (top / "stores").symlink_to(outside)
    store = registry.open("data", "stores", Access(top=str(top)))
    with pytest.raises(StoreError, match="not a store"):
        engine.upload(cache, store, [keep(cache, b"x")])
    assert os.listdir(outside) == []


def test_a_directory_that_is_no_store(cache, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"")
    store = registry.open("data", str(tmp_path / "photos"), Access())
    blob = keep(cache, b"x")
    for use in (lambda: store.missing([blob]), lambda: engine.upload(cache, store, [blob])):
        with pytest.raises(StoreError, match=r"photos\) is not a store: it holds other files \(cat.jpg\)"):
            use()
    with pytest.raises(StoreError, match="is not a store"):
        create(tmp_path / "photos")
    assert os.listdir(tmp_path / "photos") == ["cat.jpg"]


def test_a_link_in_place_of_a_folder_is_refused(cache, tmp_path):
    """It could lead into the very cache that prune wants to free."""
    oid = cache.put(b"hello")
    create(tmp_path / "store")
    (tmp_path / "store" / oid[:2]).symlink_to(f"{cache.root}/{oid[:2]}")
    store = registry.open("data", str(tmp_path / "store"), Access())
    with pytest.raises(StoreError, match="is a symbolic link"):
        store.missing([Blob(oid, 5)])


def test_an_empty_directory_is_a_mount_point_until_said_otherwise(cache, tmp_path):
    (tmp_path / "empty").mkdir()
    store = registry.open("data", str(tmp_path / "empty"), Access())
    with pytest.raises(StoreError, match="the directory is empty") as caught:
        store.missing([keep(cache, b"x")])
    assert "mounted" in caught.value.hint
    create(tmp_path / "empty")
    assert store.missing([keep(cache, b"x")])


def test_a_directory_that_is_not_there(cache, tmp_path):
    store = registry.open("data", str(tmp_path / "gone"), Access())
    with pytest.raises(StoreUnavailable, match=r"gone\) is not there") as caught:
        engine.upload(cache, store, [keep(cache, b"x")])
    assert "mounted" in caught.value.hint
    assert not (tmp_path / "gone").exists()


def test_a_file_in_place_of_the_directory(cache, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    store = registry.open("data", str(tmp_path / "file"), Access())
    with pytest.raises(StoreError, match="is not a directory"):
        store.missing([keep(cache, b"x")])


def test_a_store_of_a_newer_gitblob(cache, tmp_path):
    create(tmp_path / "store")
    damage(tmp_path / "store" / layout.MARKER, b"gitblob store, format 2: packs\n")
    with pytest.raises(StoreError, match="newer gitblob"):
        registry.open("data", str(tmp_path / "store"), Access()).missing([keep(cache, b"x")])


def test_a_store_that_goes_away_during_the_work(cache, tmp_path):
    store = create(tmp_path / "store")
    blob = keep(cache, b"x")
    assert store.missing([blob])
    os.rename(tmp_path / "store", tmp_path / "elsewhere")
    (tmp_path / "store").write_bytes(b"")
    with pytest.raises(StoreError, match="is not a directory"):
        engine.upload(cache, store, [blob])


def test_a_torn_blob_counts_as_missing_and_is_replaced(cache, other, tmp_path):
    store = create(tmp_path / "store")
    blob = keep(cache, b"x" * 1000)
    engine.upload(cache, store, [blob])
    damage(at(store, blob), b"x" * 10)
    assert store.missing([blob]) == {blob.oid}
    assert engine.download(other, [store], [blob]) == [blob]
    engine.upload(cache, store, [blob])
    assert Path(at(store, blob)).read_bytes() == b"x" * 1000


def test_wrong_bytes_are_named_and_left_and_the_next_store_is_asked(cache, other, tmp_path):
    bad, good = create(tmp_path / "bad"), create(tmp_path / "good")
    blob = keep(cache, b"right")
    for store in (bad, good):
        engine.upload(cache, store, [blob])
    damage(at(bad, blob), b"wrong")
    with pytest.raises(PartialFailure) as caught:
        engine.download(other, [bad], [blob])
    assert caught.value.failures[0][0] == blob.oid.text
    assert str(tmp_path / "bad") in caught.value.failures[0][1]
    assert Path(at(bad, blob)).read_bytes() == b"wrong"
    assert other.find(*blob) is None
    assert engine.download(other, [bad, good], [blob]) == []
    assert content(other, blob) == b"right"
    assert litter(tmp_path) == []


def test_a_damaged_blob_of_the_cache_does_not_reach_the_store(cache, tmp_path):
    store = create(tmp_path / "store")
    right, wrong = keep(cache, b"right"), keep(cache, b"wrong")
    damage(cache.path(wrong.oid), b"bytes")
    with pytest.raises(PartialFailure) as caught:
        engine.upload(cache, store, [right, wrong])
    assert [name for name, _ in caught.value.failures] == [wrong.oid.text]
    assert set(store.blobs()) == {right}


def test_a_link_in_the_store_is_no_blob(cache, other, tmp_path):
    store = create(tmp_path / "store")
    blob = keep(cache, b"secret")
    (tmp_path / "secret").write_bytes(b"secret")
    os.makedirs(os.path.dirname(at(store, blob)))
    os.symlink(tmp_path / "secret", at(store, blob))
    assert store.missing([blob]) == {blob.oid}
    assert engine.download(other, [store], [blob]) == [blob]


def test_a_full_disk(cache, mount):
    store = create(mount("size=256k"))
    small, large = keep(cache, b"x" * 1000), keep(cache, os.urandom(1 << 20))
    engine.upload(cache, store, [small])
    with pytest.raises(StoreError, match=r"store data \(.*\) is full") as caught:
        engine.upload(cache, store, [large])
    assert "free space" in caught.value.hint
    assert litter(store.backend.root) == []
    assert set(store.blobs()) == {small}


def test_a_disk_without_room_for_names(cache, mount):
    store = create(mount("nr_inodes=6"))
    with pytest.raises(StoreError, match="is full"):
        engine.upload(cache, store, [keep(cache, bytes([n])) for n in range(20)])
    assert litter(store.backend.root) == []


def test_the_cache_s_disk_is_full(cache, tmp_path, mount):
    store = create(tmp_path / "store")
    blob = keep(cache, os.urandom(1 << 20))
    engine.upload(cache, store, [blob])
    small = Cache(f"{mount('size=256k')}/gitblob")
    with pytest.raises(GitblobError, match="could not be written: No space left") as caught:
        engine.download(small, [store], [blob])
    assert not isinstance(caught.value, StoreError)
    assert litter(small.root) == []


def test_a_read_only_store_gives_and_does_not_take(cache, other, tmp_path, mount):
    place = mount("size=4m")
    store = create(place)
    blob, new = keep(cache, b"x"), keep(cache, b"y")
    engine.upload(cache, store, [blob])
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    assert engine.download(other, [store], [blob]) == []
    with pytest.raises(StoreError, match=r"store data \(.*\) is not writable"):
        engine.upload(cache, store, [new])
    with pytest.raises(StoreError, match="is not writable"):
        store.delete([blob.oid])
    with pytest.raises(StoreError, match="is not writable"):
        create(place / "new")


def as_nobody(home, store, blob):
    """What another user gets from the store and what he is told when he puts something there."""
    mine = Cache(f"{home}/gitblob")
    assert engine.download(mine, [store], [blob]) == []
    assert os.stat(mine.path(blob.oid)).st_uid == os.getuid() != 0
    with pytest.raises(StoreError, match="is not writable"):
        engine.upload(mine, store, [keep(mine, b"mine")])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_another_user_s_store(cache, other_device):
    """Whoever may read a store gets copies of his own; the owner's files keep mode and time."""
    store = create(other_device / "store")
    blob = keep(cache, b"shared")
    engine.upload(cache, store, [blob])
    os.utime(at(store, blob), ns=(5, 5))
    home = other_device / "nobody"
    home.mkdir()
    os.chown(home, 65534, 65534)
    other_device.chmod(0o755)
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        try:
            as_nobody(home, store, blob)
        except BaseException:  # noqa: BLE001 pytest must not go on in the child
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert os.stat(at(store, blob)).st_mtime_ns == 5
    assert os.stat(at(store, blob)).st_uid == 0


def test_a_shared_directory_shares_what_is_made_in_it(cache, tmp_path):
    shared, private = tmp_path / "shared", tmp_path / "private"
    for place, mode in ((shared, 0o2775), (private, 0o755)):
        place.mkdir()
        place.chmod(mode)
    blob = keep(cache, b"x")
    before = os.umask(0o022)
    try:
        for place in (shared, private):
            engine.upload(cache, create(place), [blob])
    finally:
        os.umask(before)
    assert os.stat(shared / blob.oid[:2]).st_mode & 0o7777 == 0o2775
    assert os.stat(private / blob.oid[:2]).st_mode & 0o7777 == 0o755


@pytest.mark.parametrize("url", ["later://bucket/blobs", "host:blobs", "https://example.invalid/x"])
def test_a_kind_of_store_that_is_not_known(url):
    with pytest.raises(StoreError, match="does not know"):
        registry.open("data", url, Access(top="/repo"))


def test_a_relative_store_needs_a_work_tree():
    with pytest.raises(StoreError, match="relative to a work tree"):
        registry.open("data", "stores/blob", Access())


def test_the_group_of_a_shared_store_can_read_what_a_closed_umask_has_pushed(tmp_path, cache):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2775)
    before = os.umask(0o077)
    try:
        blob = keep(cache, b"content")
        store = create(shared)
        engine.upload(cache, store, [blob])
    finally:
        os.umask(before)
    for path in (at(store, blob), f"{shared}/{layout.MARKER}"):
        assert os.stat(path).st_mode & 0o777 == 0o440
    assert os.stat(cache.path(blob.oid)).st_mode & 0o777 == 0o400
