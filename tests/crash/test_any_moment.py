"""Ctrl-C, or kill -9 of git, of all of it: at random moments of commands that write the work tree or the index."""

import os
import random
import re
import shutil
import signal
import subprocess
import time

import pytest

from gitblob.model import pointer

SMALL, LARGE = 3000, 6 << 20  # answered inline, and late
NAMES = ("a.bin", "b.bin", "d/c.bin", "s.bin")
COMMANDS = {
    "add": [["add", "."]],
    "commit": [["commit", "-q", "-a", "-m", "x"]],
    "checkout": [["checkout", "-q", "topic"]],
    "checkout -f": [["checkout", "-q", "-f", "other", "--", "."]],
    "switch": [["switch", "-q", "other"]],
    "reset": [["reset", "-q", "--hard", "topic"]],
    "stash": [["stash", "-q"]],
    "stash pop": [["stash", "-q"], ["stash", "pop", "-q"]],
    "merge": [["merge", "-q", "-m", "x", "topic"]],
    "rebase": [["checkout", "-q", "-B", "moved", "topic"], ["rebase", "-q", "other"]],
    "cherry-pick": [["cherry-pick", "main..topic"]],
}
CHANGES = ("add", "commit", "stash", "stash pop")  # start with changed files
OURS = re.compile(rb'File "[^"]*/gitblob/[^"]*", line \d+, in (?!<module>)')  # in a traceback; Python may still start
HOW = ("Ctrl-C", "SIGINT git", "SIGKILL git", "SIGKILL all")


@pytest.fixture
def contents(repo, remote):
    """`main` (checked out), `topic` and `other`, two commits apart each, pushed; all contents by oid."""
    found = {}

    def write(*names):
        for name in names:
            data = os.urandom(SMALL if name == "s.bin" else LARGE)
            repo.write(name, data)
            repo.git("add", name)
            found[pointer.decode(repo.stored(name, "")).oid] = data
        repo.git("commit", "-q", "-m", "x")

    write(*NAMES)
    for branch, names in (("topic", ("a.bin", "s.bin")), ("other", ("b.bin", "d/c.bin"))):
        repo.git("switch", "-q", "-c", branch, "main")
        write(*names)
        write(*names)
    repo.git("switch", "-q", "main")
    repo.git("push", "-q", "origin", "main", "topic", "other")
    return found


def interrupt(repo, how, seconds, argv):
    """Start git, strike after a while, and wait until it and its filter are gone."""
    running = subprocess.Popen(
        ["git", *argv], cwd=repo.path, env=repo.sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    time.sleep(seconds)
    number = signal.SIGKILL if how.startswith("SIGKILL") else signal.SIGINT
    try:
        (os.killpg if how in {"Ctrl-C", "SIGKILL all"} else os.kill)(running.pid, number)
    except ProcessLookupError:
        pass
    output = running.communicate(timeout=60)[0]  # the filter, which outlives a git that is killed, holds the pipe
    assert b"bug in gitblob" not in output, output
    assert not OURS.search(output), output
    return output


def give_up_what_was_begun(repo):
    """As a person does whom git tells what is in the way."""
    folder = repo.path / ".git"
    for lock in (*folder.glob("*.lock"), *folder.glob("refs/**/*.lock")):
        lock.unlink()
    for name in ("rebase-merge", "rebase-apply", "sequencer"):
        shutil.rmtree(folder / name, ignore_errors=True)


def pointers(repo):
    """Path and pointer of each index entry."""
    listing = (line.split("\t") for line in repo.git("ls-files", "-s", "*.bin").splitlines())
    return {path: pointer.decode(repo.git("cat-file", "blob", head.split()[1], binary=True)) for head, path in listing}


def is_git_s_own(name, data, how, contents):
    """Small content, and a pointer in place of large one, goes through git, which makes the file and then writes it.

    A git that is killed in between leaves an empty file; of content that is written in pieces, a part.
    """
    killed = how.startswith("SIGKILL")
    torn = killed and any(whole.startswith(data) for whole in contents.values())
    return (killed and not data) or (name == "s.bin" and (not data or torn))


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.full)])
def test_interrupted_at_any_moment(repo, remote, contents, rounds):
    rng = random.Random(rounds)
    cache, store = repo.path / ".git/gitblob", remote / "gitblob"
    for n in range(rounds):
        command, how = rng.choice(list(COMMANDS)), rng.choice(HOW)
        told = f"round {n}: {command}, {how}"
        if command in CHANGES:
            for name in rng.sample(NAMES, 2):
                data = rng.randbytes(SMALL if name == "s.bin" else LARGE)
                repo.write(name, data)
                contents[repo.sandbox.run("sha256sum", repo.path / name).stdout.split()[0]] = data
        if rng.random() < 0.5:
            for oid in rng.sample(sorted(contents), 3):
                if (store / f"{oid[:2]}/{oid[2:]}").exists():
                    (cache / f"{oid[:2]}/{oid[2:]}").unlink(missing_ok=True)
        for argv in COMMANDS[command][:-1]:
            repo.git(*argv)
        interrupt(repo, how, rng.uniform(0.02, 0.5), COMMANDS[command][-1])
        assert_nothing_is_torn(repo, how, contents, told)
        give_up_what_was_begun(repo)
        assert_nothing_is_staged_that_is_nowhere(repo, store, told)
        repo.git("status")
        repo.gitblob("checkout", ok=None)
        repo.gitblob("pull")
        assert not [
            name for name in pointers(repo) if (repo.path / name).exists() and pointer.claims(repo.read(name))
        ], told
        assert not list((cache / "journal").glob("[0-9]*")), told
        repo.git("reset", "-q", "--hard")
        assert repo.status() == "", told
        for name, found in pointers(repo).items():
            assert repo.read(name) == contents[found.oid], told
        litter = list(repo.path.glob("**/.gitblob-tmp-*"))
        assert not litter or how.startswith("SIGKILL"), f"{told}: {litter}"
        for path in litter:
            assert cache / "tmp" in path.parents, told  # which `gitblob prune` tidies
            path.unlink()
        repo.gitblob("fsck")
        repo.git("stash", "clear")
        repo.git("checkout", "-q", "-f", "-B", "work", "main")


def assert_nothing_is_torn(repo, how, contents, told):
    for name in NAMES:
        if (repo.path / name).exists():
            data = repo.read(name)
            whole = pointer.claims(data) or data in contents.values()
            assert whole or is_git_s_own(name, data, how, contents), f"{told}: {name}"


def assert_nothing_is_staged_that_is_nowhere(repo, store, told):
    for name, found in pointers(repo).items():
        places = [root / found.oid.key for root in (repo.path / ".git/gitblob", store)]
        assert any(place.exists() and place.stat().st_size == found.size for place in places), f"{told}: {name}"
