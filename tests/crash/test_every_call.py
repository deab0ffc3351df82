"""Killed at every single call: nothing torn is visible, nothing is lost, and doing it again succeeds."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from support.dying import deaths

from gitblob import journal, materialise
from gitblob.cache import Cache
from gitblob.git import repository
from gitblob.git.repository import Repository
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.base import Blob
from gitblob.stub import Stub
from gitblob.transfer import engine

CONTENT = os.urandom(300_000)


def assert_whole(cache):
    """Every visible blob is what its name says."""
    for oid, _ in cache.blobs():
        cache.verify(oid)


def test_putting_a_blob(tmp_path):
    def fresh():
        shutil.rmtree(tmp_path / "git", ignore_errors=True)
        return Cache(str(tmp_path / "git" / "gitblob"))

    for action in (lambda cache: cache.put(b"small"), stream):
        cache = fresh()
        for _ in deaths(lambda: action(cache)):  # noqa: B023
            assert_whole(cache)
            oid = action(Cache(cache.root))
            assert Cache(cache.root).restorable(oid, os.stat(cache.path(oid)).st_size)
            cache = fresh()


def stream(cache):
    incoming = cache.incoming()
    for at in range(0, len(CONTENT), 65_536):
        incoming.write(CONTENT[at : at + 65_536])
    return incoming.finish()[0]


@pytest.fixture
def checked_out(tmp_path, monkeypatch):
    """A repository whose work tree has stubs, and a cache that has the blobs."""
    top = tmp_path / "repo"
    git(tmp_path, "init", "-q", str(top))
    monkeypatch.chdir(top)
    cache = Cache(str(top / ".git" / "gitblob"))
    stubs = []
    for n in range(2):
        data = CONTENT[n * 1000 :]
        pointer = Pointer(cache.put(data), len(data))
        (top / f"{n}.bin").write_bytes(pointers.encode(pointer))
        stubs.append(Stub(f"{n}.bin".encode(), pointers.encode(pointer), pointer))
    git(top, "add", ".")
    time.sleep(1.01 - time.time() % 1)  # the stubs' second has passed: no wait inside
    return repository.here(), cache, stubs


def git(top, *argv):
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(["git", *argv], cwd=top, env=env, capture_output=True, check=True).stdout


def test_materialising(checked_out):
    here, cache, stubs = checked_out
    wholes = {stub.path: CONTENT[n * 1000 :] for n, stub in enumerate(stubs)}
    saved = Path(here.index).read_bytes()

    def action():
        name = journal.write(here.state_dir, [journal.Entry(stub.path, stub.data) for stub in stubs])
        outcome = materialise.materialise(here, cache, stubs)
        journal.write(here.state_dir, [journal.Entry(stub.path, stub.data) for stub in outcome.left], name)

    for n in deaths(action):
        for stub in stubs:
            assert Path(os.fsdecode(stub.path)).read_bytes() in {stub.data, wholes[stub.path]}, n
        assert_whole(cache)
        Path(f"{here.index}.lock").unlink(missing_ok=True)  # as a killed git leaves it, and git says so
        git(here.worktree, "ls-files", "-s")
        waiting = [entry.path for entries in journal.read(here.state_dir).values() for entry in entries]
        still = [stub.path for stub in stubs if Path(os.fsdecode(stub.path)).read_bytes() == stub.data]
        assert set(still) <= set(waiting) or not waiting, (
            n
        )  # killed before the journal: git's own command was killed too
        action()
        assert {stub.path: Path(os.fsdecode(stub.path)).read_bytes() for stub in stubs} == wholes
        for name in os.listdir("."):
            assert not name.startswith(".gitblob-tmp"), "litter in the work tree"
        for stub in stubs:
            Path(os.fsdecode(stub.path)).write_bytes(stub.data)
        Path(here.index).write_bytes(saved)
        shutil.rmtree(f"{here.state_dir}/journal", ignore_errors=True)


def test_a_push_to_a_store(tmp_path, monkeypatch):
    cache = Cache(str(tmp_path / "git" / "gitblob"))
    blobs = [Blob(cache.put(CONTENT[n:]), len(CONTENT) - n) for n in range(3)]
    root = tmp_path / "store"

    def action():
        store, _ = registry.create("s", str(root), Access())
        engine.upload(cache, store, [blob for blob in blobs if blob.oid in store.missing(blobs)])

    for _ in deaths(action):
        if root.exists():
            assert_whole(Cache(str(root)))
        action()
        assert registry.open("s", str(root), Access()).missing(blobs) == set()
        assert_whole(Cache(str(root)))
        shutil.rmtree(root)


def test_a_fetch_from_a_store(tmp_path):
    source = Cache(str(tmp_path / "there" / "gitblob"))
    blobs = [Blob(source.put(CONTENT[n:]), len(CONTENT) - n) for n in range(3)]
    store = registry.open("s", source.root, Access())

    for _ in deaths(lambda: engine.download(Cache(str(tmp_path / "here" / "gitblob")), [store], blobs)):
        cache = Cache(str(tmp_path / "here" / "gitblob"))
        assert_whole(cache)
        assert_whole(source)
        assert engine.download(cache, [store], blobs) == []
        assert all(cache.restorable(*blob) for blob in blobs)
        shutil.rmtree(tmp_path / "here")


def test_the_state_is_below_the_git_directory(checked_out):
    here, _, _ = checked_out
    assert isinstance(here, Repository)
    assert here.state_dir.startswith(here.git_dir)
