"""libgit2 (pygit2) and GitPython beside gitblob: what they leave is shown and healed, and nothing is harmed.

libgit2 runs no filter of the configuration: a checkout writes pointers, an add stores content.
"""

import os

import pygit2
import pytest

from gitblob.model import pointer

LARGE = 5 << 20  # late


@pytest.fixture
def both(repo):
    """Two commits, `old` and `main`, with a small and a large blob."""
    repo.contents = {}
    for version in ("old", "main"):
        for name, size in (("a.bin", 3000), ("large.bin", LARGE)):
            repo.contents[version, name] = os.urandom(size)
            repo.write(name, repo.contents[version, name])
        repo.commit(version)
        repo.git("branch", "-f", "old") if version == "old" else None
    return repo


def lib(repo):
    return pygit2.Repository(str(repo.path))


def stands(repo, version):
    return all(repo.read(name) == repo.contents[version, name] for name in ("a.bin", "large.bin"))


def stubs(repo):
    return [name for name in ("a.bin", "large.bin") if pointer.decode(repo.read(name)[:1025])]


def pending(repo):
    return repo.gitblob("status").stdout.count("pending: 2 files")


@pytest.mark.parametrize("how", ["checkout", "checkout_head", "checkout_tree", "reset"])
def test_what_a_checkout_leaves_is_healed_by_pull(both, how):
    library = lib(both)
    if how == "checkout":
        library.checkout("refs/heads/old", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    elif how == "checkout_head":
        for name in ("a.bin", "large.bin"):
            os.utime(both.path / name, (1, 1))  # libgit2 leaves a file alone that the index knows
        library.checkout_head(strategy=pygit2.enums.CheckoutStrategy.FORCE)
    elif how == "checkout_tree":
        library.checkout_tree(library.revparse_single("old"), strategy=pygit2.enums.CheckoutStrategy.FORCE)
    else:
        library.reset(library.revparse_single("old").id, pygit2.enums.ResetMode.HARD)
    version = "main" if how == "checkout_head" else "old"
    assert stubs(both) == ["a.bin", "large.bin"]
    staged = both.git("ls-files", "-s")
    assert pending(both)
    assert both.git("diff") == ""
    assert both.git("ls-files", "-s") == staged
    both.gitblob("pull")
    assert stands(both, version)
    assert both.git("ls-files", "-s") == staged
    assert both.git("diff") == ""
    if how != "checkout_tree":
        assert both.status() == ""


def test_a_commit_after_their_checkout_keeps_the_pointers(both):
    lib(both).checkout("refs/heads/old", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    both.write("t", "x")
    both.git("add", "-A")
    both.git("commit", "-q", "-a", "-m", "with stubs in the work tree")
    assert both.git("diff", "--name-only", "HEAD~1", "HEAD") == "t\n"
    both.gitblob("pull")
    assert stands(both, "old")
    assert both.status() == ""


def test_git_heals_by_itself_what_they_leave(both):
    lib(both).checkout("refs/heads/old", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    both.git("checkout", "-q", "main")
    assert stands(both, "main")
    both.git("checkout", "-q", "old")
    assert stands(both, "old")
    assert both.status() == ""


def test_their_add_and_commit_are_found_and_mended(both, remote):
    data = os.urandom(LARGE)
    both.git("push", "-q", "origin", "main")
    both.write("large.bin", data)
    library = lib(both)
    library.index.add("large.bin")
    library.index.write()
    assert len(both.git("cat-file", "blob", ":large.bin", binary=True)) == LARGE
    who = pygit2.Signature("A", "a@example.invalid")
    tree = library.index.write_tree()
    commit = str(library.create_commit("HEAD", who, who, "raw", tree, [library.head.target]))
    assert f"large.bin (since commit {commit[:12]})" in both.gitblob("status").stdout
    assert f"raw-file: {commit[:12]}: large.bin" in both.gitblob("fsck", "--pointers", "origin/main..", ok=1).stdout
    assert f"commit {commit[:12]} brings large.bin" in both.git_result("push", "origin", "main", ok=1).stderr
    both.gitblob("track", "--fix")
    both.git("commit", "-q", "--amend", "--no-edit")
    both.git("push", "-q", "origin", "main")
    assert pointer.decode(both.stored("large.bin")).size == LARGE
    assert both.read("large.bin") == data
    assert both.status() == ""


def test_their_add_is_converted_by_the_next_commit_of_git(both):
    data = os.urandom(3000)
    both.write("a.bin", data)
    library = lib(both)
    library.index.add("a.bin")
    library.index.write()
    both.git("commit", "-q", "-m", "raw in the index")
    assert pointer.decode(both.stored("a.bin"))
    assert both.read("a.bin") == data
    assert both.status() == ""


def test_their_status_sees_content_as_a_change_and_ours_does_not(both):
    assert both.status() == ""
    for name in ("a.bin", "large.bin"):
        os.utime(both.path / name, (1, 1))
    assert set(lib(both).status().values()) == {pygit2.enums.FileStatus.WT_MODIFIED}
    assert both.status() == ""
    assert "modified" not in both.gitblob("status").stdout


def test_the_index_that_they_write_is_patched(both):
    """libgit2 drops the extensions that it does not know and writes stat data of its own."""
    library = lib(both)
    library.checkout("refs/heads/old", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    library.index.read()
    library.index.write()
    both.gitblob("pull")
    assert both.git("diff-files") == ""  # which compares stat data alone
    assert both.status() == ""


def test_gitpython_is_git(both):
    """It runs git, so filter and hooks are at work."""
    from git import Repo

    with Repo(both.path) as repo, repo.git.custom_environment(**both.sandbox.env):
        repo.git.checkout("old")
        assert stands(both, "old")
        data = os.urandom(3000)
        both.write("a.bin", data)
        repo.git.add("a.bin")
        repo.git.commit("-m", "by GitPython")
    assert pointer.decode(both.stored("a.bin"))
    assert both.status() == ""


def test_the_index_of_gitpython_stores_content_which_is_found(both):
    """`Repo.index.add` is GitPython's own code and runs no filter."""
    from git import Repo

    both.write("a.bin", os.urandom(3000))
    with Repo(both.path) as repo:
        repo.index.add(["a.bin"])
    assert not pointer.decode(both.git("cat-file", "blob", ":a.bin", binary=True)[:1025])
    assert "a.bin" in both.gitblob("fsck", "--pointers", ok=1).stdout
    both.gitblob("track", "--fix")
    both.git("commit", "-q", "-m", "a pointer")
    assert pointer.decode(both.stored("a.bin"))
    assert both.status() == ""
