"""Plain git and a store on a WebDAV server, with a login that git's own credential helper has."""

import os

import pytest
from support.servers import wsgidav
from support.servers.proxy import Fault, Proxy


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with wsgidav.serve(tmp_path_factory.mktemp("wsgidav")) as dav:
        yield dav


@pytest.fixture
def login(sandbox, server):
    """Gives the store helper a login for the server, or another password."""

    def know(password=server.password, port=server.port):
        sandbox.run("git", "config", "--global", "credential.helper", "store")
        answer = f"protocol=http\nhost=127.0.0.1:{port}\nusername={server.user}\npassword={password}\n\n"
        sandbox.run("git", "credential", "approve", data=answer)

    return know


def stored(server, url):
    """The sizes of what lies below a store's root on the server's disk."""
    root = server.folder / url.rpartition("/")[2]
    return {path.relative_to(root).as_posix(): path.stat().st_size for path in root.rglob("*") if path.is_file()}


def test_push_and_clone(repo, remote, server, login):
    login()
    url = server.place()
    repo.gitblob("store", "add", "team", url, "--default")
    data = {f"d/{n}.bin": bytes([n]) * (200_000 + n) for n in range(12)}
    for name, content in data.items():
        repo.write(name, content)
    repo.commit("data")
    repo.git("push", "-q", "origin", "main")
    there = stored(server, url)
    assert sorted(there.values()) == sorted([*map(len, data.values()), there["gitblob-store"]])
    clone = repo.sandbox.clone(remote)
    assert {name: clone.read(name) for name in data} == data
    assert clone.status() == ""
    clone.gitblob("store", "check", "team")
    assert stored(server, url) == there


def test_a_wrong_password_moves_no_ref(repo, remote, server, login):
    login()
    repo.gitblob("store", "add", "team", server.place(), "--default")
    repo.write("a.bin", b"a" * 1000)
    repo.commit("data")
    before = repo.git("ls-remote", str(remote))
    repo.sandbox.run("git", "config", "--global", "--unset", "credential.helper")
    (repo.sandbox.home / ".git-credentials").unlink()
    login("not-this-one")
    done = repo.git_result("push", "-q", "origin", "main", ok=None)
    assert done.returncode
    assert "the server does not accept the login of u" in done.stderr
    assert "not-this-one" not in done.stderr
    assert repo.git("ls-remote", str(remote)) == before
    assert (repo.sandbox.home / ".git-credentials").read_text() == ""  # git has forgotten it
    done = repo.git_result("push", "-q", "origin", "main", ok=None)
    assert "there is none for http://127.0.0.1" in done.stderr
    assert repo.git("ls-remote", str(remote)) == before
    login()
    repo.git("push", "-q", "origin", "main")
    assert repo.git("ls-remote", str(remote)) != before


def test_a_header_that_git_sends_there_is_enough(repo, remote, server):
    """What actions/checkout leaves in git's configuration: http.URL.extraHeader with the token."""
    from base64 import b64encode

    token = b64encode(f"{server.user}:{server.password}".encode()).decode()
    key = f"http.http://127.0.0.1:{server.port}/.extraHeader"
    repo.git("config", key, f"AUTHORIZATION: basic {token}")
    url = server.place()
    repo.gitblob("store", "add", "team", url, "--default")
    repo.write("a.bin", b"a" * 1000)
    repo.commit("data")
    repo.git("push", "-q", "origin", "main")
    assert 1000 in stored(server, url).values()


def test_a_server_that_is_down_moves_no_ref(repo, remote, sandbox, tmp_path):
    with wsgidav.serve(tmp_path) as dav:
        answer = f"protocol=http\nhost=127.0.0.1:{dav.port}\nusername={dav.user}\npassword={dav.password}\n\n"
        sandbox.run("git", "config", "--global", "credential.helper", "store")
        sandbox.run("git", "credential", "approve", data=answer)
        repo.gitblob("store", "add", "team", dav.place(), "--default")
    repo.write("a.bin", b"a" * 1000)
    repo.commit("data")
    before = repo.git("ls-remote", str(remote))
    done = repo.git_result("push", "-q", "origin", "main", ok=None)
    assert done.returncode
    assert "Connection refused" in done.stderr
    assert repo.git("ls-remote", str(remote)) == before


def test_a_network_that_breaks_again_and_again(repo, remote, server, login, sandbox):
    """Push and clone go on until all is there: what breaks is tried again."""
    with Proxy(server.port) as proxy:
        login(port=proxy.port)
        repo.gitblob("store", "add", "team", server.place(proxy.port), "--default")
        data = {f"{n}.bin": os.urandom(2 << 20) for n in range(4)}
        for name, content in data.items():
            repo.write(name, content)
        repo.commit("data")
        proxy.add(
            Fault("reset", method="PUT", after=1 << 20, times=2),
            Fault("answer", method="MOVE", status=503, headers={"Retry-After": "0"}, times=2),
            Fault("truncate", method="MOVE", times=1),
        )
        repo.git("push", "-q", "origin", "main")
        assert proxy.count("PUT") >= 4 + 2 + 3
        proxy.clear()
        blob = r"/../[0-9a-f]{62}$"
        before = proxy.count("GET", blob)
        proxy.add(Fault("reset", method="GET", path=blob, after=1 << 20, times=3))
        clone = sandbox.clone(remote)
        assert proxy.count("GET", blob) >= before + 4 + 3
        assert {name: clone.read(name) for name in data} == data
        assert clone.status() == ""
