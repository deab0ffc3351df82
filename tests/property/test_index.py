"""The stat patch on indexes that git itself wrote."""

import os
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitblob.git import index
from gitblob.git.index import Refreshed

names = st.lists(
    st.lists(st.sampled_from(["a", "b", "aa", "ab", "ü", "x" * 200]), min_size=1, max_size=4).map("/".join),
    min_size=1, max_size=12, unique=True,
)  # fmt: skip


def git(top, *argv, data=None):
    return subprocess.run(["git", *argv], cwd=top, input=data, capture_output=True, check=True).stdout


def make(top, paths, version, sha256):
    git(top, "init", "-q", f"--object-format={'sha256' if sha256 else 'sha1'}", ".")
    git(top, "config", "index.version", str(version))
    name = git(top, "hash-object", "-w", "--stdin", data=b"stub").strip()
    records = b"".join(b"100644 %s 0\t%s\0" % (name, path.encode()) for path in paths)
    git(top, "update-index", "-z", "--index-info", data=records)
    return bytes.fromhex(name.decode())


def without_prefixes(paths):
    return [path for path in paths if not any(other.startswith(path + "/") for other in paths)]


@pytest.mark.parametrize("sha256", [False, True])
@pytest.mark.parametrize("version", [2, 4])
@given(paths=names)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_entries_are_those_that_git_lists_and_a_patch_is_one_that_git_accepts(tmp_path_factory, version, sha256, paths):
    top = tmp_path_factory.mktemp("index")
    paths = without_prefixes(paths)
    name = make(top, paths, version, sha256)
    path = str(top / ".git" / "index")
    with open(path, "rb") as file:
        data = file.read()
    assert int.from_bytes(data[4:8], "big") == version
    entries = list(index.entries(data, sha256))
    assert [entry.path for entry in entries] == git(top, "ls-files", "-z").split(b"\0")[:-1]
    assert {entry.name for entry in entries} == {name}
    stats = {}
    for entry in entries[::2]:
        full = os.path.join(os.fsencode(top), entry.path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(b"content of any length")
        os.utime(full, (10**9, 10**9))
        stats[entry.path] = os.lstat(full)
    files = Refreshed(str(top), stats, dict.fromkeys(stats, name), set())
    assert index.patch(path, files, sha256) == set(stats)
    modified = git(top, "diff-files", "-z", "--name-only").split(b"\0")[:-1]
    assert set(modified) == {entry.path for entry in entries} - set(stats)
    git(top, "fsck")
    assert not os.path.exists(f"{path}.lock")


def test_an_entry_that_no_longer_names_the_pointer_is_left_alone(tmp_path):
    make(tmp_path, ["a"], 2, sha256=False)
    (tmp_path / "a").write_bytes(b"content")
    files = Refreshed(str(tmp_path), {b"a": os.lstat(tmp_path / "a")}, {b"a": bytes(20)}, set())
    assert index.patch(str(tmp_path / ".git/index"), files, sha256=False) == set()
    assert git(tmp_path, "diff-files", "--name-only") == b"a\n"


def test_a_damaged_index_is_left_alone(tmp_path):
    name = make(tmp_path, ["a"], 2, sha256=False)
    (tmp_path / "a").write_bytes(b"content")
    path = tmp_path / ".git/index"
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    files = Refreshed(str(tmp_path), {b"a": os.lstat(tmp_path / "a")}, {b"a": name}, set())
    assert index.patch(str(path), files, sha256=False) == set()
    assert path.read_bytes() == data
    assert sorted(p.name for p in path.parent.glob("index*")) == ["index"]


def test_a_held_lock_is_not_waited_for_long(tmp_path):
    name = make(tmp_path, ["a"], 2, sha256=False)
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / ".git/index.lock").touch()
    files = Refreshed(str(tmp_path), {b"a": os.lstat(tmp_path / "a")}, {b"a": name}, set())
    with pytest.raises(index.Locked):
        index.patch(str(tmp_path / ".git/index"), files, sha256=False)
    assert (tmp_path / ".git/index.lock").exists()


def test_a_multiple_of_4_gib_is_stored_as_a_size_that_every_git_takes_rightly(tmp_path):
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1 << 32)
    name = make(tmp_path, ["huge"], 2, sha256=False)
    path = str(tmp_path / ".git/index")
    files = Refreshed(str(tmp_path), {b"huge": os.lstat(tmp_path / "huge")}, {b"huge": name}, set())
    assert index.patch(path, files, sha256=False) == {b"huge"}
    with open(path, "rb") as file:
        assert file.read()[12 + 36 : 12 + 40] == bytes(4)
