"""Plain git with the filter behind it: the right bytes in Git, in the cache and in the work tree."""

import hashlib
import os
import time
from pathlib import Path

import pytest

MIB = 1 << 20
LARGE = 6 * MIB  # above the inline limit: materialised late
POINTER = b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:%s\nsize: %d\n"


def pointer_to(data):
    return POINTER % (hashlib.sha256(data).hexdigest().encode(), len(data))


def cached(repo):
    root = repo.path / ".git" / "gitblob"
    return {path.parent.name + path.name for path in root.glob("[0-9a-f][0-9a-f]/*")}


def age(repo):
    """Let the second pass, so that nothing is racily clean because of the test itself."""
    time.sleep(1.1 - time.time() % 1)


@pytest.mark.parametrize("size", [1, 1024, 20_000, MIB, MIB + 1, LARGE])
def test_add_stores_a_pointer_and_checkout_brings_the_content_back(repo, size):
    data = os.urandom(size)
    repo.write("a.bin", data)
    repo.commit()
    assert repo.stored("a.bin") == pointer_to(data)
    assert cached(repo) == {hashlib.sha256(data).hexdigest()}
    (repo.path / "a.bin").unlink()
    repo.git("checkout", "--", "a.bin")
    assert repo.read("a.bin") == data
    assert repo.status() == ""
    assert list((repo.path / ".git/gitblob/tmp").glob("*")) == []


def test_switching_between_versions(repo):
    versions = [os.urandom(LARGE), os.urandom(LARGE), os.urandom(3000)]
    for data in versions:
        repo.write("a.bin", data)
        repo.write("dir/b.bin", data[::-1])
        repo.commit()
    for back, data in ((2, versions[0]), (1, versions[1]), (0, versions[2])):
        repo.git("checkout", "-q", f"main~{back}")
        assert repo.read("a.bin") == data
        assert repo.read("dir/b.bin") == data[::-1]
        assert repo.status() == ""
        assert not list((repo.path / ".git/gitblob/journal").glob("*"))


def test_an_empty_file_stays_empty(repo):
    repo.write("a.bin", b"")
    repo.commit()
    assert repo.stored("a.bin") == b""
    assert cached(repo) == set()


def test_a_pointer_passes_clean_unchanged(repo):
    lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12345\n" % (b"ab" * 32)
    for name, data in (("a.bin", pointer_to(b"x" * 99)), ("b.bin", lfs)):
        repo.write(name, data)
        repo.commit()
        assert repo.stored(name) == data


def test_a_malformed_pointer_is_refused_by_name(repo):
    repo.write("bad.bin", pointer_to(b"x").replace(b"size: 1", b"size: -1"))
    result = repo.git_result("add", "bad.bin", ok=128)
    assert "bad.bin: malformed pointer: the size is not a number of bytes" in result.stderr
    assert repo.git("ls-files") == ".gitattributes\n"


def test_conflict_markers_around_pointers_are_never_stored(repo):
    ours, theirs = pointer_to(b"1"), pointer_to(b"2")
    repo.write("a.bin", b"<<<<<<< HEAD\n" + ours + b"=======\n" + theirs + b">>>>>>> topic\n")
    result = repo.git_result("add", "a.bin", ok=128)
    assert "conflict markers" in result.stderr
    assert "git checkout --ours" in result.stderr


def test_gits_own_files_stay_readable_under_a_rule_for_everything(repo):
    repo.write(".gitattributes", "* filter=gitblob -text\n")
    repo.write("sub/.gitignore", "*.tmp\n")
    repo.write("x", b"content")
    repo.commit()
    assert repo.stored(".gitattributes") == b"* filter=gitblob -text\n"
    assert repo.stored("sub/.gitignore") == b"*.tmp\n"
    assert repo.stored("x") == pointer_to(b"content")


def test_a_raw_file_committed_under_the_rule_comes_back_raw(repo, sandbox):
    data = os.urandom(2 * MIB)
    repo.write("raw.bin", data)
    repo.git("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false", "add", "raw.bin")
    repo.git("commit", "-q", "-m", "by someone without gitblob", "--no-verify")
    (repo.path / "raw.bin").unlink()
    repo.git("checkout", "--", "raw.bin")
    assert repo.read("raw.bin") == data


def test_pointers_that_git_changed_line_ends_of(repo):
    """core.autocrlf and a rule without -text."""
    repo.write(".gitattributes", "*.bin filter=gitblob\n")
    repo.git("config", "core.autocrlf", "true")
    small, large = os.urandom(5000), os.urandom(LARGE)
    repo.write("a.bin", small)
    repo.write("b.bin", large)
    repo.commit()
    for name in ("a.bin", "b.bin"):
        (repo.path / name).unlink()
    repo.git("checkout", "--", ".")
    assert (repo.read("a.bin"), repo.read("b.bin")) == (small, large)
    assert repo.status() == ""


ZOO = [
    "with blank",
    "-dash",
    "new\nline",
    "ends in newline\n",
    'quote"d',
    "back\\slash",
    "tab\t",
    "ünï",
    "eq=ual",
    " lead",
]


def test_names_of_every_kind(repo):
    names = [os.fsencode(f"{name}.bin") for name in ZOO] + [b"not-utf8-\xff\xfe.bin", b"n" * 250 + b".bin"]
    contents = {name: os.urandom(size) for name, size in zip(names, [100, LARGE] * len(names), strict=False)}
    for name, data in contents.items():
        with open(os.path.join(os.fsencode(repo.path), name), "wb") as file:
            file.write(data)
    repo.commit()
    for name in names:
        os.unlink(os.path.join(os.fsencode(repo.path), name))
    repo.git("checkout", "--", ".")
    for name, data in contents.items():
        with open(os.path.join(os.fsencode(repo.path), name), "rb") as file:
            assert file.read() == data
    assert repo.status() == ""


def test_mode_bits_survive(repo):
    repo.write("run.bin", os.urandom(LARGE)).chmod(0o755)
    repo.commit()
    (repo.path / "run.bin").unlink()
    repo.git("checkout", "--", "run.bin")
    assert (repo.path / "run.bin").stat().st_mode & 0o111
    assert repo.status() == ""


def test_a_materialised_file_is_no_older_than_the_command(repo):
    """Or make would take what was built from the other version for up to date."""
    repo.write("a.bin", os.urandom(LARGE))
    repo.commit()
    (repo.path / "a.bin").unlink()
    start = time.time_ns()
    repo.git("checkout", "--", "a.bin")
    assert (repo.path / "a.bin").stat().st_mtime_ns > start - 20_000_000  # the kernel's clock for files is coarse


def test_archive_and_cat_file_hold_the_content(repo):
    data = os.urandom(LARGE)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("archive", "-o", "../a.tar", "HEAD")
    repo.sandbox.run("tar", "xf", "a.tar", "-C", repo.sandbox.home)
    assert (repo.sandbox.home / "a.bin").read_bytes() == data
    result = repo.git("cat-file", "--filters", "HEAD:a.bin", binary=True)
    assert result == data


def test_status_after_a_large_checkout_runs_no_filter(repo):
    """Sizes at which waiting for the next second is cheaper than a second clean."""
    data = os.urandom(MIB) * 1100
    repo.write("a.bin", data)
    repo.commit()
    (repo.path / "a.bin").unlink()
    repo.git("checkout", "--", "a.bin")
    assert repo.cleans("status") == 0
    assert repo.status() == ""


def test_status_is_clean_without_a_filter_for_files_of_an_earlier_second(repo):
    for name in ("a.bin", "b.bin"):
        repo.write(name, os.urandom(LARGE))
    repo.commit()
    age(repo)
    repo.git("status")
    (repo.path / "a.bin").unlink()
    repo.git("checkout", "--", "a.bin")
    age(repo)
    repo.git("status")  # `update-index --refresh` leaves racy entries as they are before git 2.36
    assert repo.cleans("status") == 0


def test_an_edit_in_the_second_of_the_checkout_is_seen(repo):
    """The index patch must not hide what racily clean entries are there to show."""
    for name in ("a.bin", "b.bin"):
        repo.write(name, os.urandom(LARGE))
    repo.write("note.txt", "aaaa\n")
    repo.commit()
    for _ in range(3):
        (repo.path / "a.bin").unlink()
        (repo.path / "note.txt").unlink()
        repo.git("checkout", "--", ".")
        with open(repo.path / "note.txt", "r+b") as file:
            file.write(b"bbbb\n")
        with open(repo.path / "a.bin", "r+b") as file:
            file.write(b"x" * 1000)
        assert repo.status() == " M a.bin\n M note.txt\n"
        repo.git("checkout", "--", ".")


def test_a_second_work_tree_shares_the_cache(repo):
    data = os.urandom(LARGE)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("worktree", "add", "-q", "../second")
    second = repo.sandbox.root / "second"
    assert (second / "a.bin").read_bytes() == data
    assert repo.git("-C", str(second), "status", "--porcelain") == ""
    assert not (
        Path(repo.git("-C", str(second), "rev-parse", "--absolute-git-dir").strip()) / "gitblob" / "ab"
    ).exists()
