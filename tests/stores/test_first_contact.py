"""A store that cannot be reached at first is told of at once: its URL is wrong, or the network is down."""

import pytest
from support.servers import process, sshd, wsgidav

from gitblob.errors import StoreUnavailable
from gitblob.git.ssh import GitSsh
from gitblob.model.oid import Oid
from gitblob.store import registry, retry
from gitblob.store.access import Access
from gitblob.store.base import Blob

BLOB = Blob(Oid("0" * 64), 1)
KINDS = {
    "http+dav://{}/x": {},
    "lfs+http://{}/x": {},
    "s3://bucket/x": {"endpoint": "http://{}", "anonymous": "true", "region": "us-east-1"},
    "az://container/x": {"endpoint": "http://{}", "account": "a", "anonymous": "true"},
    "sftp://{}/x": {},
    "ssh://{}/x": {},
}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    def pause(tried, error, moved):
        raise AssertionError(error)

    monkeypatch.setattr(retry, "_pause", pause)


@pytest.fixture
def access():
    return Access(ssh=GitSsh())


@pytest.mark.parametrize("url", KINDS)
@pytest.mark.parametrize("host", ["127.0.0.1:{}", "host.invalid"])
def test_nobody_is_there(access, url, host):
    where = host.format(process.free_port())
    options = {name: value.format(where) for name, value in KINDS[url].items()}
    store = registry.open("team", url.format(where), access, options)
    store.identity()  # as a push asks first; who is not reached has none
    with pytest.raises(StoreUnavailable) as caught:
        store.missing([BLOB])
    assert "team" in caught.value.message
    assert caught.value.hint


def test_a_folder_that_a_webdav_server_does_not_have(tmp_path):
    with wsgidav.serve(tmp_path) as server:
        made, new = registry.create("team", server.url("new/store"), server.logins.access())
        assert new
        assert made.missing([BLOB]) == {BLOB.oid}


def test_a_directory_that_is_not_there_by_sftp(tmp_path, access, monkeypatch):
    with sshd.serve(tmp_path / "server", PATH="/usr/bin:/bin") as server:
        monkeypatch.setenv("GIT_SSH_COMMAND", server.ssh())
        made, new = registry.create("team", server.url(tmp_path / "store", "sftp"), access)
        assert new
        assert made.missing([BLOB]) == {BLOB.oid}
