"""A blob on its way into the cache, beside one that it may turn out to be."""

import hashlib
import os

import pytest

from gitblob.cache import Cache
from gitblob.cache.incoming import SPOOL
from gitblob.model.oid import Oid

PIECE = 1 << 20
OLD = os.urandom(SPOOL + 3 * PIECE + 17)


@pytest.fixture
def cache(tmp_path):
    cache = Cache(str(tmp_path / "gitblob"))
    cache.put(OLD)
    return cache


def oid_of(data):
    return Oid(hashlib.sha256(data).hexdigest())


def arrive(cache, data, expected=OLD):
    """As clean does it: what is above SPOOL bytes is compared with a blob that is there."""
    incoming = cache.incoming()
    for start in range(0, len(data), PIECE):
        piece = data[start : start + PIECE]
        if start <= SPOOL < start + len(piece) and (alike := cache.alike(oid_of(expected), len(expected))):
            incoming.expect(alike)
        incoming.write(piece)
    return incoming.finish()


def test_what_is_here_already_is_not_written(cache, monkeypatch):
    monkeypatch.setattr(cache, "temporary", lambda: pytest.fail("a temporary file"))
    assert arrive(cache, OLD) == (oid_of(OLD), len(OLD))


@pytest.mark.parametrize(
    "new",
    [
        OLD + b"more",
        OLD + os.urandom(2 * PIECE),
        b"x" + OLD[1:],
        OLD[:SPOOL] + b"x" + OLD[SPOOL + 1 :],
        OLD[:-1] + b"x",
        OLD[:-1],
        OLD[: SPOOL + 1],
        OLD[: SPOOL + PIECE],
        os.urandom(len(OLD)),
    ],
    ids=["line", "lines", "first", "middle", "last", "shorter", "cut", "cut at a piece", "other"],
)
def test_what_begins_the_same_is_written_whole(cache, new):
    oid, size = arrive(cache, new)
    assert (oid, size) == (oid_of(new), len(new))
    with open(cache.path(oid), "rb") as file:
        assert file.read() == new
    cache.verify(oid)
    assert os.listdir(f"{cache.root}/tmp") == []


def test_a_blob_that_vanishes_meanwhile_is_written_again(cache):
    incoming = cache.incoming()
    incoming.write(OLD[:SPOOL])
    incoming.expect(cache.alike(oid_of(OLD), len(OLD)))
    cache.remove(oid_of(OLD))
    incoming.write(OLD[SPOOL:])
    assert incoming.finish() == (oid_of(OLD), len(OLD))
    cache.verify(oid_of(OLD))


@pytest.fixture
def halfway(cache):
    """Half of OLD has come and is being compared; OLD's path, writable."""
    incoming = cache.incoming()
    incoming.write(OLD[:SPOOL])
    incoming.expect(cache.alike(oid_of(OLD), len(OLD)))
    os.chmod(cache.path(oid_of(OLD)), 0o644)
    return incoming, cache.path(oid_of(OLD))


def test_a_blob_that_is_written_to_meanwhile_spoils_no_other(cache, halfway):
    incoming, path = halfway
    with open(path, "r+b") as file:
        file.write(b"x")
    incoming.write(b"other")
    with pytest.raises(OSError, match="changed"):
        incoming.finish()
    assert cache.find(oid_of(OLD[:SPOOL] + b"other"), SPOOL + 5) is None
    assert os.listdir(f"{cache.root}/tmp") == []


def test_a_blob_whose_seal_changes_meanwhile_is_no_obstacle(cache, halfway):
    incoming, path = halfway
    os.utime(path)
    incoming.write(b"other")
    oid, _ = incoming.finish()
    cache.verify(oid)


def test_a_full_disk_is_told_at_the_end(cache, monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "temporary", full)
    assert arrive(cache, OLD)[0] == oid_of(OLD)
    with pytest.raises(OSError, match="No space"):
        arrive(cache, OLD + b"more")


def test_a_file_of_which_an_interrupt_let_nobody_know_is_put_away(cache):
    cache.put(b"the first makes the folder")
    os.close(cache.temporary()[0])
    cache.lay_out()
    other = f"{cache.root}/tmp/.gitblob-tmp-1-0-00000000"
    open(other, "w").close()
    cache.put_away()
    assert os.listdir(f"{cache.root}/tmp") == [os.path.basename(other)]
