"""Copying takes no more room than it may."""

from gitblob.model.oid import Oid
from gitblob.ops import copying
from gitblob.store.base import Blob


def test_portions(monkeypatch):
    monkeypatch.setattr(copying, "ON_DISK", 100)
    blobs = [Blob(Oid(f"{n:064x}"), size) for n, size in enumerate([40, 60, 1, 500, 100, 0, 50])]
    portions = list(copying._portions(blobs))
    assert [[blob.size for blob in portion] for portion in portions] == [[40, 60], [1], [500], [100, 0], [50]]
    assert [blob for portion in portions for blob in portion] == blobs
