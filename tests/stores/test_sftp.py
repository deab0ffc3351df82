"""Stores on hosts without gitblob, by SFTP: OpenSSH's server and rclone's."""

import os

import pytest
from support.servers import rclone, sshd

from gitblob.errors import BlobCorrupt, StoreDenied, StoreError, StoreUnavailable
from gitblob.git.ssh import GitSsh
from gitblob.model.address import parse
from gitblob.model.oid import Oid
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.conformance import BackendConformance
from gitblob.store.ssh.files import SftpBackend
from gitblob.store.ssh.sftp import Sftp


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A host without gitblob."""
    with sshd.serve(tmp_path_factory.mktemp("sshd") / "server", PATH="/usr/bin:/bin") as server:
        yield server


@pytest.fixture
def there(host, monkeypatch):
    monkeypatch.setenv("GIT_SSH_COMMAND", host.ssh())
    host.permit()
    return host


@pytest.fixture
def opened(there):
    """Opens a backend at an address, and closes it."""
    made = []

    def make(url):
        address = parse(str(url))
        made.append(SftpBackend(address.path, f"files ({url})", lambda: Sftp(GitSsh(), address, str(url))))
        return made[-1]

    yield make
    for backend in made:
        backend.close()


class TestOpenSsh(BackendConformance):
    @pytest.fixture
    def backend(self, opened, there, tmp_path):
        return opened(there.url(tmp_path / "a/store", "sftp"))


class TestOpenSshAtHome(BackendConformance):
    """A path that begins at home, and a server that offers no extensions to rely on."""

    @pytest.fixture
    def backend(self, opened, there, tmp_path):
        backend = opened(there.url(tmp_path / "store", "sftp"))
        backend.connect().extensions.clear()
        return backend


class TestRclone(BackendConformance):
    """Its rename replaces what is there, so who comes second is seen only by looking first."""

    @pytest.fixture
    def backend(self, opened, there, tmp_path, monkeypatch):
        (tmp_path / "data").mkdir()
        with rclone.sftp(tmp_path, there.folder / "user.pub", there.folder / "host") as port:
            monkeypatch.setenv("GIT_SSH_COMMAND", there.ssh("-o", "StrictHostKeyChecking=no", known="rclone"))
            yield opened(f"sftp://me@127.0.0.1:{port}/store")


def test_a_store_by_sftp_where_gitblob_is_missing(there, tmp_path):
    """ssh:// finds its way; what was made by SFTP is a store for everybody."""
    ssh = GitSsh()
    store, made = registry.create("team", there.url(tmp_path / "store"), Access(ssh=ssh))
    assert made
    assert (tmp_path / "store/gitblob-store").exists()
    assert registry.open("team", str(tmp_path / "store"), Access()).exists()
    ssh.shared(("team", store.url), lambda: None).close()


def test_a_host_with_neither(there, tmp_path):
    there.permit('command="echo go away; exit 1"')
    with pytest.raises(StoreError, match=r"does not run `gitblob serve-store`.*go away; .*does not serve SFTP"):
        registry.create("team", there.url(tmp_path / "store"), Access(ssh=GitSsh()))


def test_a_forced_sftp_server_that_is_asked_for_a_command(there, tmp_path):
    """It waits for a packet, and we for a line: nobody may wait for ever."""
    there.permit('command="internal-sftp"')
    ssh = GitSsh()
    store, made = registry.create("team", there.url(tmp_path / "store"), Access(ssh=ssh))
    assert made
    store.close()


def test_permissions(there, opened, tmp_path):
    """What OpenSSH says where a directory is closed; root is let in everywhere, so the way is another."""
    there.permit('command="/usr/lib/openssh/sftp-server -R"')
    source = tmp_path / "source"
    source.write_bytes(b"x")
    with pytest.raises(StoreDenied, match="ermission denied"):
        opened(there.url(tmp_path / "store", "sftp")).put("ab/cdef", str(source))


def test_a_full_disk(there, opened, tmp_path, mount):
    place = mount("size=1m")
    source = tmp_path / "source"
    source.write_bytes(os.urandom(3 << 20))
    backend = opened(there.url(place / "store", "sftp"))
    with pytest.raises(StoreError, match="Failure") as caught:
        backend.put("ab/cdef", str(source))
    assert "space" in caught.value.hint
    assert list(backend.list("")) == []
    assert not list((place / "store/tmp").iterdir())


def test_a_session_that_is_broken_off(there, opened, tmp_path):
    """The next call connects anew."""
    source = tmp_path / "source"
    source.write_bytes(os.urandom(30 << 20))
    backend = opened(there.url(tmp_path / "store", "sftp"))

    def end(size):
        backend.close()

    with pytest.raises(StoreUnavailable, match="broke"):
        backend.put("ab/cdef", str(source), moved=end)
    assert list(backend.list("")) == []
    assert backend.put("ab/cdef", str(source))
    assert backend.head("ab/cdef") == 30 << 20


def test_a_file_that_changes_on_its_way(there, opened, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    backend = opened(there.url(tmp_path / "store", "sftp"))
    with pytest.raises(BlobCorrupt):
        backend.put("ab/cdef", str(source), oid=Oid("0" * 64))
    assert backend.head("ab/cdef") is None
