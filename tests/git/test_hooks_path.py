"""core.hooksPath leads somewhere: nothing is written there, everything there still runs, and it comes back."""

import os
import shutil

import pytest
from support.recorder import Recorder, tree

from gitblob.git import command, hookmark, hooks


@pytest.fixture
def seen(sandbox, tmp_path):
    words = sandbox.run("git", "version").stdout.split()
    if tuple(map(int, words[2].split(".")[:2])) >= (2, 54):
        pytest.skip("this git has hooks in its configuration")
    return Recorder(tmp_path / "seen")


@pytest.fixture
def plain(sandbox):
    repo = sandbox.repo()
    repo.write("file", "one")
    repo.commit()
    sandbox.bare()
    repo.git("remote", "add", "origin", "../origin.git")
    return repo


def push(repo, branch="main", **options):
    return repo.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}", **options)


def hooks_path(repo, *scope):
    return repo.git("config", *scope, "--get", "core.hooksPath", ok=None).strip()


def stand_in(sandbox, seen, status=0):
    seen.script(sandbox.home / "bin/gitblob", "gitblob", status)


def test_a_tracked_directory(sandbox, plain, seen):
    for hook in ("pre-push", "commit-msg", "post-checkout"):
        seen.script(plain.path / "tools/hooks" / hook, hook)
    plain.git("config", "core.hooksPath", "tools/hooks")
    before = tree(plain.path)
    result = plain.gitblob("install", "--local")
    assert "the hooks in tools/hooks run first" in result.stdout
    assert {name: entry for name, entry in tree(plain.path).items() if not name.startswith(".git/")} == {
        name: entry for name, entry in before.items() if not name.startswith(".git/")
    }
    stand_in(sandbox, seen)
    plain.write("file", "two")
    plain.git("commit", "-qam", "two")
    assert seen.order() == ["gitblob", "commit-msg"]
    push(plain)
    assert seen.order() == ["pre-push", "gitblob"]
    assert seen.called("pre-push") == "tools/hooks/pre-push"
    assert seen.stdin("pre-push") == seen.stdin("gitblob") != b""
    plain.git("checkout", "-q", "-b", "x")
    assert seen.order() == ["post-checkout"]
    os.unlink(sandbox.home / "bin/gitblob")
    shutil.copy(sandbox.home / "bin/git-blob", sandbox.home / "bin/gitblob")
    plain.git("checkout", "-q", "main")
    plain.git("reset", "-q", "--hard", "HEAD~1")
    plain.gitblob("uninstall", "--local")
    after = tree(plain.path)
    assert after[".git/config"] == before[".git/config"]
    assert not [name for name in after if "gitblob" in name]


def test_hooks_that_come_and_go_there_count_at_once(sandbox, plain, seen):
    plain.git("config", "core.hooksPath", "tools/hooks")
    plain.gitblob("install", "--local")
    stand_in(sandbox, seen)
    push(plain)
    assert seen.order() == ["gitblob"]
    seen.script(plain.path / "tools/hooks/pre-push", "late", status=9)
    assert sandbox.run("git", "push", "-q", "origin", "main:y", cwd=plain.path, ok=1)
    assert seen.order() == ["late"]


def test_a_directory_for_all_repositories(sandbox, plain, seen):
    seen.script(sandbox.home / "my hooks/post-commit", "everywhere")
    sandbox.run("git", "config", "--global", "core.hooksPath", "~/my hooks")
    config = (plain.path / ".git/config").read_bytes()
    shared = tree(sandbox.home / "my hooks")
    plain.gitblob("install", "--local")
    assert hooks_path(plain, "--local") == f"{plain.path}/.git/gitblob/hooks"
    stand_in(sandbox, seen)
    plain.git("commit", "-q", "--allow-empty", "-m", "x")
    assert seen.order() == ["gitblob", "everywhere"]
    shutil.copy(sandbox.home / "bin/git-blob", sandbox.home / "bin/gitblob")
    plain.gitblob("uninstall", "--local")
    assert (plain.path / ".git/config").read_bytes() == config
    assert tree(sandbox.home / "my hooks") == shared


def test_the_directory_for_all_repositories_is_given_up_later(sandbox, plain, seen):
    sandbox.run("git", "config", "--global", "core.hooksPath", str(sandbox.home / "hooks"))
    plain.gitblob("install", "--local")
    sandbox.run("git", "config", "--global", "--unset", "core.hooksPath")
    plain.gitblob("install", "--local")
    assert hooks_path(plain) == ""
    assert (plain.path / ".git/hooks/pre-push").exists()
    assert not (plain.path / ".git/gitblob/hooks").exists()


def test_a_directory_inside_the_git_directory_is_used_as_it_is(sandbox, plain, seen):
    seen.script(plain.path / ".git/my-hooks/pre-push", "theirs")
    plain.git("config", "core.hooksPath", ".git/my-hooks")
    before = tree(plain.path)
    plain.gitblob("install", "--local")
    assert hooks_path(plain) == ".git/my-hooks"
    stand_in(sandbox, seen)
    push(plain)
    assert seen.order() == ["theirs", "gitblob"]
    shutil.copy(sandbox.home / "bin/git-blob", sandbox.home / "bin/gitblob")
    plain.gitblob("uninstall", "--local")
    assert {
        n: e for n, e in tree(plain.path).items() if not n.startswith((".git/refs/remotes", ".git/logs/refs/remotes"))
    } == before


def test_it_is_led_elsewhere_after_the_installation(sandbox, plain, seen, monkeypatch):
    """As husky does at each `npm install`; and back."""
    monkeypatch.setenv("PATH", sandbox.env["PATH"])
    repository = command.find(str(plain.path))
    assert hooks.ensure(repository) is None
    for folder in ("one", "two", "one"):
        seen.script(plain.path / folder / "pre-push", folder)
        plain.git("config", "core.hooksPath", folder)
        os.utime(plain.path / ".git/config")
        assert not hookmark.is_current(repository)
        assert f"those in {folder} first" in hooks.ensure(repository)
        assert hooks.ensure(repository) is None
        assert hookmark.is_current(repository)
    stand_in(sandbox, seen)
    push(plain)
    assert seen.order() == ["one", "gitblob"]
    shutil.copy(sandbox.home / "bin/git-blob", sandbox.home / "bin/gitblob")
    plain.gitblob("uninstall")
    assert hooks_path(plain) == "one"


def test_uninstall_leaves_a_value_that_is_not_ours(sandbox, plain, seen):
    plain.git("config", "core.hooksPath", "one")
    plain.gitblob("install", "--local")
    plain.git("config", "core.hooksPath", "two")
    plain.gitblob("uninstall", "--local")
    assert hooks_path(plain) == "two"
    assert "gitblob" not in (plain.path / ".git/config").read_text()


def test_a_repository_that_was_moved(sandbox, plain, seen, monkeypatch):
    monkeypatch.setenv("PATH", sandbox.env["PATH"])
    plain.git("config", "core.hooksPath", "tools")
    plain.gitblob("install", "--local")
    moved = sandbox.root / "moved"
    os.rename(plain.path, moved)
    repository = command.find(str(moved))
    assert not hookmark.is_current(repository)
    assert "those in tools first" in hooks.ensure(repository)
    assert sandbox.run("git", "config", "core.hooksPath", cwd=moved).stdout.strip() == f"{moved}/.git/gitblob/hooks"
    sandbox.run("gitblob", "uninstall", "--local", cwd=moved)
    assert sandbox.run("git", "config", "core.hooksPath", cwd=moved).stdout == "tools\n"


def test_one_work_tree_has_a_value_of_its_own(sandbox, plain, seen):
    plain.git("config", "extensions.worktreeConfig", "true")
    plain.git("worktree", "add", "-q", "../linked")
    linked = sandbox.root / "linked"
    sandbox.run("git", "config", "--worktree", "core.hooksPath", "own", cwd=linked)
    seen.script(linked / "own/pre-push", "own")
    sandbox.run("gitblob", "install", cwd=linked)
    sandbox.run("gitblob", "install", cwd=plain.path)
    assert hooks_path(plain) == ""
    stand_in(sandbox, seen)
    sandbox.run("git", "push", "-q", "origin", "linked", cwd=linked)
    assert seen.order() == ["own", "gitblob"]
    push(plain)
    assert seen.order() == ["gitblob"]
    shutil.copy(sandbox.home / "bin/git-blob", sandbox.home / "bin/gitblob")
    sandbox.run("gitblob", "uninstall", cwd=linked)
    assert sandbox.run("git", "config", "core.hooksPath", cwd=linked).stdout == "own\n"


def test_a_hook_in_our_directory_is_not_overwritten(sandbox, plain, seen):
    plain.git("config", "core.hooksPath", "tools")
    plain.gitblob("install", "--local")
    theirs = seen.script(plain.path / ".git/gitblob/hooks/commit-msg", "theirs")
    assert "in the way" in plain.gitblob("install", "--local", ok=17).stderr
    assert (plain.path / ".git/gitblob/hooks/commit-msg").read_bytes() == theirs


def test_hooks_that_change_git_by_being_there_are_passed_on_only_where_they_are(sandbox, plain, seen):
    seen.script(plain.path / "tools/reference-transaction", "refs")
    plain.git("config", "core.hooksPath", "tools")
    plain.gitblob("install", "--local")
    ours = set(os.listdir(plain.path / ".git/gitblob/hooks"))
    assert "reference-transaction" in ours
    assert not ours & {"push-to-checkout", "proc-receive"}
    (plain.path / "tools/reference-transaction").unlink()
    plain.gitblob("install", "--local")
    assert "reference-transaction" not in os.listdir(plain.path / ".git/gitblob/hooks")


@pytest.mark.parametrize("value", ["/dev/null", "it's a place", ""])
def test_odd_values(sandbox, plain, seen, value):
    plain.git("config", "core.hooksPath", value)
    config = (plain.path / ".git/config").read_bytes()
    plain.gitblob("install", "--local")
    seen.script(plain.path / "it's a place/pre-push", "odd")
    stand_in(sandbox, seen)
    push(plain)
    assert seen.order() == (["odd", "gitblob"] if "odd" in value or "place" in value else ["gitblob"])
    shutil.copy(sandbox.home / "bin/git-blob", sandbox.home / "bin/gitblob")
    plain.gitblob("uninstall", "--local")
    assert (plain.path / ".git/config").read_bytes() == config
