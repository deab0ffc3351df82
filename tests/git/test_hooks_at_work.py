"""`gitblob hook` itself, called by git through the hooks, in clones that have only ever seen plain git."""

import os
import shutil

import pytest

DATA = os.urandom(100_000)
ZEROS = "0" * 40


def blobs(git_dir):
    """Names of the blobs in a store or a cache."""
    root = git_dir / "gitblob"
    return {path.parent.name + path.name for path in root.glob("[0-9a-f][0-9a-f]/*")}


def journal(repo, name="lost.bin"):
    """As an interrupted checkout leaves it: the pointer stands there, the journal knows."""
    pointer = repo.stored(name)
    repo.write(name, pointer)
    folder = repo.path / ".git/gitblob/journal"
    folder.mkdir(exist_ok=True)
    (folder / "1-0").write_bytes(name.encode() + b"\0" + pointer + b"\0")


@pytest.fixture
def filled(repo, remote):
    """`repo` with one blob pushed to its remote."""
    repo.write("a.bin", DATA)
    repo.commit()
    repo.git("push", "-q")
    return repo


def test_a_push_brings_the_content_first(filled, remote):
    assert blobs(remote) == blobs(filled.path / ".git") != set()


def test_a_fresh_clone_by_plain_git_pushes_content_too(installed, filled, remote):
    clone = installed.clone(remote)
    assert clone.read("a.bin") == DATA
    clone.write("b.bin", os.urandom(50_000))
    clone.commit()
    clone.git("push", "-q")
    assert blobs(remote) >= blobs(clone.path / ".git")
    assert len(blobs(remote)) == 2


def test_a_clone_without_any_content_yet_has_them_after_the_first_add(installed, remote):
    clone = installed.clone(remote)
    clone.write("b.bin", DATA)
    clone.commit()
    clone.git("push", "-q")
    assert len(blobs(remote)) == 1


def test_nothing_is_pushed_when_the_content_cannot_be(installed, filled, remote):
    before = installed.run("git", "rev-parse", "main", cwd=remote).stdout
    filled.write("b.bin", os.urandom(50_000))
    filled.commit()
    for path in (filled.path / ".git/gitblob").glob("[0-9a-f][0-9a-f]/*"):
        if path.parent.name + path.name not in blobs(remote):
            path.unlink()
    result = installed.run("git", "push", "-q", cwd=filled.path, ok=1)
    assert "b.bin" in result.stderr
    assert result.stdout == ""
    assert installed.run("git", "rev-parse", "main", cwd=remote).stdout == before


def test_a_push_of_nothing_and_of_a_deletion(filled, remote):
    filled.git("push", "-q")
    filled.git("push", "-q", "origin", "main:gone")
    filled.git("push", "-q", "origin", ":gone")


@pytest.mark.parametrize("command", [("checkout", "-q", "-b", "other"), ("merge", "-q", "--no-edit", "side")])
def test_a_journal_is_taken_up(filled, command):
    filled.git("branch", "side", filled.git("commit-tree", "-p", "HEAD", "-m", "side", "HEAD^{tree}").strip())
    journal(filled, "a.bin")
    filled.git(*command)
    assert filled.read("a.bin") == DATA
    assert filled.status() == ""
    assert not list((filled.path / ".git/gitblob/journal").iterdir())


def test_what_was_left_to_do_in_a_work_tree_that_is_gone_is_forgotten(filled, remote, tmp_path):
    """As of `git filter-branch --tree-filter`, when nothing can be fetched."""
    for root in (filled.path / ".git", remote):
        for path in (root / "gitblob").glob("[0-9a-f][0-9a-f]/*"):
            path.unlink()
    gone = tmp_path / "gone"
    gone.mkdir()
    filled.git(f"--work-tree={gone}", "checkout-index", "-f", "-a")
    assert (gone / "a.bin").read_bytes() == filled.stored("a.bin")
    assert list((filled.path / ".git/gitblob/journal").iterdir())
    shutil.rmtree(gone)
    filled.git("checkout", "-q", "-b", "other")
    assert not list((filled.path / ".git/gitblob/journal").iterdir())
    assert filled.read("a.bin") == DATA
    assert filled.status() == ""


def test_what_cannot_be_taken_up_does_not_fail_the_checkout(installed, filled, remote):
    journal(filled, "a.bin")
    for root in (filled.path / ".git", remote):
        for path in (root / "gitblob").glob("[0-9a-f][0-9a-f]/*"):
            path.unlink()
    filled.git("checkout", "-q", "-b", "other")
    assert filled.read("a.bin").startswith(b"# gitblob v1")


def test_a_hook_does_not_start_itself_again(filled):
    filled.gitblob("hook", "pre-push", "origin", "u", env={"GITBLOB_HOOK": "pre-push"}, data="nonsense\n")


def test_no_refs_nothing_to_do(installed):
    installed.run("gitblob", "hook", "pre-push", "origin", "u", data="")


def test_input_that_is_not_gits(filled):
    result = filled.gitblob("hook", "pre-push", "origin", "u", data="nonsense\n", ok=17)
    assert "names no ref" in result.stderr
    assert result.stdout == ""


def test_an_unknown_hook(installed):
    installed.run("gitblob", "hook", "post-office", ok=2)


def test_every_hook_keeps_stdout_for_git(filled):
    for name in ("pre-commit", "post-checkout", "post-merge"):
        assert filled.gitblob("hook", name, "a", "b", "1").stdout == ""
    line = f"refs/heads/main {filled.git('rev-parse', 'HEAD').strip()} refs/heads/x {ZEROS}\n"
    assert filled.gitblob("hook", "pre-push", "origin", "../origin.git", data=line).stdout == ""
