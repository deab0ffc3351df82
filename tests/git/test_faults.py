"""Locks held, git dying, daemons, others at work at the same time, slow stores: only pointers or whole files, ever."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.sandbox import Repo

from gitblob.model import pointer

SMALL, LARGE = 3000, (4 << 20) + 1000  # answered inline, and late
NAMES = ("a.bin", "d/b.bin", "s.bin")


@pytest.fixture
def versions(repo):
    """Branches `one` and `two` (`one` is checked out), each with large and small files of its own; their contents."""
    found = {}
    for branch in ("one", "two"):
        repo.git("switch", "-q", "-c", branch)
        for name in NAMES:
            repo.write(name, os.urandom(SMALL if name == "s.bin" else LARGE))
        repo.commit(branch)
        found[branch] = {name: repo.read(name) for name in NAMES}
    repo.git("checkout", "-q", "one")
    return found


def start(repo, *argv, **env):
    return subprocess.Popen(
        ["git", *argv], cwd=repo.path, env={**repo.sandbox.env, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip


def contents(repo):
    return {name: repo.read(name) for name in NAMES}


def journals(repo):
    return sorted((repo.path / ".git/gitblob/journal").glob("[0-9]*"))


def assert_tidy(repo):
    """Blobs and pointers are right, and nothing half-done lies about."""
    repo.gitblob("fsck")
    assert journals(repo) == []
    assert list(repo.path.rglob(".gitblob-tmp-*")) == []
    assert not (repo.path / ".git/index.lock").exists()


def program(sandbox, prelude):
    """Let git start a gitblob in which this code has run before."""
    (sandbox.home / "bin/gitblob").write_text(
        f"#!{sys.executable}\nimport sys\n{prelude}\nfrom gitblob.__main__ import main\nsys.exit(main())\n"
    )


HOLD = """
from gitblob import materialise
exchange = materialise._exchange
def hold(*args):
    open({lock!r}, "a").close()
    return exchange(*args)
materialise._exchange = hold
"""


@pytest.mark.parametrize("way", ["checkout", "pull", "hook"])
def test_the_lock_of_the_index_is_held(repo, versions, way):
    """By somebody who takes it while the files are replaced, and dies; `git status` is right as soon as it is gone."""
    lock = repo.path / ".git/index.lock"
    ordinary = (repo.sandbox.home / "bin/gitblob").read_text()
    program(repo.sandbox, HOLD.format(lock=str(lock)))
    begin = time.monotonic()
    told = repo.git_result("checkout", "-q", "two").stderr
    assert time.monotonic() - begin < 4
    assert "git's index was locked; `gitblob checkout` tells git that nothing has changed" in told
    assert contents(repo) == versions["two"]
    assert len(journals(repo)) == 1
    (repo.sandbox.home / "bin/gitblob").write_text(ordinary)
    lock.unlink()
    assert repo.status() == " M a.bin\n M d/b.bin\n"  # git knows the pointers' sizes only
    repo.write("d/b.bin", b"the user's own")
    if way == "hook":
        repo.git("checkout", "-q", "two")
    else:
        repo.gitblob(way)
    assert repo.status() == " M d/b.bin\n"
    assert repo.read("d/b.bin") == b"the user's own"
    assert repo.git("diff", "--cached", "--name-only") == ""
    repo.git("checkout", "-q", "-f", "two")
    assert (contents(repo), repo.status()) == (versions["two"], "")
    assert_tidy(repo)


def test_absent_files_are_noted_though_the_lock_is_held(repo, versions):
    """Small files alone: nothing but the index to settle, which must not cost the summary."""
    for name in ("s.bin", "a.bin"):
        (repo.path / ".git/gitblob" / pointer.decode(repo.stored(name, "two")).oid.key).unlink()
    lock = repo.path / ".git/index.lock"
    repo.git("config", "core.hooksPath", str(repo.sandbox.home / "hooks"))
    hook = repo.sandbox.home / "hooks/post-checkout"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\n: >'{lock}'\n")
    hook.chmod(0o755)
    told = repo.git_result("checkout", "-q", "two", ok=None).stderr
    assert "a.bin, s.bin" in told
    assert len(journals(repo)) == 1
    lock.unlink()
    assert contents(repo) == {**versions["two"], **{name: repo.stored(name) for name in ("s.bin", "a.bin")}}


def test_git_dies_while_the_filter_waits(repo, versions):
    """Trap 2.5: another required filter fails, git holds the lock and waits for us, and we must not wait for it."""
    repo.git("checkout", "-q", "two")
    repo.write(".gitattributes", (repo.path / ".gitattributes").read_text() + "z.other filter=other\n")
    repo.write("z.other", "x")
    repo.commit("other")
    repo.git("config", "filter.other.smudge", "false")
    repo.git("config", "filter.other.required", "true")
    repo.git("config", "filter.other.clean", "cat")
    repo.git("checkout", "-q", "one")
    assert (contents(repo), repo.status()) == (versions["one"], "")
    begin = time.monotonic()
    result = repo.git_result("checkout", "-q", "two", ok=128)
    assert time.monotonic() - begin < 5
    assert "z.other" in result.stderr
    assert repo.git("symbolic-ref", "--short", "HEAD") == "one\n"
    assert_pointers_or_whole(repo, versions)
    repo.git("reset", "-q", "--hard")
    repo.gitblob("checkout")
    assert (contents(repo), repo.status()) == (versions["one"], "")
    assert_tidy(repo)


def assert_pointers_or_whole(repo, versions, names=NAMES):
    for name in names:
        if (repo.path / name).exists():
            data = repo.read(name)
            assert pointer.claims(data) or data in [version[name] for version in versions.values()], name


def test_a_hook_that_starts_a_daemon_keeps_nobody_waiting(repo, versions):
    """Trap 2.7: the daemon has git's end of our pipe; the end of file never comes."""
    hook = repo.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    pid = repo.sandbox.home / "pid"
    hook.write_text(f"#!/bin/sh\nsleep 30 </dev/null >/dev/null 2>&1 &\necho $! >'{pid}'\n")
    hook.chmod(0o755)
    begin = time.monotonic()
    try:
        repo.git("checkout", "-q", "two")
        assert time.monotonic() - begin < 10
    finally:
        os.kill(int(pid.read_text()), signal.SIGKILL)
    assert (contents(repo), repo.status()) == (versions["two"], "")
    assert_tidy(repo)


def test_two_checkouts_in_two_work_trees_at_once(installed, repo, remote):
    """Of the same blobs, which neither has: each is fetched whole, whoever comes first."""
    for n in range(6):
        repo.write(f"{n}.bin", os.urandom(LARGE if n % 2 else SMALL))
    commit = repo.commit()
    repo.git("push", "-q")
    clone = installed.clone(remote, "clone", "--no-checkout")
    for _ in range(3):
        trees = [Repo(installed, installed.root / f"tree{n}") for n in range(3)]
        for tree in trees:
            clone.git("worktree", "add", "-q", "--no-checkout", "--detach", str(tree.path), commit)
        running = [start(tree, "reset", "--hard") for tree in trees]
        for process in running:
            out, _ = process.communicate(timeout=60)
            assert process.returncode == 0, out
            assert "gitblob" not in out
        for tree in trees:
            assert all(tree.read(f"{n}.bin") == repo.read(f"{n}.bin") for n in range(6))
            assert tree.status() == ""
            assert_tidy_cache(clone)
            clone.git("worktree", "remove", "--force", str(tree.path))
        for blob in (clone.path / ".git/gitblob").glob("[0-9a-f][0-9a-f]/*"):
            blob.unlink()


def assert_tidy_cache(repo):
    assert list((repo.path / ".git/gitblob/tmp").glob("*")) == []
    assert list((repo.path / ".git/gitblob/quarantine").glob("*")) == []


@pytest.mark.parametrize("locks", ["0", "1"], ids=["without optional locks", "with them"])
@pytest.mark.parametrize("rounds", [12, pytest.param(50, marks=pytest.mark.full)])
def test_a_status_loop_as_an_ide_runs_it(repo, versions, locks, rounds):
    """Trap 2.12: neither fails because of the other (git's own race for index.lock excepted), none loses a file."""
    stop = repo.sandbox.home / "stop"
    loop = subprocess.Popen(
        ["sh", "-c", f"while [ ! -e '{stop}' ]; do git status --porcelain >/dev/null || exit 9; done"],
        cwd=repo.path, env={**repo.sandbox.env, "GIT_OPTIONAL_LOCKS": locks}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for n in range(rounds):
            branch = ("two", "one")[n % 2]
            for _ in range(20):
                result = repo.git_result("switch", "-q", branch, ok=None)
                if result.returncode == 0:
                    break
                assert "index.lock" in result.stderr, result.stderr  # git's own, before anything has changed
            assert contents(repo) == versions[branch]
            assert repo.status() == ""
    finally:
        stop.touch()
        _, errors = loop.communicate(timeout=60)
    assert loop.returncode == 0, errors
    assert repo.git("diff-files", "--name-only") == ""
    assert_tidy(repo)


def test_two_adds_of_the_same_files_at_once(repo, installed):
    """In two work trees, and in one with two indexes: the same new blobs at the same time."""
    repo.git("worktree", "add", "-q", "../second", "HEAD")
    second = Repo(installed, installed.root / "second")
    shutil.copy(repo.path / ".git/index", repo.path / ".git/other")
    for n in range(3):
        data = {name: os.urandom(LARGE if n % 2 else SMALL) for name in ("a.bin", "b.bin", "c.bin")}
        for tree in (repo, second):
            for name, content in data.items():
                tree.write(name, content)
        other = {"GIT_INDEX_FILE": str(repo.path / ".git/other")}
        running = [start(repo, "add", "."), start(second, "add", "."), start(repo, "add", ".", **other)]
        for process in running:
            out, _ = process.communicate(timeout=60)
            assert process.returncode == 0, out
        listings = [repo.git("ls-files", "-s"), second.git("ls-files", "-s"), repo.git("ls-files", "-s", env=other)]
        assert listings[0] == listings[1] == listings[2]
        for name, content in data.items():
            assert pointer.decode(repo.stored(name, "")).size == len(content)
            oid = pointer.decode(repo.stored(name, "")).oid
            assert (repo.path / ".git/gitblob" / oid.key).read_bytes() == content
        assert_tidy_cache(repo)
        repo.gitblob("fsck")


SAVE = """
import os
from gitblob import filesystem, materialise
exchange = filesystem.exchange
def save(path, name):
    if path.endswith("/a.bin") and os.stat(path).st_size < 1000:
        with open(path + "~", "w") as file:
            file.write("saved by an editor")
        os.replace(path + "~", path)
    return {way}
filesystem.exchange = save
"""


def test_a_file_saved_between_the_look_at_it_and_its_replacement(repo, versions):
    """Trap 2.9, in the last moment before renameat2; what the editor saved stays, and `git status` shows it."""
    program(repo.sandbox, SAVE.format(way="exchange(path, name)"))
    repo.git("checkout", "-q", "two")
    assert repo.read("a.bin") == b"saved by an editor"
    assert repo.read("d/b.bin") == versions["two"]["d/b.bin"]
    assert repo.status() == " M a.bin\n"
    assert_tidy(repo)


def test_the_same_where_the_system_has_no_exchange(repo, versions):
    """There the path is looked at once more, and only the moment of rename(2) itself is left."""
    program(repo.sandbox, SAVE.format(way="False"))
    repo.git("checkout", "-q", "two")
    assert repo.read("a.bin") == b"saved by an editor"
    assert repo.status() == " M a.bin\n"
    assert_tidy(repo)


SLOW = """
import time
from gitblob.store.local import LocalBackend
fetch = LocalBackend.fetch
def slow(self, *args):
    open({mark!r}, "a").close()
    for _ in range({tenths}):
        time.sleep(0.1)
    return fetch(self, *args)
LocalBackend.fetch = slow
"""


def test_a_slow_store_is_waited_for(repo, remote, versions, installed):
    """The store is a double: the directory's files, each half a second late."""
    repo.git("push", "-q", "origin", "one", "two")
    program(installed, SLOW.format(mark=str(installed.home / "mark"), tenths=5))
    clone = installed.clone(remote, "clone", "-b", "two")
    assert (contents(clone), clone.status()) == (versions["two"], "")
    assert_tidy(clone)


def test_ctrl_c_while_a_slow_store_is_asked(repo, remote, versions, installed):
    """It ends at once, leaves pointers, and the next hook or `gitblob pull` fetches the rest."""
    repo.git("push", "-q", "origin", "one", "two")
    ordinary = (installed.home / "bin/gitblob").read_text()
    clone = installed.clone(remote, "clone", "-b", "one")
    mark = installed.home / "mark"
    program(installed, SLOW.format(mark=str(mark), tenths=600))
    running = start(clone, "checkout", "-q", "two")
    wait_for(mark)
    begin = time.monotonic()
    os.killpg(running.pid, signal.SIGINT)
    out, _ = running.communicate(timeout=60)  # the filter holds the pipe, too
    assert time.monotonic() - begin < 2
    assert "Traceback" not in out
    (clone.path / ".git/index.lock").unlink(missing_ok=True)
    (installed.home / "bin/gitblob").write_text(ordinary)
    assert_pointers_or_whole(clone, versions)
    clone.git("checkout", "-q", "-f", "two")
    clone.gitblob("pull")
    assert (contents(clone), clone.status()) == (versions["two"], "")
    assert_tidy(clone)


def wait_for(path: Path, seconds=20):
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)


def test_the_journal_cannot_be_written(repo, versions):
    """A full disk's first victim must not be the rest of the work."""
    shutil.rmtree(repo.path / ".git/gitblob/journal", ignore_errors=True)
    (repo.path / ".git/gitblob/journal").write_text("in the way")
    told = repo.git_result("checkout", "-q", "two").stderr
    assert "journal" in told
    assert (contents(repo), repo.status()) == (versions["two"], "")


def test_a_rebase_fetches_only_what_is_there_in_the_end(repo, remote, installed):
    """Trap list, section 7: three picks of one file; the versions between are neither fetched nor missed."""
    repo.git("switch", "-q", "-c", "topic")
    for n in range(3):
        repo.write("a.bin", os.urandom(LARGE + n))
        repo.commit(f"{n}")
    last = repo.read("a.bin")
    keys = [pointer.decode(repo.stored("a.bin", rev)).oid.key for rev in ("HEAD~2", "HEAD~1", "HEAD")]
    repo.git("switch", "-q", "main")
    repo.write("code.py", "pass\n")
    repo.commit("code")
    repo.git("push", "-q", "origin", "main", "topic")
    clone = installed.clone(remote)
    (remote / "gitblob" / keys[0]).unlink()
    clone.git("branch", "topic", "origin/topic")
    told = clone.git_result("rebase", "main", "topic").stderr
    assert "gitblob:" not in told
    assert (clone.read("a.bin"), clone.status()) == (last, "")
    assert [(clone.path / ".git/gitblob" / key).exists() for key in keys] in ([False, False, True], [False, True, True])
    assert_tidy(clone)


SLOW_COPY = """
import time
from gitblob import filesystem
from gitblob.store import local
local.COPY = 1 << 20
copied = filesystem.copied
def slow(*args):
    for size in copied(*args):
        open({mark!r}, "a").close()
        time.sleep(0.2)
        yield size
filesystem.copied = slow
"""


@pytest.mark.parametrize("what", ["push", "fetch"])
def test_ctrl_c_is_heard_in_the_middle_of_large_files(repo, remote, installed, other_device, what):
    """On two threads, each with a file that would take six seconds."""
    repo.gitblob("store", "add", "team", str(other_device / "team"))
    for name in ("a.bin", "b.bin"):
        repo.write(name, os.urandom(30 << 20))
    repo.commit()
    if what == "fetch":
        repo.git("push", "-q", "origin", "main")
        for blob in (repo.path / ".git/gitblob").glob("[0-9a-f][0-9a-f]/*"):
            blob.unlink()
    ordinary = (installed.home / "bin/gitblob").read_text()
    mark = installed.home / "mark"
    program(installed, SLOW_COPY.format(mark=str(mark)))
    running = subprocess.Popen(
        [installed.home / "bin/gitblob", what], cwd=repo.path, env=installed.env, stderr=subprocess.PIPE, text=True
    )
    wait_for(mark)
    begin = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert time.monotonic() - begin < 1
    assert (running.returncode, told) == (130, "gitblob: interrupted\n")
    assert list(other_device.rglob(".gitblob-tmp-*")) == []
    assert list(repo.path.rglob(".gitblob-tmp-*")) == []
    (installed.home / "bin/gitblob").write_text(ordinary)
    repo.gitblob(what)
    repo.gitblob("fsck", "--store", "team")
