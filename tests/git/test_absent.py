"""Content that is nowhere: every command succeeds with pointers, says so once, and loses nothing; trap 4.3."""

import hashlib
import json
import os

import pytest
from support.sandbox import Repo, Sandbox

from gitblob.model import pointer

SMALL, LARGE = 3000, (4 << 20) + 1000  # answered inline, and late
SUMMARY = "not found, left as pointers; `gitblob pull` fetches them"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A remote whose branches `main`, `topic` and `other` change small and large files, and all contents by oid."""
    sandbox = Sandbox(tmp_path_factory.mktemp("history"))
    sandbox.run("gitblob", "install")
    repo, remote = sandbox.repo(), sandbox.bare()
    repo.gitblob("track", "*.bin")
    contents = {}

    def write(name, size):
        data = os.urandom(size)
        repo.write(name, data)
        contents[hashlib.sha256(data).hexdigest()] = data

    for name, size in (("s.bin", SMALL), ("l.bin", LARGE), ("d/kept.bin", LARGE)):
        write(name, size)
    repo.write("code.py", "pass\n")
    repo.commit("base")
    for branch, names in (("topic", ("s.bin", "l.bin")), ("other", ("new.bin", "d/big.bin"))):
        repo.git("switch", "-q", "-c", branch, "main")
        for name in names:
            for more in (1, 2):
                write(name, (LARGE if name in {"l.bin", "d/big.bin"} else SMALL) + more)
                repo.commit(f"{branch}: {name} {more}")
    repo.git("switch", "-q", "main")
    repo.write("code.py", "print()\n")
    repo.commit("code")
    repo.git("push", "-q", str(remote), "main", "topic", "other")
    return remote, contents


@pytest.fixture
def history(made):
    """All contents by oid."""
    return made[1]


@pytest.fixture
def remote(installed, made):
    """This test's own copy of the remote."""
    place = installed.root / "origin.git"
    installed.run("cp", "-al", made[0], place)  # nothing is written into its files
    return place


def unplug(remote):
    (remote / "gitblob").rename(remote / "away")


def plug_in(remote):
    (remote / "away").rename(remote / "gitblob")


def tracked(repo):
    return repo.git("ls-files", "*.bin").split()


def pending(repo):
    return [file["path"] for file in json.loads(repo.gitblob("status", "--json").stdout)["pending"]]


def assert_all_pointers(repo):
    """In the work tree as in Git, with a clean status, and told to whoever asks."""
    for name in tracked(repo):
        assert repo.read(name) == repo.stored(name), name
    assert repo.status() == ""
    assert pending(repo) == sorted(tracked(repo))


def assert_healed(repo, contents):
    for name in tracked(repo):
        assert repo.read(name) == contents[pointer.decode(repo.stored(name)).oid], name
    assert repo.status() == ""
    assert pending(repo) == []
    assert not list((repo.path / ".git/gitblob/journal").glob("*"))
    repo.gitblob("fsck")


COMMANDS = {
    "checkout": [["checkout", "topic"]],
    "checkout a path": [["checkout", "origin/topic", "--", "l.bin", "s.bin"], ["commit", "-m", "x"]],
    "switch": [["switch", "topic"]],
    "reset": [["reset", "--hard", "origin/topic"]],
    "fast-forward": [["reset", "-q", "--hard", "HEAD~1"], ["merge", "origin/topic"]],
    "merge": [["merge", "-m", "x", "origin/topic"]],
    "octopus": [["merge", "-m", "x", "origin/topic", "origin/other"]],
    "merge -Xrenormalize": [["merge", "-Xrenormalize", "-m", "x", "origin/topic"]],
    "rebase": [["checkout", "-q", "topic"], ["rebase", "main"]],
    "rebase --exec": [["checkout", "-q", "topic"], ["rebase", "--exec", "git status", "main"]],
    "cherry-pick": [["cherry-pick", "main..origin/topic"]],
    "revert": [["checkout", "-q", "topic"], ["revert", "--no-edit", "HEAD", "HEAD~1"]],
    "pull": [["pull", "--no-rebase", "origin", "topic"]],
    "pull --rebase": [["checkout", "-q", "topic"], ["pull", "--rebase", "origin", "other"]],
    "stash": [["rm", "-q", "l.bin", "s.bin"], ["stash"]],
}


@pytest.mark.parametrize("commands", COMMANDS.values(), ids=COMMANDS)
def test_a_command_succeeds_with_pointers_and_pull_heals(history, remote, installed, commands):
    unplug(remote)
    clone = installed.clone(remote)
    assert_all_pointers(clone)
    for argv in commands[:-1]:
        clone.git(*argv)
    told = clone.git_result(*commands[-1]).stderr
    assert_all_pointers(clone)
    heads = sum("/" in word for word in commands[-1])  # an octopus merge runs git once for each
    assert told.count(SUMMARY) == (commands[-1][0] != "commit") * max(heads, 1)
    assert told.count("gitblob:") == told.count(SUMMARY)
    plug_in(remote)
    clone.gitblob("pull")
    assert_healed(clone, history)


def test_a_clone_says_once_what_is_missing(history, remote, installed):
    unplug(remote)
    told = installed.run("git", "clone", "-q", remote, "clone").stderr
    assert told == f"gitblob: d/kept.bin, l.bin, s.bin (8.0 MiB) {SUMMARY}\n"


def test_a_store_that_cannot_be_reached_is_named_once(remote, installed, tmp_path):
    repo = installed.clone(remote, "repo")
    repo.gitblob("store", "add", "team", str(tmp_path / "team"))
    repo.commit("store", ".gitblob.yaml")
    repo.git("push", "-q")
    unplug(remote)
    (tmp_path / "team").rename(tmp_path / "unplugged")
    result = installed.run("git", "clone", "-q", remote, "clone")
    assert result.stderr.count("is not there") == 1
    assert result.stderr.count(SUMMARY) == 1
    (tmp_path / "unplugged").rename(tmp_path / "team")
    installed.run("gitblob", "pull", cwd=installed.root / "clone")
    assert (installed.root / "clone/l.bin").stat().st_size == LARGE


def touch(repo):
    for name in tracked(repo):
        os.utime(repo.path / name, (2, 2))


WAYS = {
    "commit -a": [["commit", "-a", "-m", "x"]],
    "amend": [["commit", "-a", "--amend", "--no-edit"]],
    "add -A": [["add", "-A"], ["commit", "-m", "x"]],
    "renormalize": [["add", "--renormalize", "."], ["commit", "-m", "x"]],
    "commit PATH": [["commit", "-m", "x", "code.py", "l.bin", "s.bin"]],
    "add -u": [["add", "-u"], ["commit", "-m", "x"]],
    "update-index": [["update-index", "-q", "--really-refresh"], ["commit", "-a", "-m", "x"]],
    "rm --cached": [["rm", "-q", "--cached", "l.bin"], ["add", "l.bin"], ["commit", "-a", "-m", "x"]],
}


@pytest.mark.parametrize("commands", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("touched", [True, pytest.param(False, marks=pytest.mark.full)], ids=["touched", "as it was"])
def test_committing_meanwhile_keeps_every_pointer(history, remote, installed, commands, touched):
    unplug(remote)
    clone = installed.clone(remote)
    before = clone.git("ls-files", "-s", "*.bin")
    if touched:
        touch(clone)
    clone.write("code.py", "changed\n")
    for argv in commands:
        clone.git(*argv)
    assert clone.git("ls-files", "-s", "*.bin") == before
    assert clone.git("diff", "--name-only", "origin/main", "HEAD") == "code.py\n"
    assert_all_pointers(clone)
    plug_in(remote)
    clone.gitblob("pull")
    assert_healed(clone, history)
    clone.git("commit", "-q", "-a", "--amend", "-m", "with the content there")
    assert clone.git("ls-files", "-s", "*.bin") == before


def test_a_mixed_tree(history, remote, installed):
    """Some content here, some nowhere, one file changed, one renamed: only what was changed changes."""
    clone = installed.clone(remote)
    blobs = clone.path / ".git/gitblob"
    for name in ("l.bin", "s.bin"):
        (blobs / pointer.decode(clone.stored(name)).oid.key).unlink()
    unplug(remote)
    for name in ("l.bin", "s.bin"):
        (clone.path / name).unlink()
    clone.git("checkout", "-q", ".")
    assert pending(clone) == ["l.bin", "s.bin"]
    kept = {name: clone.stored(name) for name in tracked(clone)}
    changed = os.urandom(SMALL)
    clone.write("d/kept.bin", changed)
    clone.git("mv", "l.bin", "moved.bin")
    clone.git("commit", "-q", "-a", "-m", "x")
    assert clone.stored("moved.bin") == clone.read("moved.bin") == kept["l.bin"]
    assert clone.stored("s.bin") == clone.read("s.bin") == kept["s.bin"]
    assert pointer.decode(clone.stored("d/kept.bin")).size == SMALL
    assert (clone.read("d/kept.bin"), clone.status()) == (changed, "")
    clone.git("checkout", "-q", "origin/topic")
    clone.git("checkout", "-q", "main")
    assert (clone.read("d/kept.bin"), clone.status()) == (changed, "")
    assert pending(clone) == ["moved.bin", "s.bin"]
    plug_in(remote)
    clone.gitblob("pull")
    assert (clone.read("moved.bin"), clone.read("d/kept.bin"), clone.status()) == (
        history[pointer.decode(kept["l.bin"]).oid], changed, "",
    )  # fmt: skip


def test_a_push_of_what_is_absent_is_left_to_the_store(history, remote, installed):
    """The store has it: commits made meanwhile can be pushed. Nobody has it: they cannot."""
    unplug(remote)
    clone = installed.clone(remote)
    clone.write("code.py", "changed\n")
    clone.git("commit", "-q", "-a", "-m", "meanwhile")
    assert "lacks 3 blob(s)" in clone.git_result("push", "origin", "main", ok=1).stderr
    plug_in(remote)
    clone.git("push", "-q", "origin", "main")


def test_one_of_many_is_missing(repo, installed):
    remote = installed.bare("r.git")
    repo.git("remote", "add", "origin", str(remote))
    data = {f"{n:02}.bin": os.urandom(SMALL if n % 2 else LARGE) for n in range(6)}
    for name, content in data.items():
        repo.write(name, content)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    for name in ("02.bin", "03.bin"):
        (remote / "gitblob" / pointer.decode(repo.stored(name)).oid.key).unlink()
    told = installed.run("git", "clone", "-q", remote, "clone").stderr
    assert "02.bin, 03.bin (4.0 MiB)" in told or "03.bin, 02.bin (4.0 MiB)" in told
    clone = installed.root / "clone"
    assert all(
        (clone / name).read_bytes() == content for name, content in data.items() if name not in {"02.bin", "03.bin"}
    )
    result = installed.run("gitblob", "pull", cwd=clone, ok=3)
    assert "02.bin" in result.stderr
    repo.gitblob("push", "--all")
    installed.run("gitblob", "pull", cwd=clone)
    assert all((clone / name).read_bytes() == content for name, content in data.items())


def test_wrong_content_in_the_store_is_never_taken(repo, installed):
    remote = installed.bare("r.git")
    repo.git("remote", "add", "origin", str(remote))
    for name, size in (("s.bin", SMALL), ("l.bin", LARGE), ("good.bin", LARGE)):
        repo.write(name, os.urandom(size))
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    for name in ("s.bin", "l.bin"):
        blob = remote / "gitblob" / pointer.decode(repo.stored(name)).oid.key
        size = blob.stat().st_size
        blob.unlink()  # may be a link to the cache's own
        blob.write_bytes(b"x" * size)
    told = installed.run("git", "clone", "-q", remote, "clone").stderr
    clone = installed.root / "clone"
    assert "damaged" in told
    assert told.count(SUMMARY) == 1
    assert (clone / "good.bin").read_bytes() == repo.read("good.bin")
    for name in ("s.bin", "l.bin"):
        assert (clone / name).read_bytes() == repo.stored(name)
    assert list((clone / ".git/gitblob/tmp").glob("*")) == []
    installed.run("gitblob", "pull", cwd=clone, ok=3)
    repo.gitblob("fsck", "--store", "origin", ok=None)


@pytest.fixture
def strict(installed):
    """The environment of a CI job, as it can be set without a file."""
    if "version 2.30" in installed.run("git", "version").stdout:
        return {"GIT_CONFIG_PARAMETERS": "'gitblob.strict=true'"}  # what `git -c` sets; the other came with 2.31
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "gitblob.strict", "GIT_CONFIG_VALUE_0": "true"}


LACKING = "not found, which is an error here: gitblob.strict is set"


def test_strict_fails_a_clone_and_names_all_that_is_missing(remote, installed, strict):
    unplug(remote)
    for name, options, env in (("a", [], strict), ("b", ["-c", "gitblob.strict=yes"], {})):
        told = installed.run("git", "clone", "-q", *options, remote, name, env=env, ok=128).stderr
        assert told.count(f"gitblob: d/kept.bin, l.bin, s.bin (8.0 MiB) {LACKING}") == 1
        assert SUMMARY not in told
        assert "Clone succeeded, but checkout failed" in told
    plug_in(remote)
    installed.run("git", "restore", "--source=HEAD", ":/", cwd=installed.root / "b")
    assert (installed.root / "b/l.bin").stat().st_size == LARGE


def test_strict_takes_what_is_there(history, remote, installed, strict):
    """Fetched in one go, small and large, and the large still not through git's memory."""
    result = installed.run("git", "clone", "-q", remote, "clone", env={**strict, "GIT_TRACE_PACKET": "1"})
    assert result.stderr.count("status=delayed") == 3
    clone = Repo(installed, installed.root / "clone")
    assert_healed(clone, history)
    for branch in ("topic", "other", "main"):
        clone.git("checkout", "-q", branch, env=strict)
        assert_healed(clone, history)
    clone.git("merge", "-q", "-m", "x", "origin/topic", env=strict)
    clone.git("rebase", "-q", "main", "other", env=strict)
    assert_healed(clone, history)


def test_strict_fails_a_checkout_and_leaves_head(history, remote, installed, strict):
    """Trap 4.3: the work tree is half new then; going back is one command."""
    clone = installed.clone(remote)
    head = clone.git("rev-parse", "HEAD")
    unplug(remote)
    result = clone.git_result("checkout", "topic", env=strict, ok=128)
    assert f"gitblob: l.bin, s.bin (4.0 MiB) {LACKING}" in result.stderr
    assert "hint: `gitblob push --all` in a clone that has the content" in result.stderr
    assert "smudge filter gitblob failed" in result.stderr
    assert clone.git("rev-parse", "HEAD") == head
    assert not (clone.path / ".git/index.lock").exists()
    clone.git("reset", "-q", "--hard", env=strict)
    assert_healed(clone, history)
    clone.git("checkout", "-q", "topic")
    assert pending(clone) == ["l.bin", "s.bin"]
    plug_in(remote)
    clone.gitblob("pull")
    assert_healed(clone, history)


def test_strict_sees_a_damaged_blob_in_the_cache(history, remote, installed, strict):
    clone = installed.clone(remote)
    unplug(remote)
    for name in ("l.bin", "s.bin"):
        blob = clone.path / ".git/gitblob" / pointer.decode(clone.stored(name)).oid.key
        size = blob.stat().st_size
        blob.unlink()
        blob.write_bytes(b"x" * size)
        (clone.path / name).unlink()
        result = clone.git_result("checkout", "--", name, env=strict, ok=None)
        assert result.returncode
        assert f"{name} (" in result.stderr
        assert LACKING in result.stderr


@pytest.mark.parametrize(
    "argv", [("archive", "HEAD"), ("cat-file", "--filters", "HEAD:s.bin")], ids=["archive", "cat-file"]
)
def test_strict_gives_no_pointer_for_content(remote, installed, strict, argv):
    unplug(remote)
    clone = installed.clone(remote)
    assert "# gitblob v1" in clone.git(*argv)
    result = clone.git_result(*argv, env=strict, ok=None)
    assert result.returncode
    assert LACKING in result.stderr


@pytest.mark.parametrize(("value", "code"), [("false", 0), ("0", 0), ("on", 128), ("ture", 128)])
def test_the_values_of_strict(remote, installed, value, code):
    unplug(remote)
    clone = installed.clone(remote)
    clone.git("config", "gitblob.strict", value)
    (clone.path / "s.bin").unlink()
    result = clone.git_result("checkout", "--", "s.bin", ok=code)
    assert (value == "ture") == ("config value 'ture' for 'gitblob.strict'" in result.stderr)


def test_git_is_asked_for_strict_once_and_only_where_something_is_absent(remote, installed):
    trace = installed.root / "trace"

    def asked(*argv, cwd=None):
        trace.write_bytes(b"")
        installed.run("git", *argv, cwd=cwd, env={"GIT_TRACE": str(trace)})
        return sum("built-in: git config" in line and "strict" in line for line in trace.read_text().splitlines())

    assert asked("clone", "-q", remote, "full") == 1
    full = installed.root / "full"
    assert asked("checkout", "-q", "topic", cwd=full) == 1
    for argv in (("checkout", "-q", "main"), ("checkout", "-q", "topic"), ("reset", "-q", "--hard", "HEAD~2")):
        assert asked(*argv, cwd=full) == 0
    unplug(remote)
    assert asked("clone", "-q", remote, "empty") == 1


def test_pull_and_checkout_fail_for_what_is_absent_strict_or_not(remote, installed, strict):
    unplug(remote)
    clone = installed.clone(remote)
    for env in ({}, strict):
        for verb in ("pull", "checkout"):
            assert "3 file(s) still are pointers" in clone.gitblob(verb, ok=3, env=env).stderr
        assert "3 blob(s) are on no store" in clone.gitblob("fetch", ok=13, env=env).stderr
