"""The same faults with a real server of each kind behind the proxy; what is particular to a kind is elsewhere.

Which test covers what, in this folder (`faults`: test_faults.py, S3; `here`: this file; a name alone: the kind's own file):

                        S3      WebDAV                  Azure                  LFS                     ssh and SFTP
    wrong password      check   a_wrong_password…       a_wrong_key            a_wrong_password        a_wrong_key
    no permission       check   …login_that_may_not…    (as S3's)              a_login_goes_to_no…     permissions
    bucket missing      check   here                    a_missing_container    a_host_without_a_git…   a_directory_that_is_no…
    reset in the middle faults  here                    here                   here                    a_server_that_is_killed…
    500, 503, 429       faults  here                    here                   here                    none: no such answers
    truncated body      faults  here                    here                   here                    a_server_that_is_killed…
    wrong bytes         faults  here                    here                   here                    here
    accepts and forgets faults  here                    here                   here                    here
    clock skew          check   has no signatures       as S3: `failure.py`    has no signatures       has no signatures
    full disk there     none    a_full_disk_on…         none: an emulator      a_full_server           a_full_disk, …_there
    two pushers         faults  here                    here                   here                    here
"""

import os
import sys
import threading
from urllib.parse import urlsplit

import pytest
from support.faults import BURSTS, SIZES, keep, whole
from support.sandbox import LAUNCHER
from support.servers import azurite, sshd, wsgidav
from support.servers.lfs_server import LfsServer
from support.servers.process import free_port
from support.servers.proxy import Fault, Proxy

from gitblob.cache import Cache
from gitblob.errors import GitblobError, PartialFailure, StoreError
from gitblob.git.ssh import GitSsh
from gitblob.store import registry, retry
from gitblob.store.access import Access
from gitblob.transfer import engine

CONTENT = "/[0-9a-f]{62}|/tmp/[0-9a-f]{32}"  # of a blob, under its name or a temporary one
TAKES = {"webdav": "MOVE", "azure": "PUT", "lfs": "PUT"}  # what makes a blob visible
HTTP = tuple(TAKES)
KINDS = (*HTTP, "ssh", "sftp")


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(retry, "FIRST", 0.05)


@pytest.fixture(scope="session")
def dav_server(tmp_path_factory):
    with wsgidav.serve(tmp_path_factory.mktemp("dav")) as server:
        yield server


@pytest.fixture(scope="session")
def azure_server(tmp_path_factory):
    with azurite.blobs(tmp_path_factory.mktemp("azure")) as server:
        yield server


@pytest.fixture(scope="session")
def ssh_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ssh")
    (folder / "gitblob").write_text(LAUNCHER.format(python=sys.executable))
    (folder / "gitblob").chmod(0o755)
    path = f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"
    with sshd.serve(folder / "server", PATH=path, PYTHONPATH=os.environ.get("PYTHONPATH", ""), HOME=str(folder)) as it:
        yield it


@pytest.fixture
def kind(request):
    return request.param


@pytest.fixture
def place(kind, request, monkeypatch, tmp_path):
    """The proxy (None for ssh), what opens the store, the folder where an ssh one lies."""
    if kind == "webdav":
        server = request.getfixturevalue("dav_server")
        with Proxy(server.port) as proxy:
            url = server.place(proxy.port)
            yield proxy, lambda: registry.create("team", url, server.logins.access())[0], None
    elif kind == "azure":
        server = request.getfixturevalue("azure_server")
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", server.account)
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", server.key)
        url = f"az://{server.container(f'faults{os.urandom(6).hex()}')}/blobs"
        port = urlsplit(server.endpoint).port
        with Proxy(port) as proxy:
            endpoint = server.endpoint.replace(f":{port}", f":{proxy.port}")
            options = {"account": server.account, "endpoint": endpoint}
            yield proxy, lambda: registry.create("team", url, Access(), options)[0], None
    elif kind == "lfs":
        with LfsServer(tmp_path / "objects") as server, Proxy(int(server.host.rpartition(":")[2])) as proxy:
            url = f"lfs+http://127.0.0.1:{proxy.port}/team/repo.git/info/lfs"
            yield proxy, lambda: registry.open("team", url, Access()), None
    else:
        server = request.getfixturevalue("ssh_server")
        monkeypatch.setenv("GIT_SSH_COMMAND", server.ssh())
        made = []

        def opened():
            made.append(GitSsh())
            url = server.url(tmp_path / "store", kind)
            return registry.create("team", url, Access(ssh=made[-1]))[0]

        yield None, opened, tmp_path / "store"
        for ssh in made:
            for session in ssh.sessions.values():
                session.close()


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git" / "gitblob"))


@pytest.fixture
def other(tmp_path):
    return Cache(str(tmp_path / "other" / "gitblob"))


@pytest.mark.parametrize("fault", BURSTS, ids=lambda fault: f"{fault.kind}-{fault.status}")
@pytest.mark.parametrize("kind", HTTP, indirect=True)
def test_what_passes_is_got_through(place, cache, other, fault):
    proxy, opened, _ = place
    store, blobs = opened(), keep(cache, *SIZES)
    for move in (lambda: engine.upload(cache, store, blobs), lambda: engine.download(other, [store], blobs)):
        proxy.clear()
        proxy.add(Fault(**{**fault.__dict__, "method": "PUT|GET", "path": CONTENT}))
        move()
    proxy.clear()
    assert store.missing(blobs) == set()
    whole(other, blobs)


@pytest.mark.parametrize("kind", KINDS, indirect=True)
def test_wrong_bytes_never_get_into_the_cache(place, cache, other):
    proxy, opened, folder = place
    store, blobs = opened(), keep(cache, *SIZES[1:])
    engine.upload(cache, store, blobs)
    files = [folder / blob.oid.key for blob in blobs] if folder else []
    right = [file.read_bytes() for file in files]
    for file, data in zip(files, right, strict=True):
        file.chmod(0o644)
        file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    if proxy:
        proxy.add(Fault("flip", method="GET", path=CONTENT, after=5))
    with pytest.raises(PartialFailure) as caught:
        engine.download(other, [store], blobs)
    assert len(caught.value.failures) == len(blobs)
    assert all("store team (" in reason for _, reason in caught.value.failures)
    assert list(other.blobs()) == []
    if proxy:
        proxy.clear()
    for file, data in zip(files, right, strict=True):
        file.write_bytes(data)
    engine.download(other, [store], blobs)
    whole(other, blobs)


@pytest.mark.parametrize("kind", KINDS, indirect=True)
def test_a_server_that_accepts_and_forgets_is_found(place, cache, kind):
    proxy, opened, folder = place
    store, blobs = opened(), keep(cache, *SIZES)
    if proxy:
        proxy.add(Fault("swallow", method=TAKES[kind], path=CONTENT))
    else:
        put = store.put

        def forgetful(items, watch):
            put(items, watch)
            for blob in blobs:
                (folder / blob.oid.key).unlink(missing_ok=True)

        store.put = forgetful
    with pytest.raises(PartialFailure, match=r"could not be brought to store team") as caught:
        engine.upload(cache, store, blobs)
    assert "gitblob store check team" in caught.value.hint


@pytest.mark.parametrize("kind", KINDS, indirect=True)
def test_two_pushers_of_the_same_blobs(place, cache, other):
    _, opened, _ = place
    blobs, errors = keep(cache, 10, 20_000, 9 << 20), []
    for blob in blobs:
        with open(cache.path(blob.oid), "rb") as file:
            other.put(file.read())
    stores = [opened() for _ in range(3)]

    def push(source, store):
        try:
            engine.upload(source, store, blobs)
        except GitblobError as error:
            errors.append((error, getattr(error, "failures", "")))

    threads = [threading.Thread(target=push, args=of) for of in zip((cache, other, cache), stores, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    third = Cache(f"{cache.root}-third")
    assert engine.download(third, [opened()], blobs) == []
    whole(third, blobs)


@pytest.mark.parametrize("kind", ["webdav"], indirect=True)
def test_a_folder_that_is_gone(place, dav_server, cache):
    _, opened, _ = place
    store = opened()
    gone = registry.open("team", dav_server.url("nowhere"), dav_server.logins.access())
    for ask in (lambda: gone.missing(keep(cache, 1)), lambda: engine.upload(cache, gone, keep(cache, 1))):
        with pytest.raises(StoreError, match=r"store team .*is not there") as caught:
            ask()
        assert caught.value.hint
    assert store.exists()


@pytest.mark.parametrize("scheme", ["s3", "az", "http+dav", "lfs+http", "ssh", "sftp"])
def test_nobody_there(scheme, cache, monkeypatch):
    """Named, with what to do, and soon."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_NAME"):
        monkeypatch.setenv(name, "name")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -F none")
    address = f"127.0.0.1:{free_port()}"
    options = {"endpoint": f"http://{address}"} | ({"account": "name"} if scheme == "az" else {})
    url = f"{scheme}://bucket/x" if scheme in {"s3", "az"} else f"{scheme}://{address}/x"
    store = registry.open("team", url, Access(ssh=GitSsh()), options if scheme in {"s3", "az"} else {})
    with pytest.raises(StoreError, match="team") as caught:
        store.missing(keep(cache, 1))
    assert caught.value.hint
