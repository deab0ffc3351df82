"""`gitblob track --fix`: pointers are staged for raw files under the rules, and nothing else changes."""

import os

import pytest

from gitblob.model import pointer

LARGE = 5 << 20  # late
PLAIN = ("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false")


@pytest.fixture
def mixed(repo):
    """A clone with small and large raw files in HEAD, a pointer, and a file that no rule covers."""
    repo.contents = {"a.bin": b"a" * 10, "sub/ü b\n.bin": b"b" * 3000, "large.bin": os.urandom(LARGE)}
    for name, data in repo.contents.items():
        os.utime(repo.write(name, data), (1_700_000_000, 1_700_000_000))  # never in the second of an index
    repo.write("free.txt", "free\n")
    repo.write("empty.bin", b"")
    repo.git(*PLAIN, "add", ".")
    repo.git(*PLAIN, "commit", "-q", "-n", "-m", "raw")
    repo.write("good.bin", b"good")
    repo.commit("good", "good.bin")
    return repo


def staged(repo):
    return set(repo.git("diff", "--cached", "--name-only", "-z", "--no-renames").split("\0")) - {""}


def pointed(repo, name):
    found = pointer.decode(repo.git("cat-file", "blob", f":{name}", binary=True))
    return found and found.size


def test_all_raw_files_are_staged_and_the_work_tree_is_left_alone(mixed):
    before = {name: (mixed.path / name).stat().st_ino for name in mixed.contents}
    said = mixed.gitblob("track", "--fix")
    assert said.stdout == "staged 3 file(s) as pointers; `git commit` records it\n"
    assert '"sub/ü b\\n.bin"' in said.stderr
    assert staged(mixed) == set(mixed.contents)
    assert {name: (mixed.path / name).stat().st_ino for name in mixed.contents} == before
    trace = mixed.git_result("status", env={"GIT_TRACE_PACKET": "1"}).stderr
    assert not [name for name in ("a.bin", "large.bin") if f"pathname={name}" in trace]
    mixed.git("commit", "-q", "-m", "pointers")
    assert mixed.status() == ""
    for name, data in mixed.contents.items():
        assert pointed(mixed, name) == len(data)
        assert mixed.read(name) == data
        (mixed.path / name).unlink()
    mixed.git("checkout", "--", ".")
    assert {name: mixed.read(name) for name in mixed.contents} == mixed.contents


def test_a_second_time_there_is_nothing_to_do(mixed):
    mixed.gitblob("track", "--fix")
    listing = mixed.git("ls-files", "-s")
    assert "nothing to fix" in mixed.gitblob("track", "--fix").stdout
    assert mixed.git("ls-files", "-s") == listing


def test_other_changes_stay_as_they_are(mixed):
    mixed.write("free.txt", "staged\n")
    mixed.git("add", "free.txt")
    mixed.write("free.txt", "not staged\n")
    mixed.write("new.bin", b"not added")
    mixed.gitblob("track", "--fix")
    assert mixed.git("show", ":free.txt") == "staged\n"
    assert mixed.read("free.txt") == b"not staged\n"
    assert "?? new.bin" in mixed.status()


def test_an_edit_that_is_not_staged_stays_one(mixed):
    mixed.write("a.bin", b"edited")
    mixed.gitblob("track", "--fix")
    assert pointed(mixed, "a.bin") == 10
    assert mixed.read("a.bin") == b"edited"
    assert "MM a.bin" in mixed.status()
    mixed.git("commit", "-q", "-m", "pointers")
    assert mixed.status() == " M a.bin\n"
    mixed.git("checkout", "--", "a.bin")
    assert mixed.read("a.bin") == mixed.contents["a.bin"]


def test_a_file_that_was_deleted_or_moved_in_the_work_tree(mixed):
    (mixed.path / "a.bin").unlink()
    mixed.gitblob("track", "--fix")
    assert pointed(mixed, "a.bin") == 10
    assert "MD a.bin" in mixed.status()


def test_only_within_the_pathspecs(mixed):
    inside = mixed.path / "sub"
    mixed.sandbox.run("gitblob", "track", "--fix", ".", cwd=inside)
    assert staged(mixed) == {"sub/ü b\n.bin"}
    mixed.gitblob("track", "--fix", "*.bin", ":!large.bin")
    assert staged(mixed) == {"sub/ü b\n.bin", "a.bin"}
    assert "did not match" in mixed.gitblob("track", "--fix", "absent", ok=1).stderr


def test_a_rule_that_is_not_staged_is_named(mixed):
    mixed.gitblob("track", "*.txt")
    said = mixed.gitblob("track", "--fix", "free.txt")
    assert "nothing to fix" in said.stdout
    assert "git add" in said.stderr
    assert staged(mixed) == set()
    mixed.git("add", ".gitattributes")
    mixed.gitblob("track", "--fix", "free.txt")
    assert staged(mixed) == {".gitattributes", "free.txt"}


def test_the_executable_bit_stays(repo):
    repo.write("run.bin", b"#!/bin/sh\n").chmod(0o755)
    repo.git(*PLAIN, "add", ".")
    repo.git(*PLAIN, "commit", "-q", "-n", "-m", "raw")
    repo.gitblob("track", "--fix")
    assert repo.git("ls-files", "-s", "run.bin").startswith("100755 ")
    assert pointed(repo, "run.bin") == 10


def test_without_the_filter_nothing_is_staged(mixed, sandbox):
    sandbox.run("gitblob", "uninstall")
    assert "gitblob install" in mixed.gitblob("track", "--fix", ok=1).stderr
    assert staged(mixed) == set()


def test_many_files_need_few_processes(repo):
    for n in range(300):
        repo.write(f"many/{n}.bin", b"%d" % n)
    repo.git(*PLAIN, "add", ".")
    repo.git(*PLAIN, "commit", "-q", "-n", "-m", "raw")
    trace = repo.gitblob("track", "--fix", env={"GIT_TRACE": "1"}).stderr
    assert len(staged(repo)) == 300
    assert trace.count("trace: built-in:") < 40


def test_an_option_that_writes_rules_is_an_error(repo):
    assert "--fix takes paths and no other option" in repo.gitblob("track", "--fix", "--union", "*.bin", ok=2).stderr
