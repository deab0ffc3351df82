"""A large file that a clone brings is hashed while it is copied; wrong bytes never reach the work tree."""

import os

from support.sandbox import Repo

from gitblob.cache import SEAL_NS

LARGE = 6 << 20  # above the inline limit: materialised late


def blob_in(store, oid):
    return store / oid[:2] / oid[2:]


def oid_of(repo):
    return repo.stored("a.bin").split(b"sha256:")[1][:64].decode()


def spoil(path):
    """Other bytes, the same size, under an intact seal."""
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"spoiled")
    os.utime(path, ns=(SEAL_NS, SEAL_NS))


def test_a_clone_hashes_what_it_got_and_seals_it(installed, remote, repo):
    data = os.urandom(LARGE)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    clone = installed.clone(remote)
    assert clone.read("a.bin") == data
    assert clone.status() == ""
    assert blob_in(clone.path / ".git/gitblob", oid_of(repo)).stat().st_mtime_ns == SEAL_NS


def test_wrong_bytes_in_the_only_store_leave_the_pointer(installed, remote, repo):
    repo.write("a.bin", os.urandom(LARGE))
    repo.commit()
    repo.git("push", "-q")
    spoil(blob_in(remote / "gitblob", oid_of(repo)))
    result = installed.run("git", "clone", "-q", remote, "clone")
    clone = Repo(installed, installed.root / "clone")
    assert clone.read("a.bin") == repo.stored("a.bin")
    assert clone.status() == ""
    assert "a.bin" in result.stderr
    assert not blob_in(clone.path / ".git/gitblob", oid_of(repo)).exists()
    assert "damaged where they were found" in result.stderr


def test_where_one_store_has_wrong_bytes_another_is_asked(installed, remote, repo):
    data = os.urandom(LARGE)
    repo.gitblob("store", "add", "team", str(installed.root / "store"), "--default")
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    repo.gitblob("push", "--all")
    other = remote / "gitblob"
    other.mkdir(exist_ok=True)
    for path in (installed.root / "store").rglob("*"):
        if path.is_file():
            target = other / path.relative_to(installed.root / "store")
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    spoil(blob_in(installed.root / "store", oid_of(repo)))
    clone = installed.clone(remote)
    assert clone.read("a.bin") == data
    assert clone.status() == ""


def test_a_blob_spoiled_in_the_cache_is_put_aside(repo):
    data = os.urandom(LARGE)
    repo.write("a.bin", data)
    repo.commit()
    cached = blob_in(repo.path / ".git/gitblob", oid_of(repo))
    spoil(cached)
    os.utime(cached)  # the seal is broken by whoever writes
    (repo.path / "a.bin").unlink()
    repo.git("checkout", "--", "a.bin")
    assert repo.read("a.bin") == repo.stored("a.bin")
    assert not cached.exists()
    assert list((repo.path / ".git/gitblob/quarantine").iterdir())
