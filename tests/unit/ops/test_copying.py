"""Copying takes no more room than it may."""

import os

from gitblob.cache import Cache
from gitblob.model.oid import Oid
from gitblob.ops import copying
from gitblob.store.base import Blob


def test_portions(monkeypatch):
    monkeypatch.setattr(copying, "ON_DISK", 100)
    blobs = [Blob(Oid(f"{n:064x}"), size) for n, size in enumerate([40, 60, 1, 500, 100, 0, 50])]
    portions = list(copying._portions(blobs))
    assert [[blob.size for blob in portion] for portion in portions] == [[40, 60], [1], [500], [100, 0], [50]]
    assert [blob for portion in portions for blob in portion] == blobs


def test_its_cache_has_a_name_of_this_process_alone(tmp_path):
    """In a container every process is number 1; and who leaves early takes it along."""
    cache = Cache(str(tmp_path / "gitblob"))
    with copying._aside(cache) as passing:
        os.close(passing.temporary()[0])
        open(f"{cache.root}/tmp/{copying.filesystem.stem()}file", "w").close()
        assert os.path.basename(passing.root).startswith(copying.filesystem.stem())
        copying.filesystem.tidy_own(f"{cache.root}/tmp")
        assert os.listdir(f"{cache.root}/tmp") == []
