"""A file that was touched, and one that goes on from what Git knows: hashed, but not written once more."""

import os

import pytest

LARGE = os.urandom(6 << 20)  # does not stay in memory while it comes


@pytest.fixture
def touched(repo):
    """A committed large and a small file with a new time."""
    for name, data in (("a.bin", LARGE), ("dir/b.bin", LARGE[:5000])):
        repo.write(name, data)
    repo.commit()
    for name in ("a.bin", "dir/b.bin"):
        os.utime(repo.path / name, (10**9, 10**9))
    return repo


def temporaries(repo):
    """When the last temporary file was made or removed."""
    return (repo.path / ".git/gitblob/tmp").stat().st_mtime_ns


def packed(repo):
    repo.git("gc", "-q", "--prune=now")


def version_4(repo):
    repo.git("update-index", "--index-version", "4")
    os.utime(repo.path / "a.bin", (10**9, 10**9))


@pytest.mark.parametrize("prepare", [lambda repo: None, packed])
def test_a_touched_file_needs_no_temporary_file(touched, prepare):
    prepare(touched)
    before = temporaries(touched)
    assert touched.cleans("status", "--porcelain") == 2
    assert touched.status() == ""
    assert temporaries(touched) == before


def test_where_the_index_cuts_paths_short_the_file_is_clean_too(touched):
    version_4(touched)
    assert touched.status() == ""


@pytest.mark.parametrize("new", [LARGE + b"more", LARGE[:-1], LARGE[:-1] + b"x", b"x" + LARGE[1:], LARGE[::-1]])
def test_an_edit_anywhere_is_found_and_comes_back(touched, new):
    touched.write("a.bin", new)
    assert touched.status() == " M a.bin\n"
    touched.commit()
    touched.git("checkout", "-q", "HEAD^")
    assert touched.read("a.bin") == LARGE
    touched.git("checkout", "-q", "main")
    assert touched.read("a.bin") == new
    assert touched.gitblob("fsck").returncode == 0
    assert not os.listdir(touched.path / ".git/gitblob/tmp")


def test_a_path_that_ends_like_another(touched):
    touched.write("b.bin", LARGE[1:])
    touched.commit()
    os.utime(touched.path / "b.bin", (10**9, 10**9))
    assert touched.status() == ""
    assert touched.read("b.bin") == LARGE[1:]


def test_in_a_sha256_repository(installed):
    repo = installed.repo("wide", "--object-format=sha256")
    repo.gitblob("track", "*.bin")
    repo.write("a.bin", LARGE)
    repo.commit()
    os.utime(repo.path / "a.bin", (10**9, 10**9))
    before = temporaries(repo)
    assert repo.status() == ""
    assert temporaries(repo) == before
