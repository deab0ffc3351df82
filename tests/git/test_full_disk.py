"""A disk that fills up in the middle, of the cache and of the work tree: clear words, nothing torn, and on it goes."""

import os

import pytest
from support.sandbox import Repo

MIB = 1 << 20


@pytest.mark.parametrize("size", [300_000, 6 * MIB])
def test_the_cache_is_full_in_clean(repo, mount, size):
    cache = repo.path / ".git" / "gitblob"
    for path in sorted(cache.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    cache.rmdir()
    mounted = mount("size=4m")
    cache.symlink_to(mounted)
    filler = mounted / "filler"
    filler.write_bytes(b"x" * (4 * MIB - 100_000))
    data = os.urandom(size)
    repo.write("a.bin", data)
    result = repo.git_result("add", "a.bin", ok=128)
    assert "a.bin: No space left on device" in result.stderr
    assert "hint:" in result.stderr
    assert "a.bin" not in repo.git("ls-files")
    assert [path.name for path in (mounted / "tmp").iterdir()] == []
    filler.unlink()
    repo.write("b.bin", data[:100_000])
    repo.commit("smaller", "b.bin")
    repo.gitblob("fsck")


def test_the_disk_is_full_when_files_are_materialised(repo, remote, mount, installed):
    data = {name: os.urandom(6 * MIB) for name in ("a.bin", "b.bin", "c.bin")}
    for name, content in data.items():
        repo.write(name, content)
    repo.commit()
    repo.git("push", "-q")
    place = mount("size=30m")
    result = installed.run("git", "clone", remote, place / "clone")
    clone = Repo(installed, place / "clone")
    assert "gitblob pull" in result.stderr
    assert "No space left on device" in result.stderr
    for name, content in data.items():
        assert clone.read(name) == content or clone.read(name).startswith(b"# gitblob v1")
    assert clone.status() == ""
    for path in (place / "clone/.git/gitblob").glob("tmp/*"):
        raise AssertionError(f"litter: {path}")
    installed.run("mount", "-o", "remount,size=80m", place)
    clone.gitblob("pull")
    assert {name: clone.read(name) for name in data} == data
    assert clone.status() == ""


def test_the_cache_is_full_when_blobs_are_fetched(repo, remote, mount, installed):
    """Late, after git is done: what found room is there, the rest are pointers, and nothing half-written lies about."""
    data = {name: os.urandom(6 * MIB) for name in ("a.bin", "b.bin", "c.bin")}
    for name, content in data.items():
        repo.write(name, content)
    repo.write("s.bin", b"small")
    repo.commit()
    repo.git("push", "-q")
    clone = installed.clone(remote, "clone", "--no-checkout")
    place = mount("size=16m")
    cache = clone.path / ".git/gitblob"
    cache.rmdir() if cache.exists() else None
    cache.symlink_to(place)
    told = clone.git_result("checkout", "-q", "main", "--", ".").stderr
    assert "No space left on device" in told
    assert told.count("left as pointers; `gitblob pull` fetches them") == 1
    whole = [name for name in data if clone.read(name) == data[name]]
    assert whole
    assert all(clone.read(name) == repo.stored(name) for name in data if name not in whole)
    assert clone.status() == ""
    assert list((place / "tmp").glob("*")) == []
    installed.run("mount", "-o", "remount,size=80m", place)
    clone.gitblob("pull")
    assert {name: clone.read(name) for name in data} == data
    assert clone.status() == ""
    clone.gitblob("fsck")
