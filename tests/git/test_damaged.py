"""A damaged blob is passed over wherever it lies: the content comes from elsewhere, in the same command."""

import hashlib
import os

import pytest

SIZES = [3000, 5 << 20]  # inline and late


def damage(cache, data):
    """Put other bytes of the same size under the name of this content, unsealed; the path."""
    oid = hashlib.sha256(data).hexdigest()
    path = cache / oid[:2] / oid[2:]
    path.unlink()  # the store may have it by a link
    path.write_bytes(bytes(len(data)))
    return path


@pytest.fixture(params=SIZES)
def content(request, repo, remote):
    """What a.bin has in a commit that is pushed."""
    data = os.urandom(request.param)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    return data


@pytest.mark.parametrize("command", ["clone", "pull"])
def test_in_the_cache_that_alternates_lead_to(repo, remote, installed, content, command):
    path = damage(repo.path / ".git/gitblob", content)
    late = ["-n"] if command == "pull" else []
    clone = installed.clone(remote, "clone", "--reference", str(repo.path), *late)
    if late:
        clone.git("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false", "checkout", "-q", "main")
        clone.gitblob("pull")
    assert clone.read("a.bin") == content
    assert clone.status() == ""
    assert path.exists()


def test_in_the_cache(repo, content):
    damage(repo.path / ".git/gitblob", content)
    (repo.path / "a.bin").unlink()
    repo.git("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false", "checkout", "-q", "a.bin")
    repo.gitblob("pull")
    assert repo.read("a.bin") == content
    assert repo.status() == ""


def test_in_the_cache_of_a_repository_that_others_push_to(repo, installed):
    """Its repair takes the blob away, and the others hear of it."""
    clone = installed.clone(repo.path)
    clone.git("switch", "-q", "-c", "topic")
    data = os.urandom(3000)
    clone.write("a.bin", data)
    clone.commit()
    clone.git("push", "-q", "origin", "topic")
    path = damage(repo.path / ".git/gitblob", data)
    assert "mended" not in repo.gitblob("fsck", "--repair", ok=1).stdout
    assert not path.exists()
    clone.write("b.bin", os.urandom(3000))
    clone.commit()
    clone.git("push", "-q", "origin", "topic")
    assert path.read_bytes() == data
