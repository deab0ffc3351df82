"""Google Cloud Storage as far as an emulator goes, and Google Drive as far as there is no server."""

import itertools
import urllib.request

import pytest
from support.servers import gcs

from gitblob.errors import BlobMissing, StoreDenied, StoreError
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.cloud import gcs as backends
from gitblob.store.cloud import gdrive

NUMBERS = itertools.count()
KEY = "ab/cdef"


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    with gcs.storage(tmp_path_factory.mktemp("gcs"), "bucket") as running:
        yield running


@pytest.fixture
def backend(endpoint):
    """With one file; by hand, since opendal refuses the emulator's answer to a write (`null` for a string)."""
    prefix = f"prefix{next(NUMBERS)}"
    url = f"{endpoint}/upload/storage/v1/b/bucket/o?uploadType=media&name={prefix}/{KEY}"
    headers = {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, data=b"0123456789", method="POST", headers=headers)
    assert urllib.request.urlopen(request).status == 200
    return backends.make("team", f"gs://bucket/{prefix}", {"endpoint": endpoint, "anonymous": "true"}, Access())


def test_what_lies_there_is_read(backend, tmp_path):
    assert backend.head(KEY) == 10
    assert b"".join(backend.get(KEY, 3, 5)) == b"34"
    backend.fetch(KEY, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == b"0123456789"
    assert list(backend.list("ab/c")) == [(KEY, 10)]
    backend.delete(KEY)
    assert backend.head(KEY) is None
    with pytest.raises(BlobMissing):
        b"".join(backend.get(KEY))


def test_a_missing_bucket(endpoint):
    with pytest.raises(StoreError, match="no such bucket"):
        list(backends.make("team", "gs://nowhere", {"endpoint": endpoint, "anonymous": "true"}, Access()).list(""))


def test_google_drive_needs_a_token():
    store = registry.open("team", "gdrive://folder/blobs", Access())
    with pytest.raises(StoreDenied, match="no credentials"):
        store.backend.head("ab/cdef")


def test_google_drive_is_made_with_a_token(monkeypatch):
    monkeypatch.setenv("OPENDAL_GDRIVE_ACCESS_TOKEN", "token")
    backend = gdrive.make("team", "gdrive://folder/blobs", {}, Access())
    assert backend._operate().capability().write


def test_a_url_without_bucket():
    with pytest.raises(StoreError, match="names no bucket"):
        registry.open("team", "gs:///prefix", Access())
