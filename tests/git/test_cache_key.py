"""cache-key: the same content has the same key everywhere, read from pointers alone."""

import os
import re

import pytest

from gitblob.model import pointer as pointers
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer
from gitblob.ops import cache_key

GOLDEN = "gitblob-1-22cb5c3cba6ca4ebedd450e5c9323f6187fd3d62b2e7bd54562e2b58561fe60a"


def key(repo, *arguments, **options):
    return repo.gitblob("cache-key", *arguments, **options).stdout


def test_format_1_never_changes():
    some = [Pointer(Oid("b" * 64), 2), Pointer(Oid("a" * 64), 10), Pointer(Oid("b" * 64), 2, lfs=True)]
    assert cache_key.of(some) == cache_key.of(reversed(some)) == GOLDEN


def test_the_key_is_that_of_the_content(repo):
    empty = key(repo)
    assert re.fullmatch(r"gitblob-1-[0-9a-f]{64}\n", empty)
    repo.write("a.bin", b"one")
    repo.write("b/c.bin", b"two")
    repo.commit()
    first = key(repo)
    repo.write("code.py", b"pass\n")
    repo.git("mv", "a.bin", "z.bin")
    repo.commit()
    assert key(repo) == first != empty  # neither code nor names count
    repo.write("z.bin", b"other")
    repo.commit()
    assert key(repo) not in {first, empty}
    assert key(repo, "HEAD~1") == first
    only = key(repo, "HEAD", "b")
    assert only == key(repo, "HEAD~1", "b/c.bin") != first
    assert repo.sandbox.run("gitblob", "cache-key", "HEAD", "c.bin", cwd=repo.path / "b").stdout == only
    assert "did not match" in key_error(repo, "HEAD", "nothing")
    assert "names no commit" in key_error(repo, "nowhere", code=2)


def key_error(repo, *arguments, code=1):
    return repo.gitblob("cache-key", *arguments, ok=code).stderr


@pytest.mark.parametrize("options", [[], ["--depth=1"], ["--bare"], ["--depth=1", "--filter=blob:limit=2k"]])
def test_clones_without_gitblob_and_content_have_the_same_key(repo, remote, options):
    repo.write("a.bin", os.urandom(5000))
    repo.write("large.txt", b"x" * 5000)
    repo.commit()
    repo.git("push", "-q")
    remote_config(remote)
    sandbox = repo.sandbox
    plain = {"GIT_CONFIG_GLOBAL": "/dev/null"}
    sandbox.run("git", "clone", "-q", "--no-checkout", *options, f"file://{remote}", "clone", env=plain)
    (remote / "gitblob").rename(remote / "gone")
    done = sandbox.run("gitblob", "cache-key", cwd=sandbox.root / "clone", env=plain)
    assert done.stdout == key(repo)


def test_a_clone_that_lacks_pointers_says_so(repo, remote):
    repo.write("a.bin", os.urandom(5000))
    repo.commit()
    repo.git("push", "-q")
    remote_config(remote)
    repo.sandbox.run("git", "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{remote}", "clone")
    done = repo.sandbox.run("gitblob", "cache-key", cwd=repo.sandbox.root / "clone", ok=1)
    assert "lacks" in done.stderr
    assert "blob:limit=2k" in done.stderr
    assert done.stdout == ""


def test_the_form_of_a_pointer_does_not_count(repo):
    repo.write("a.bin", b"x" * 2000)
    repo.commit()
    before = key(repo)
    pointer = pointers.decode(repo.stored("a.bin"))
    repo.write("a.bin", pointers.encode(Pointer(pointer.oid, pointer.size, lfs=True)))
    repo.commit()
    assert repo.stored("a.bin").startswith(b"version https://git-lfs")
    assert key(repo) == before


def remote_config(remote):
    with open(remote / "config", "a", encoding="utf-8") as file:
        file.write("[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n")
