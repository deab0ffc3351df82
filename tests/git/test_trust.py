"""No host that only a committed file names is asked for anything before the user has approved it."""

import os
import pty
import socket
import subprocess
import threading

import pytest
from support import plugin

from gitblob.git import command
from gitblob.settings import trust
from gitblob.settings.places import Place
from gitblob.store import url as urls


class Host:
    """A listening socket that counts who connects."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self):
        self._socket.close()


@pytest.fixture
def host():
    host = Host()
    yield host
    host.close()


@pytest.fixture
def named(repo, remote, host, tmp_path):
    """A commit with a blob and with a store at that host, which somebody else has named; the blob is nowhere."""
    folder = plugin.install(tmp_path / "site", "knock", plugin.KNOCK)
    repo.sandbox.env["PYTHONPATH"] = f"{folder}{os.pathsep}{repo.sandbox.env['PYTHONPATH']}"
    repo.write(".gitblob.yaml", f"stores: {{team: 'knock://127.0.0.1:{host.port}/x'}}\n")
    repo.write("a.bin", os.urandom(3000))
    repo.commit()
    repo.git("push", "-q", "--no-verify", "origin", "main")
    return repo


def trusted(repo):
    return repo.git_result("config", "--global", "--get-all", trust.KEY, ok=None).stdout.split("\n")[:-1]


def test_nothing_is_asked_before_approval(named, host, remote):
    clone = named.sandbox.clone(remote)  # the filter process: no question, the stub stays
    assert clone.read("a.bin") == named.stored("a.bin")
    late = named.sandbox.run("git", "clone", remote, "another").stderr
    assert "store team at knock://127.0.0.1" in late
    assert "`gitblob store trust team`" in late
    for argv in (
        ["pull"],
        ["fetch"],
        ["store", "check"],
        ["fsck", "--store", "team"],
        ["doctor"],
        ["status"],
        ["prune"],
    ):
        clone.gitblob(*argv, ok=None)
    refused = clone.gitblob("pull", ok=15).stderr
    assert f"store team at knock://127.0.0.1:{host.port} is named by this repository" in refused
    assert "hint: if you know it: `gitblob store trust team`" in refused
    assert host.connections == 0


def test_a_push_is_refused_and_moves_nothing(named, host, remote):
    named.write("b.bin", os.urandom(3000))
    new = named.commit()
    refused = named.git_result("push", "origin", "main", ok=1).stderr
    assert "never approved" in refused
    assert host.connections == 0
    assert new not in named.git("ls-remote", "origin")


def test_approval(named, host):
    said = named.gitblob("store", "trust", "team").stdout
    assert said == f"approved knock://127.0.0.1:{host.port} in your git config (gitblob.trust)\n"
    assert trusted(named) == [f"knock://127.0.0.1:{host.port}"]
    assert "approved before" in named.gitblob("store", "trust", "team").stderr
    assert "nobody is at home" in named.gitblob("store", "check", ok=15).stderr
    assert host.connections > 0
    # another endpoint is another place
    named.write(
        ".gitblob.yaml", f"stores: {{team: {{url: 'knock://127.0.0.1:{host.port}/x', endpoint: 'http://h'}}}}\n"
    )
    assert f"at knock://127.0.0.1:{host.port} @ http://h" in named.gitblob("store", "check", ok=15).stderr


def test_an_environment_approves_too(named, host):
    if command.version() < (2, 31):
        pytest.skip("GIT_CONFIG_COUNT came with git 2.31")
    env = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "gitblob.trust",
        "GIT_CONFIG_VALUE_0": f"knock://127.0.0.1:{host.port}",
    }
    assert "nobody is at home" in named.gitblob("store", "check", ok=15, env=env).stderr
    assert host.connections > 0


def test_what_the_user_types_is_approved(named, host):
    done = named.gitblob("store", "add", "mine", f"knock://127.0.0.1:{host.port}/y", "--option", "region=r", ok=15)
    assert "nobody is at home" in done.stderr
    assert trusted(named) == [f"knock://127.0.0.1:{host.port}"]


@pytest.mark.parametrize(("answer", "connects"), [("y", True), ("n", False)])
def test_a_terminal_is_asked_once(named, host, remote, answer, connects):
    clone = named.sandbox.clone(remote)
    master, slave = pty.openpty()
    env = {**named.sandbox.env, "TERM": "dumb"}
    process = subprocess.Popen(
        ["gitblob", "fetch"], stdin=slave, stdout=slave, stderr=slave, env=env, cwd=clone.path, start_new_session=True
    )
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 1024):
            shown += data
            if data.endswith(b"[y/N] "):
                os.write(master, answer.encode() + b"\n")
    except OSError:
        pass  # the other side has been closed
    os.close(master)
    assert process.wait(timeout=30) == 15
    question = f"Use store team at knock://127.0.0.1:{host.port}, named by this repository? [y/N]".encode()
    assert shown.count(question) == 1
    assert (host.connections > 0) is connects
    assert bool(trusted(named)) is connects


@pytest.mark.parametrize(
    ("url", "options", "place"),
    [
        ("S3://Bucket/a/b", {}, "s3://Bucket"),
        ("s3://bucket", {"endpoint": "https://h/", "region": "x"}, "s3://bucket @ https://h"),
        ("s3://bucket", {"profile": "work"}, "s3://bucket profile=work"),
        ("s3://bucket", {"endpoint": "https://h profile=x"}, "s3://bucket @ https://h%20profile=x"),
        ("shelf://h/x?to=other", {}, "shelf://h?to=other"),
        ("lfs+https://H:8443/x", {}, "lfs+https://h:8443"),
        ("ssh://Me@Host/x", {}, "ssh://Me@host"),
        ("shelf:///mnt/x.db", {}, "shelf:///mnt/x.db"),
        ("/mnt/x", {}, None),
        ("stores/blob", {}, None),
        ("file:///mnt/x", {}, None),
    ],
)
def test_places(url, options, place):
    assert trust.place(Place(url, options)) == place


@pytest.mark.parametrize(
    ("store", "remote", "same"),
    [
        ("lfs+https://git.example/x", "https://me@git.example/r.git", True),
        ("https+dav://git.example:443/x", "https://git.example/r.git", True),
        ("sftp://git@git.example/x", "git@git.example:r.git", True),
        ("webdavs://git.example/x", "https://git.example/r.git", True),
        ("webdav://git.example/x", "https://git.example/r.git", False),
        ("lfs+http://git.example/x", "https://git.example/r.git", False),
        ("lfs+https://git.example:444/x", "https://git.example/r.git", False),
        ("ssh://git@git.example/x", "git@git.example:r.git", True),
        ("ssh://root@git.example/x", "git@git.example:r.git", False),
        ("ssh://git@git.example/x", "/mnt/r.git", False),
    ],
)
def test_the_host_of_a_remote(store, remote, same):
    assert (urls.host(store) == urls.host(remote)) is same
