"""`git rebase --exec`: one filter serves the whole rebase, so large files come late, after every command."""

import os

import pytest

LARGE = 5 << 20  # not answered inline


@pytest.fixture
def topic(repo):
    """Two commits with another version of a large file each, on a branch to be rebased; their sizes, first to last."""
    repo.git("checkout", "-q", "-b", "topic")
    for more in (1, 2):
        repo.write("a.bin", os.urandom(LARGE + more))
        repo.commit(f"version {more}")
    repo.git("checkout", "-q", "main")
    repo.write("x", "x")
    repo.commit("upstream")
    repo.git("checkout", "-q", "topic")
    return [LARGE + 1, LARGE + 2]


def sizes(repo, command):
    """What `command`, which ends in the size of the file, prints at each commit of a rebase."""
    seen = repo.sandbox.root / "seen"
    repo.git("rebase", "-q", "--exec", f"{command} >>{seen}", "main")
    return [int(line) for line in seen.read_text().split()]


def test_the_commands_see_pointers(repo, topic):
    """The limit that `gitblob help filter` states; afterwards all is in place."""
    assert all(size < 1024 for size in sizes(repo, "wc -c <a.bin"))
    assert len(repo.read("a.bin")) == topic[-1]
    assert repo.status() == ""


@pytest.mark.parametrize("verb", ["checkout", "pull"])
def test_behind_gitblob_checkout_they_see_the_content(repo, topic, verb):
    data = repo.read("a.bin")
    assert sizes(repo, f"gitblob {verb} >&2 && wc -c <a.bin") == topic
    assert repo.read("a.bin") == data
    assert repo.status() == ""
