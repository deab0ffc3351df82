"""Azure Blob Storage, against Microsoft's emulator."""

import hashlib
import itertools
import os

import pytest
from support.servers import azurite

from gitblob.errors import BlobCorrupt, StoreDenied, StoreError
from gitblob.model.oid import Oid
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.cloud import azure
from gitblob.store.conformance import BackendConformance

NUMBERS = itertools.count()
KEY = "ab/cdef"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with azurite.blobs(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
def make(server, monkeypatch):
    """Makes a backend in a new container, or in the one named."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", server.account)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", server.key)

    def make(container=None):
        name = container or server.container(f"container{next(NUMBERS)}")
        options = {"account": server.account, "endpoint": server.endpoint}
        return azure.make("team", f"az://{name}/a/prefix", options, Access())

    return make


class TestAzurite(BackendConformance):
    rooted = False

    @pytest.fixture
    def backend(self, make):
        return make()


def test_a_large_file_is_streamed(make, tmp_path):
    data = os.urandom(30 << 20)
    (tmp_path / "large").write_bytes(data)
    backend, moved = make(), []
    assert backend.put(KEY, str(tmp_path / "large"), oid=Oid(hashlib.sha256(data).hexdigest()), moved=moved.append)
    assert sum(moved) == len(data)
    assert b"".join(backend.get(KEY)) == data


def test_a_large_file_with_other_bytes_is_not_stored(make, tmp_path):
    (tmp_path / "large").write_bytes(bytes(30 << 20))
    backend = make()
    with pytest.raises(BlobCorrupt):
        backend.put(KEY, str(tmp_path / "large"), oid=Oid("0" * 64))
    assert backend.head(KEY) is None
    assert list(backend.list("")) == []


def test_a_missing_container(make):
    with pytest.raises(StoreError, match="there is no such container"):
        list(make("nowhere").list(""))


def test_a_wrong_key(make, server, monkeypatch):
    container = server.container(f"container{next(NUMBERS)}")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "d3Jvbmc=")
    with pytest.raises(StoreDenied) as refused:
        list(make(container).list(""))
    assert "AZURE_STORAGE_ACCOUNT_KEY" in (refused.value.hint or "")


def test_neither_account_nor_endpoint():
    with pytest.raises(StoreError, match="account"):
        registry.open("team", "az://container", Access())
