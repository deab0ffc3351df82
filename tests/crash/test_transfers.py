"""Ctrl-C, SIGTERM and kill -9 at random moments of push and fetch, with a real server of each kind."""

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from support.sandbox import LAUNCHER
from support.servers import rclone, sshd, wsgidav
from support.servers.lfs_server import LfsServer

ROUNDS = int(os.environ.get("GITBLOB_TEST_ROUNDS", "1"))
SIZES = (10, 20_000, 20_001, 3 << 20, 33 << 20, 65 << 20)  # the last two: down in parts, up in parts
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


@contextlib.contextmanager
def s3(repo, folder):
    with rclone.s3(folder) as server:
        repo.sandbox.env.update(server.environment)
        options = ("--option", f"endpoint=http://127.0.0.1:{server.port}")
        repo.gitblob("store", "add", "team", f"s3://{server.bucket('killed')}/blobs", *options, "--default")
        yield


@contextlib.contextmanager
def webdav(repo, folder):
    with wsgidav.serve(folder) as server:
        repo.git("config", "--global", "credential.helper", "store")
        answer = f"protocol=http\nhost=127.0.0.1:{server.port}\nusername={server.user}\npassword={server.password}\n\n"
        repo.sandbox.run("git", "credential", "approve", data=answer)
        repo.gitblob("store", "add", "team", server.place(), "--default")
        yield


@contextlib.contextmanager
def ssh(repo, folder, kind="ssh"):
    home = folder / "there"
    (home / "bin").mkdir(parents=True)
    (home / "bin/gitblob").write_text(LAUNCHER.format(python=sys.executable))
    (home / "bin/gitblob").chmod(0o755)
    path = os.pathsep.join([str(home / "bin"), os.environ["PATH"]])
    with sshd.serve(folder / "sshd", PATH=path, HOME=str(home), PYTHONPATH=os.environ.get("PYTHONPATH", "")) as server:
        repo.sandbox.env.update(server.environment)
        repo.gitblob("store", "add", "team", server.url(home / "team", kind), "--default")
        yield


def sftp(repo, folder):
    return ssh(repo, folder, "sftp")


@contextlib.contextmanager
def lfs(repo, folder):
    with LfsServer(folder / "objects") as server:
        repo.gitblob("store", "add", "team", f"lfs+{server.url}", "--default")
        yield


def strike(repo, number, seconds, argv):
    """Start a program, strike it after a while; was it still there? What it said has to be in order."""
    running = subprocess.Popen(
        argv, cwd=repo.path, env=repo.sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.wait(seconds)
        assert running.returncode == 0, running.stdout.read()
    there = running.returncode is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, number)
    start = time.monotonic()
    output = running.communicate(timeout=60)[0]
    assert time.monotonic() - start < 5, output
    assert "bug in gitblob" not in output, output
    assert "Traceback" not in output, output
    return there


def look_over(cache):
    """What is in the cache has the name of its bytes."""
    for path in cache.glob("[0-9a-f][0-9a-f]/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.name


def seconds_of(do):
    start = time.monotonic()
    do()
    return time.monotonic() - start


@pytest.mark.full
@pytest.mark.parametrize("how", SIGNALS, ids=lambda how: how.name)
@pytest.mark.parametrize("service", [s3, webdav, ssh, sftp, lfs], ids=lambda service: service.__name__)
def test_at_a_random_moment(repo, remote, tmp_path, service, how):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    folder = tmp_path / "server"
    folder.mkdir()
    cache = repo.path / ".git/gitblob"

    def change():
        for size in SIZES:
            repo.write(f"{size}.bin", chance.randbytes(size))
        repo.commit("change")
        return repo.git("rev-parse", "HEAD").strip()

    with service(repo, folder):
        change()
        pushing = seconds_of(lambda: repo.git("push", "-q", "origin", "main"))
        for _ in range(ROUNDS):
            commit = change()
            strike(repo, how, chance.uniform(0.1, pushing * 1.1), ["git", "push", "-q", "origin", "main"])
            if repo.git("ls-remote", str(remote), "refs/heads/main").startswith(commit):
                repo.gitblob("fsck", "--store", "team", "HEAD")
            repo.git("push", "-q", "origin", "main")
            repo.gitblob("fsck", "--store", "team", "HEAD")
            look_over(cache)
            fetching = pushing
            for _ in range(2):
                for path in cache.glob("[0-9a-f][0-9a-f]/*"):
                    path.unlink()
                if strike(repo, how, chance.uniform(0.1, fetching), ["gitblob", "fetch"]):
                    look_over(cache)
                    fetching = seconds_of(lambda: repo.gitblob("fetch"))
                look_over(cache)
                repo.gitblob("fsck")
            assert [path for path in (cache / "unfinished").glob("*") if path.suffix != ".json"] == []
