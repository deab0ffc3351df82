"""Hooks in the configuration, on a git that has them: GITBLOB_TEST_NEW_GIT is a folder with bin/git (`.ci/debian-git sid`)."""

import os
import shutil

import pytest
from support.recorder import Recorder, tree

from gitblob.git import command, hookmark, hooks

OURS = ["gitblob-pre-push"]


@pytest.fixture
def new(sandbox, monkeypatch):
    """The sandbox with a newer git first on the path."""
    folder = os.environ.get("GITBLOB_TEST_NEW_GIT")
    if not folder:
        pytest.skip("GITBLOB_TEST_NEW_GIT names no git with hooks in its configuration")
    (sandbox.home / "bin/git").symlink_to(f"{folder}/bin/git")
    monkeypatch.setenv("PATH", sandbox.env["PATH"])
    return sandbox


@pytest.fixture
def seen(tmp_path):
    return Recorder(tmp_path / "seen")


@pytest.fixture
def plain(new):
    repo = new.repo()
    repo.write("file", "one")
    repo.commit()
    new.bare()
    repo.git("remote", "add", "origin", "../origin.git")
    return repo


def use(repo):
    """As the filter would have left it."""
    (repo.path / ".git/gitblob").mkdir(exist_ok=True)


def listed(repo, event="pre-push"):
    return repo.git("hook", "list", event, ok=None).split()


def push(repo, branch="main", **options):
    return repo.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}", **options)


def stand_in(sandbox, seen, status=0):
    seen.script(sandbox.home / "bin/gitblob", "gitblob", status)


def real(sandbox):
    shutil.copy(sandbox.home / "bin/git-blob", sandbox.home / "bin/gitblob")


def test_registered_for_the_user_and_taken_back(new):
    path = new.home / ".gitconfig"
    before = path.read_bytes()
    assert "from the global git configuration" in new.run("gitblob", "install").stdout
    once = path.read_bytes()
    new.run("gitblob", "install")
    assert path.read_bytes() == once
    repo = new.repo()
    assert listed(repo) == OURS
    assert tree(repo.path / ".git/hooks") == {}
    new.run("gitblob", "uninstall")
    assert path.read_bytes() == before


def test_in_the_repository_only_the_mark_is_written(plain):
    """`gitblob install` inside a repository says that gitblob is in use there."""
    before = tree(plain.path)
    assert "from the global git configuration" in plain.gitblob("install").stdout
    after = tree(plain.path)
    assert {name for name in after if after.get(name) != before.get(name)} == {".git/gitblob/hooks-installed"}
    assert set(before) <= set(after)
    plain.gitblob("uninstall")
    assert tree(plain.path) == before


def test_silent_where_gitblob_is_not_in_use(new, plain, seen):
    new.run("gitblob", "install")
    stand_in(new, seen, status=1)
    push(plain)
    plain.write(".gitattributes", "*.txt text\n")
    plain.git("add", ".")
    plain.git("commit", "-q", "--allow-empty", "-m", "x")
    plain.git("checkout", "-q", "-b", "other")
    plain.git("worktree", "add", "-q", "../linked")
    new.run("git", "push", "-q", "origin", "linked", cwd=new.root / "linked")
    assert seen.order() == []


RULED = {"no-checkout": "*.bin", "bare": "*.bin", "mirror": "deep/down/*.bin"}


@pytest.mark.parametrize("how", RULED)
def test_a_push_from_a_clone_where_the_filter_never_ran(new, plain, how):
    """Git makes such a clone without a checkout; the content comes from its remote and goes where the commits go."""
    new.run("gitblob", "install")
    folder = plain.path / os.path.dirname(RULED[how])
    folder.mkdir(parents=True, exist_ok=True)
    new.run("gitblob", "track", "*.bin", cwd=folder)
    (folder / "a.bin").write_bytes(os.urandom(5000))
    plain.commit()
    plain.git("push", "-q", "origin", "main")
    clone = new.clone(new.root / "origin.git", "clone", f"--{how}")
    assert not list(clone.path.rglob("gitblob"))
    new.bare("other.git")
    clone.git("push", "-q", "../other.git", "main")
    assert (
        new.clone(new.root / "other.git", "whole").read(str((folder / "a.bin").relative_to(plain.path)))
        == (folder / "a.bin").read_bytes()
    )


def test_such_a_push_without_the_content_sends_nothing(new, plain):
    new.run("gitblob", "install")
    plain.gitblob("track", "*.bin")
    plain.write("a.bin", os.urandom(5000))
    plain.commit()
    plain.git("push", "-q", "origin", "main")
    clone = new.clone(new.root / "origin.git", "clone", "--bare")
    shutil.rmtree(new.root / "origin.git/gitblob")
    other = new.bare("other.git")
    clone.git("push", "-q", "../other.git", "main", ok=1)
    assert new.run("git", "show-ref", cwd=other, ok=1).stdout == ""


@pytest.mark.parametrize(
    "refs", [["main", "main:refs/heads/b"], ["HEAD@{1 second ago}:refs/heads/b"], ["main", ":gone"]]
)
def test_such_a_push_hands_all_refs_on(new, plain, seen, refs):
    new.run("gitblob", "install")
    plain.write(".gitattributes", "*.bin filter=gitblob\n")
    plain.commit()
    push(plain, "gone")
    shutil.rmtree(plain.path / ".git/gitblob", ignore_errors=True)
    stand_in(new, seen)
    plain.git("push", "-q", "origin", *refs)
    assert seen.argv("gitblob") == ["hook", "pre-push", "origin", "../origin.git"]
    assert seen.stdin("gitblob").count(b"\n") == len(refs)
    assert seen.stdin("gitblob").endswith(b"\n")


@pytest.mark.parametrize("process", ["git-lfs filter-process", "exec '/opt/gitblob' filter-process --pointer=lfs"])
def test_files_of_git_lfs_count_where_gitblob_stands_in_for_it(new, plain, seen, process):
    new.run("gitblob", "install")
    plain.git("config", "filter.lfs.process", process)
    plain.write(".gitattributes", "*.bin filter=lfs\n")
    plain.commit()
    stand_in(new, seen)
    push(plain)
    assert seen.order() == (["gitblob"] if "gitblob" in process else [])


def test_arguments_input_and_status(new, plain, seen):
    new.run("gitblob", "install")
    use(plain)
    stand_in(new, seen)
    head = plain.git("rev-parse", "HEAD").strip()
    result = new.run("git", "push", "--porcelain", "origin", "main", cwd=plain.path)
    assert seen.argv("gitblob") == ["hook", "pre-push", "origin", "../origin.git"]
    assert seen.stdin("gitblob") == f"refs/heads/main {head} refs/heads/main {'0' * 40}\n".encode()
    assert "said by gitblob" in result.stderr
    assert "said by gitblob" not in result.stdout
    stand_in(new, seen, status=15)
    assert new.run("git", "push", "-q", "origin", "main:y", cwd=plain.path, ok=1)
    seen.order()
    plain.git("commit", "-q", "--allow-empty", "-m", "x", ok=1)
    assert seen.order() == ["gitblob"]


def test_in_a_linked_work_tree(new, plain, seen):
    new.run("gitblob", "install")
    plain.git("worktree", "add", "-q", "../linked")
    use(plain)
    stand_in(new, seen)
    new.run("git", "push", "-q", "origin", "linked", cwd=new.root / "linked")
    assert seen.order() == ["gitblob"]


def test_after_a_checkout_only_with_a_journal(new, plain, seen):
    new.run("gitblob", "install")
    use(plain)
    stand_in(new, seen, status=1)
    plain.git("checkout", "-q", "-b", "other")
    assert seen.order() == []
    (plain.path / ".git/gitblob/journal").mkdir()
    (plain.path / ".git/gitblob/journal/1-0").write_bytes(b"path\0pointer\0")
    plain.git("checkout", "-q", "main")
    assert seen.order() == ["gitblob"]
    assert seen.argv("gitblob")[:2] == ["hook", "post-checkout"]


def test_beside_files_and_a_hooks_path(new, plain, seen):
    seen.script(plain.path / "tools/pre-push", "theirs")
    plain.git("config", "core.hooksPath", "tools")
    plain.gitblob("install")
    use(plain)
    stand_in(new, seen)
    push(plain)
    assert sorted(seen.order()) == ["gitblob", "theirs"]
    assert seen.stdin("theirs") == seen.stdin("gitblob")
    assert plain.git("config", "core.hooksPath") == "tools\n"


def test_the_switch(new, plain, seen):
    new.run("gitblob", "install")
    use(plain)
    stand_in(new, seen)
    plain.git("config", "gitblob.hooks", "off")
    push(plain)
    assert seen.order() == []
    real(new)
    plain.git("config", "--unset", "gitblob.hooks")
    plain.gitblob("install", "--no-hooks")
    assert listed(plain) == []


def test_files_of_an_older_git_give_way(new, plain, seen):
    theirs = seen.script(plain.path / ".git/hooks/pre-push", "theirs")
    (new.home / "bin/git").rename(new.home / "bin/newer")
    if command.version() >= (2, 54):
        pytest.skip("there is no older git")
    plain.gitblob("install", "--local")
    assert (plain.path / ".git/hooks/pre-push.before-gitblob").exists()
    (new.home / "bin/newer").rename(new.home / "bin/git")
    plain.gitblob("install")
    assert (plain.path / ".git/hooks/pre-push").read_bytes() == theirs
    assert len(list((plain.path / ".git/hooks").iterdir())) == 1
    stand_in(new, seen)
    push(plain)
    assert sorted(seen.order()) == ["gitblob", "theirs"]


def test_ensure_registers_in_the_repository_when_nobody_has(new, plain):
    repository = command.find(str(plain.path))
    before = (plain.path / ".git/config").read_bytes()
    assert hooks.ensure(repository) is None
    assert hookmark.is_current(repository)
    assert listed(plain) == OURS
    assert not (plain.path / ".git/hooks").exists()
    plain.gitblob("uninstall")
    assert (plain.path / ".git/config").read_bytes() == before
    assert not (plain.path / ".git/gitblob").exists()


def test_ensure_is_content_with_the_users_hooks(new, plain):
    new.run("gitblob", "install")
    before = (plain.path / ".git/config").read_bytes()
    assert hooks.ensure(command.find(str(plain.path))) is None
    assert (plain.path / ".git/config").read_bytes() == before


def test_without_a_program_only_the_push_is_refused(new, plain):
    new.run("gitblob", "install")
    use(plain)
    (new.home / "bin/gitblob").unlink()
    bare = {"PATH": f"{new.home}/bin:/usr/bin:/bin"}
    plain.git("commit", "-q", "--allow-empty", "-m", "x", env=bare)
    result = new.run("git", "push", "-q", "origin", "main", cwd=plain.path, env=bare, ok=1)
    assert "nothing was pushed" in result.stderr


def test_a_path_with_blanks_and_quotes(new, plain, seen):
    folder = new.home / 'it\'s a "place" $HOME'
    folder.mkdir()
    shutil.copy2(new.home / "bin/gitblob", folder / "gitblob")
    new.run(folder / "gitblob", "install")
    use(plain)
    seen.script(folder / "gitblob", "gitblob")
    push(plain)
    assert seen.order() == ["gitblob"]
