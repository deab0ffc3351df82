"""What the matrix cannot compare with plain Git: how often and what is read, fetched, waited for."""

import hashlib
import sys

import pytest
from support.matrix.content import content
from support.matrix.settings import DEFAULT
from support.matrix.state import files

LARGE = 5 << 20


@pytest.fixture
def at(homes, tmp_path):
    """The matrix's repository, with gitblob."""
    world = homes[0].world(tmp_path / "world", DEFAULT.kind)
    world.setup("read-tree", "HEAD")
    world.setup("update-index", "-q", "--refresh")
    return world


def in_cache(at, label):
    digits = hashlib.sha256(content(label)).hexdigest()
    return (at.repo / ".git/gitblob" / digits[:2] / digits[2:]).exists()


def test_a_rebase_fetches_only_the_last_version_of_a_file(at):
    at.forget()
    at.git("rebase", "-q", "main", "topic")
    assert files(at.repo)[at.names.zoo] == ("file", "zoo:5")
    assert [in_cache(at, f"zoo:{number}") for number in (3, 4, 5)] == [False, False, True]


def test_what_the_matrix_counts_is_what_git_traces(at):
    for role in ("small", "large", "zoo"):
        at.write(getattr(at.names, role), f"{role}:7")
    trace = at.root / "trace"
    at.git("add", ".", env={"GIT_TRACE_PACKET": str(trace)})
    assert len(at.cleaned) == trace.read_bytes().count(b"command=clean") == 3


@pytest.mark.parametrize("rounds", [3, pytest.param(25, marks=pytest.mark.full)])
def test_after_switches_of_content_worth_waiting_for_status_reads_nothing(at, rounds):
    """Not even what was written in the second of the index."""
    at.env["MATRIX_PATIENT"] = "1"
    for number in range(rounds):
        at.setup("checkout", "-q", ("ahead", "topic", "base")[number % 3])
        at.ask("status", cwd=at.repo)
        assert at.requests(b"clean") == []
        assert at.requests(b"racy") == []


def test_without_the_rule_git_leaves_pointers_and_with_it_the_content_comes_back(at):
    at.setup("switch", "-q", "-c", "without")
    at.setup("rm", "-q", ".gitattributes")
    at.setup("commit", "-q", "-m", "no rule")
    at.write(at.names.small, "small:7")
    at.setup("checkout", "-q", "--", at.small)
    at.setup("checkout", "-q", "topic")
    assert files(at.repo)[at.names.zoo] == ("file", "zoo:5")
    at.setup("checkout", "-q", "without")
    shown = files(at.repo)
    assert shown[at.names.zoo] == ("file", "pointer to zoo:2")  # differs from topic: written without a rule
    assert shown[at.names.small] == ("file", "pointer to small:2")
    at.setup("checkout", "-q", "main")
    at.gitblob("checkout")
    shown = files(at.repo)
    assert (shown[at.names.zoo], shown[at.names.small]) == (("file", "zoo:2"), ("file", "small:2"))
    assert at.ask("status", "--porcelain", cwd=at.repo) == b""


def test_a_rule_that_arrives_with_the_files_counts_for_them(at):
    at.setup("checkout", "-q", "--orphan", "empty")
    at.setup("rm", "-r", "-q", "-f", ".")
    at.setup("commit", "-q", "--allow-empty", "-m", "empty")
    at.git("checkout", "-q", "main")
    assert files(at.repo)[at.names.large] == ("file", "large:3")
    assert at.ask("status", "--porcelain", cwd=at.repo) == b""


def test_git_takes_a_moved_file_for_moved_and_two_different_ones_for_different(at):
    at.setup("mv", "--", at.large, "moved.bin")
    at.setup("rm", "-q", "--", at.small)
    at.write(at.names.deep, "deep:7")
    at.setup("add", ".")
    at.setup("commit", "-q", "-m", "moved one, replaced one")
    shown = at.ask("show", "--format=", "--name-status", "-M", cwd=at.repo).decode().splitlines()
    assert sorted(shown) == [f"A\t{at.deep}", f"D\t{at.small}", f"R100\t{at.large}\tmoved.bin"]


NOISY = """#!{python}
import sys
from gitblob import cache
real = cache.Cache.restorable
def restorable(self, oid, size):
    print("noise", flush=True)
    return real(self, oid, size)
cache.Cache.restorable = restorable
from gitblob.__main__ import main
sys.exit(main())
"""


def test_what_is_printed_by_mistake_does_not_reach_git(repo, sandbox):
    data = b"content" * 1000
    repo.write("a.bin", data)
    repo.commit()
    (sandbox.home / "bin/gitblob").write_text(NOISY.format(python=sys.executable))
    (repo.path / "a.bin").unlink()
    said = repo.git_result("checkout", "--", "a.bin").stderr
    assert repo.read("a.bin") == data
    assert said.startswith("noise")


@pytest.mark.parametrize("patient", [False, True], ids=["second kept", "second sat out"])
def test_plumbing_that_refreshes_nothing_sees_no_change_after_a_checkout(at, patient):
    """As `git merge-octopus` and `git subtree` call it; the files of this second are racily clean."""
    at.env |= {"MATRIX_PATIENT": "1"} if patient else {}
    at.setup("checkout", "-q", "base")
    at.setup("checkout", "-q", "topic")
    at.git("diff-index", "--quiet", "HEAD")
    at.git("diff-files", "--quiet")
    at.git("read-tree", "-u", "-m", "HEAD", "other")
    assert files(at.repo)[at.names.deep] == ("file", "deep:1")
