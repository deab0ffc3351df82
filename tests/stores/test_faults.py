"""A real S3 server behind a network that is slow, breaks and lies: nothing lost, nothing wrong in the cache."""

import itertools
import os
import signal
import subprocess
import threading
import time

import pytest
from support.faults import BURSTS, SIZES, keep, whole
from support.servers.proxy import Fault, Proxy

from gitblob.cache import Cache
from gitblob.errors import GitblobError, PartialFailure, StoreUnavailable
from gitblob.store import registry, retry
from gitblob.store.access import Access
from gitblob.transfer import engine

NUMBERS = itertools.count()
LARGE = 40 << 20


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(retry, "FIRST", 0.05)


@pytest.fixture
def bucket(rclone_s3, monkeypatch):
    for name, value in rclone_s3.environment.items():
        monkeypatch.setenv(name, value)
    return rclone_s3.bucket(f"faults{next(NUMBERS)}")


@pytest.fixture
def proxy(rclone_s3, bucket):
    with Proxy(rclone_s3.port) as proxy:
        yield proxy


def opened(proxy, bucket):
    options = {"endpoint": f"http://127.0.0.1:{proxy.port}"}
    return registry.create("team", f"s3://{bucket}/blobs", Access(), options)[0]


@pytest.fixture
def store(proxy, bucket):
    return opened(proxy, bucket)


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "git" / "gitblob"))


@pytest.fixture
def other(tmp_path):
    return Cache(str(tmp_path / "other" / "gitblob"))


@pytest.mark.parametrize("fault", BURSTS, ids=lambda fault: f"{fault.kind}-{fault.status}")
def test_what_passes_is_got_through(proxy, store, cache, other, fault):
    blobs = keep(cache, *SIZES)
    for move in (lambda: engine.upload(cache, store, blobs), lambda: engine.download(other, [store], blobs)):
        proxy.clear()
        proxy.add(Fault(**{**fault.__dict__, "method": "PUT|GET", "path": "/[0-9a-f]{62}"}))
        move()
    proxy.clear()
    assert store.missing(blobs) == set()
    whole(other, blobs)


def test_a_server_that_is_down_is_named(proxy, store, cache):
    blobs = keep(cache, 1000)
    proxy.add(Fault("answer", status=503))
    with pytest.raises(StoreUnavailable, match=r"team .*503.*\(tried 6 times\)") as caught:
        engine.upload(cache, store, blobs)
    assert "run this again" in caught.value.hint


def test_wrong_bytes_never_get_into_the_cache(proxy, store, cache, other):
    blobs = keep(cache, *SIZES[1:])
    engine.upload(cache, store, blobs)
    proxy.add(Fault("flip", method="GET", path="/[0-9a-f]{62}", after=5))
    with pytest.raises(PartialFailure) as caught:
        engine.download(other, [store], blobs)
    assert len(caught.value.failures) == len(blobs)
    assert all("store team (s3://" in reason for _, reason in caught.value.failures)
    assert list(other.blobs()) == []
    proxy.clear()
    engine.download(other, [store], blobs)
    whole(other, blobs)


def test_a_server_that_accepts_and_forgets_is_found(proxy, store, cache):
    blobs = keep(cache, *SIZES)
    proxy.add(Fault("swallow", method="PUT", path="/[0-9a-f]{62}", times=2))
    with pytest.raises(PartialFailure, match="2 of 6 blobs could not be brought to store team") as caught:
        engine.upload(cache, store, blobs)
    assert {reason for _, reason in caught.value.failures} == {"the store took it, and does not have it"}


def test_two_pushers_of_the_same_blobs(proxy, bucket, store, cache, other):
    blobs = keep(cache, 10, 20_000, 6 << 20)
    for blob in blobs:
        with open(cache.path(blob.oid), "rb") as file:
            other.put(file.read())
    proxy.latency = 0.02
    errors = []

    def push(source):
        try:
            engine.upload(source, opened(proxy, bucket), blobs)
        except GitblobError as error:
            errors.append(error)

    threads = [threading.Thread(target=push, args=(source,)) for source in (cache, other, cache)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    third = Cache(f"{cache.root}-third")
    assert engine.download(third, [store], blobs) == []
    whole(third, blobs)


def test_a_large_blob_goes_on_where_it_broke_off(proxy, store, cache, other):
    (blob,) = keep(cache, LARGE)
    engine.upload(cache, store, [blob])
    proxy.clear()
    proxy.add(Fault("reset", method="GET", path="/[0-9a-f]{62}", after=1 << 20, times=3))
    assert engine.download(other, [store], [blob]) == []
    whole(other, [blob])


@pytest.fixture
def work(repo, proxy, bucket, rclone_s3):
    """A repository that pushes to the server behind the proxy."""
    repo.sandbox.env.update(rclone_s3.environment)
    endpoint = f"http://127.0.0.1:{proxy.port}"
    repo.gitblob("store", "add", "team", f"s3://{bucket}/blobs", "--option", f"endpoint={endpoint}")
    return repo


def test_no_ref_moves_without_its_content(work, remote, proxy):
    before = work.git("ls-remote", "origin").strip()
    work.write("a.bin", os.urandom(20_000))
    work.commit("a")
    proxy.add(Fault("swallow", method="PUT", path="/[0-9a-f]{62}"))
    result = work.sandbox.run("git", "push", "origin", "main", cwd=work.path, ok=1)
    assert "1 of 1 blobs could not be brought to store team" in result.stderr
    assert "the store took it, and does not have it" in result.stderr
    assert "gitblob store check team" in result.stderr
    assert work.git("ls-remote", "origin").strip() == before
    proxy.clear()
    work.git("push", "-q", "origin", "main")
    assert work.git("ls-remote", "origin").strip() != before


def started(work, *argv):
    return subprocess.Popen(
        argv, cwd=work.path, env=work.sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_ctrl_c_ends_a_push_that_hangs(work, proxy):
    work.write("a.bin", os.urandom(3 << 20))
    work.commit("a")
    proxy.clear()
    proxy.add(Fault("stall", method="PUT", after=100_000))
    with started(work, "gitblob", "push") as process:
        until = time.monotonic() + 20
        while not proxy.count("PUT") and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(0.5)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert time.monotonic() - begin < 1.5
    assert process.returncode == 130
    assert "interrupted" in errors


def test_a_killed_fetch_goes_on(work, remote, proxy):
    """kill -9 in the middle of a large blob; then only what is missing is asked for."""
    work.write("a.bin", os.urandom(LARGE))
    work.commit("a")
    work.git("push", "-q", "origin", "main")
    (path,) = (work.path / ".git" / "gitblob").glob("??/*")
    path.unlink()
    proxy.clear()
    proxy.add(Fault("stall", method="GET", path="/[0-9a-f]{62}", after=4 << 20, times=2))
    with started(work, "gitblob", "fetch") as process:
        journal = work.path / ".git/gitblob/unfinished"
        until = time.monotonic() + 20
        while time.monotonic() < until and sum(p.stat().st_size for p in journal.glob("*.parts")) < 30:
            time.sleep(0.05)
        time.sleep(0.5)
        process.kill()
    parts = sum(len(p.read_text().splitlines()) for p in journal.glob("*.parts"))
    assert parts == 3
    proxy.clear()
    work.gitblob("fetch")
    gets = [request for request in proxy.seen if request[0] == "GET" and "gitblob-store" not in request[1]]
    assert len([request for request in gets if "list-type" not in request[1]]) == 2
    assert list(journal.iterdir()) == []
    assert path.stat().st_size == LARGE
