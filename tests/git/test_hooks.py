"""Our hooks as files, in front of the hooks that were there. Git calls them; a recorder stands in for gitblob."""

import os
import subprocess
import sys

import pytest
from support.recorder import Recorder, tree

from gitblob.git import command, hookmark, hooks

BARE_PATH = "/usr/bin:/bin"


@pytest.fixture
def seen(sandbox, tmp_path):
    """A recorder. Skips where git has hooks in its configuration: no files are written there."""
    words = sandbox.run("git", "version").stdout.split()
    if tuple(map(int, words[2].split(".")[:2])) >= (2, 54):
        pytest.skip("this git has hooks in its configuration")
    return Recorder(tmp_path / "seen")


@pytest.fixture
def plain(sandbox):
    """A repository with one commit and a remote; gitblob is not installed."""
    repo = sandbox.repo()
    repo.write("file", "one")
    repo.commit()
    sandbox.bare()
    repo.git("remote", "add", "origin", "../origin.git")
    return repo


def stand_in(sandbox, seen, status=0):
    """From now on the installed program only records."""
    seen.script(sandbox.home / "bin/gitblob", "gitblob", status)


def test_git_runs_pre_push_with_its_arguments_and_refs(sandbox, plain, seen):
    plain.gitblob("install")
    stand_in(sandbox, seen)
    head = plain.git("rev-parse", "HEAD").strip()
    result = sandbox.run("git", "push", "--porcelain", "origin", "main:new", cwd=plain.path)
    assert seen.argv("gitblob") == ["hook", "pre-push", "origin", "../origin.git"]
    assert seen.stdin("gitblob") == f"refs/heads/main {head} refs/heads/new {'0' * 40}\n".encode()
    assert "said by gitblob" in result.stderr
    assert "said by gitblob" not in result.stdout


def test_a_failing_upload_stops_the_push(sandbox, plain, seen):
    plain.gitblob("install")
    stand_in(sandbox, seen, status=15)
    assert plain.git("push", "-q", "origin", "main", ok=None) == ""
    assert sandbox.run("git", "show-ref", cwd=sandbox.root / "origin.git", ok=1).stdout == ""


def test_a_hook_that_was_there_runs_first_with_the_same_input(sandbox, plain, seen):
    seen.script(plain.path / ".git/hooks/pre-push", "theirs")
    result = plain.gitblob("install")
    assert "run first, as they were there before: pre-push" in result.stdout
    stand_in(sandbox, seen)
    plain.git("push", "-q", "origin", "main", "main:refs/heads/other")
    assert seen.order() == ["theirs", "gitblob"]
    assert seen.argv("theirs") == ["origin", "../origin.git"]
    assert seen.stdin("theirs") == seen.stdin("gitblob")
    assert seen.stdin("theirs").count(b"\n") == 2


@pytest.mark.parametrize("data", [b"", b"no newline", b"\n\n", b"a b c d\n" * 50_000, b"\xff\x00\xfe\n"])
def test_the_copy_of_stdin_is_exact(sandbox, plain, seen, data):
    seen.script(plain.path / ".git/hooks/pre-push", "theirs")
    plain.gitblob("install")
    stand_in(sandbox, seen)
    subprocess.run([".git/hooks/pre-push", "o", "u r l"], cwd=plain.path, input=data, env=sandbox.env, check=True)
    assert seen.stdin("theirs") == data
    assert seen.stdin("gitblob") == data
    assert seen.argv("gitblob") == ["hook", "pre-push", "o", "u r l"]


@pytest.mark.parametrize("hook", ["pre-commit", "pre-push", "post-checkout", "post-merge"])
@pytest.mark.parametrize("status", [0, 1, 77])
def test_the_exit_status_of_the_hook_that_was_there(sandbox, plain, seen, hook, status):
    seen.script(plain.path / f".git/hooks/{hook}", "theirs", status)
    plain.gitblob("install")
    stand_in(sandbox, seen)
    argv = [f".git/hooks/{hook}", "a", ""]
    assert sandbox.run(*argv, cwd=plain.path, ok=status, data="").returncode == status
    assert seen.argv("theirs") == ["a", ""]
    assert ("gitblob" in seen.order()) == (status == 0 and hook.startswith("pre-"))


def test_a_hook_that_is_not_executable_stays_ignored(sandbox, plain, seen):
    seen.script(plain.path / ".git/hooks/pre-push", "theirs", mode=0o644)
    plain.gitblob("install")
    stand_in(sandbox, seen)
    plain.git("push", "-q", "origin", "main")
    assert seen.order() == ["gitblob"]


def test_uninstall_gives_everything_back(sandbox, plain, seen):
    for hook, mode in (("pre-push", 0o755), ("pre-commit", 0o700), ("post-merge", 0o644), ("commit-msg", 0o755)):
        seen.script(plain.path / f".git/hooks/{hook}", "theirs", mode=mode)
    (plain.path / ".git/hooks/post-checkout").symlink_to("commit-msg")
    before = tree(plain.path)
    plain.gitblob("install")
    assert tree(plain.path) != before
    assert "taken back" in plain.gitblob("uninstall").stdout
    assert tree(plain.path) == before
    plain.gitblob("uninstall")
    assert tree(plain.path) == before


def test_post_hooks_end_in_sh_while_there_is_no_journal(sandbox, plain, seen):
    plain.gitblob("install")
    stand_in(sandbox, seen, status=1)
    plain.git("checkout", "-q", "-b", "other")
    assert seen.order() == []
    journal = plain.path / ".git/gitblob/journal"
    journal.mkdir()
    plain.git("checkout", "-q", "main")
    assert seen.order() == []
    (journal / "123-0").write_bytes(b"path\0pointer\0")
    plain.git("checkout", "-q", "other")
    assert seen.order() == ["gitblob"]
    assert seen.argv("gitblob")[:2] == ["hook", "post-checkout"]
    plain.git(
        "merge",
        "-q",
        "--no-edit",
        "--allow-unrelated-histories",
        plain.git("commit-tree", "-m", "x", "HEAD^{tree}").strip(),
    )
    assert seen.argv("gitblob") == ["hook", "post-merge", "0"]


def test_a_linked_work_tree_has_a_journal_of_its_own(sandbox, plain, seen):
    plain.gitblob("install")
    plain.git("worktree", "add", "-q", "../linked")
    stand_in(sandbox, seen)
    journal = plain.path / ".git/worktrees/linked/gitblob/journal"
    journal.mkdir(parents=True)
    (journal / "1-0").write_bytes(b"path\0pointer\0")
    plain.git("checkout", "-q", "-b", "one")
    assert seen.order() == []
    sandbox.run("git", "checkout", "-q", "-b", "two", cwd=sandbox.root / "linked")
    assert seen.order() == ["gitblob"]
    sandbox.run("git", "push", "-q", "origin", "two", cwd=sandbox.root / "linked")
    assert seen.argv("gitblob")[:2] == ["hook", "pre-push"]


def test_a_bare_path_is_enough(sandbox, plain, seen):
    seen.script(plain.path / ".git/hooks/pre-push", "theirs")
    plain.gitblob("install")
    stand_in(sandbox, seen)
    git = sandbox.run("sh", "-c", "command -v git").stdout.strip()
    sandbox.run(git, "push", "-q", "origin", "main", cwd=plain.path, env={"PATH": BARE_PATH})
    assert seen.order() == ["theirs", "gitblob"]


def test_a_program_that_has_moved_is_found_on_the_path(sandbox, plain, seen):
    plain.gitblob("install")
    (sandbox.home / "bin/gitblob").unlink()
    seen.script(sandbox.home / "elsewhere/gitblob", "gitblob")
    plain.git("push", "-q", "origin", "main", env={"PATH": f"{sandbox.home}/elsewhere:{BARE_PATH}"})
    assert seen.order() == ["gitblob"]


def test_without_a_program_only_the_push_is_refused(sandbox, plain, seen):
    plain.gitblob("install")
    (sandbox.home / "bin/gitblob").unlink()
    (plain.path / ".git/gitblob/journal").mkdir()
    (plain.path / ".git/gitblob/journal/1-0").write_bytes(b"path\0pointer\0")
    plain.write("file", "two")
    bare = {"PATH": BARE_PATH}
    assert "not checked" in sandbox.run("git", "commit", "-qam", "two", cwd=plain.path, env=bare).stderr
    assert "still pointers" in sandbox.run("git", "checkout", "-q", "-b", "x", cwd=plain.path, env=bare).stderr
    result = sandbox.run("git", "push", "-q", "origin", "main", cwd=plain.path, env=bare, ok=1)
    assert "nothing was pushed" in result.stderr


@pytest.mark.parametrize("path", [".", ""])
def test_a_program_planted_in_the_work_tree_is_not_run(sandbox, plain, seen, path):
    plain.gitblob("install")
    (sandbox.home / "bin/gitblob").unlink()
    seen.script(plain.path / "gitblob", "planted")
    search = {"PATH": f"{path or plain.path}:{BARE_PATH}"}
    sandbox.run("git", "push", "-q", "origin", "main", cwd=plain.path, env=search, ok=1)
    assert seen.order() == []


def test_ensure_installs_and_leaves_a_mark(sandbox, plain, seen, monkeypatch):
    repository = command.find(str(plain.path))
    assert not hookmark.is_current(repository)
    monkeypatch.setenv("PATH", sandbox.env["PATH"])
    assert hooks.ensure(repository) is None
    assert hookmark.is_current(repository)
    assert (plain.path / ".git/hooks/pre-push").exists()
    (plain.path / ".git/hooks/pre-push").unlink()
    later = (plain.path / ".git/gitblob/hooks-installed").stat().st_mtime_ns + 1
    os.utime(plain.path / ".git/hooks", ns=(later, later))
    assert not hookmark.is_current(repository)
    assert hooks.ensure(repository) is None
    assert (plain.path / ".git/hooks/pre-push").exists()


def test_ensure_reports_and_does_not_raise(sandbox, plain, seen, monkeypatch):
    repository = command.find(str(plain.path))
    monkeypatch.setenv("PATH", BARE_PATH)
    assert "not in place: gitblob is not on the PATH" in hooks.ensure(repository)
    monkeypatch.setenv("PATH", sandbox.env["PATH"])
    (plain.path / ".git/hooks").write_text("in the way")
    assert "not in place" in hooks.ensure(repository)
    assert not hookmark.is_current(repository)


def test_ensure_respects_the_switch(sandbox, plain, seen, monkeypatch):
    monkeypatch.setenv("PATH", sandbox.env["PATH"])
    plain.git("config", "gitblob.hooks", "off")
    repository = command.find(str(plain.path))
    assert hooks.ensure(repository) is None
    assert not (plain.path / ".git/hooks/pre-push").exists()
    plain.git("config", "gitblob.hooks", "on")
    assert hooks.ensure(repository) is None
    assert (plain.path / ".git/hooks/pre-push").exists()
    plain.git("config", "gitblob.hooks", "off")
    assert hooks.ensure(repository) is None
    assert not (plain.path / ".git/hooks/pre-push").exists()


def test_ensure_sees_the_files_not_a_callers_options(sandbox, plain, seen, monkeypatch):
    monkeypatch.setenv("PATH", sandbox.env["PATH"])
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.hooksPath=/dev/null' 'gitblob.hooks=false'")
    assert hooks.ensure(command.find(str(plain.path))) is None
    assert (plain.path / ".git/hooks/pre-push").exists()
    assert "hooksPath" not in (plain.path / ".git/config").read_text()


@pytest.mark.parametrize("path", ["", "tools"])
def test_several_filters_at_once(sandbox, plain, seen, path):
    theirs = seen.script(plain.path / ".git/hooks/pre-push", "theirs")
    if path:
        plain.git("config", "core.hooksPath", path)
    code = (
        "import sys; sys.argv[0] = sys.argv[1]\n"
        "from gitblob.git import hooks, repository\n"
        "sys.stdin.read(); print(hooks.ensure(repository.here()))"
    )
    argv = [sys.executable, "-c", code, str(sandbox.home / "bin/gitblob")]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(argv, cwd=plain.path, env=sandbox.env, stdin=pipe, stdout=pipe) for _ in range(4)]
    for process in started:
        process.stdin.close()
        process.stdin = None
    said = [process.communicate()[0] for process in started]
    assert not [text for text in said if b"not in place" in text]
    if path:
        assert plain.git("config", "gitblob.chainedHooksPath") == "tools\n"
    else:
        assert (plain.path / ".git/hooks/pre-push.before-gitblob").read_bytes() == theirs
    plain.gitblob("uninstall")
    assert (plain.path / ".git/hooks/pre-push").read_bytes() == theirs
    assert plain.git("config", "core.hooksPath", ok=None).strip() == path
