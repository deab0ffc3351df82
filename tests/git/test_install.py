import os
import shutil

import pytest
from support.recorder import tree

HOOKS = ["post-checkout", "post-merge", "pre-commit", "pre-push"]


def old_git(sandbox):
    return version(sandbox) < (2, 54)


def version(sandbox):
    words = sandbox.run("git", "version").stdout.split()
    return tuple(map(int, words[2].split(".")[:2]))


def config(sandbox, key, *scope, cwd=None):
    return sandbox.run("git", "config", *scope, "--get", key, cwd=cwd, ok=None).stdout.rstrip("\n")


def test_the_drivers_are_configured_for_the_user(sandbox):
    result = sandbox.run("gitblob", "install")
    program = sandbox.home / "bin/gitblob"
    assert config(sandbox, "filter.gitblob.process", "--global") == f"exec '{program}' filter-process"
    assert config(sandbox, "filter.gitblob.required", "--global") == "true"
    assert config(sandbox, "diff.gitblob.textconv", "--global") == f"'{program}' textconv"
    assert config(sandbox, "merge.gitblob.driver", "--global") == f"'{program}' merge-driver %O %A %B %P"
    assert not config(sandbox, "filter.gitblob.clean")
    assert "global git configuration" in result.stdout
    assert str(program) in result.stdout


def test_twice_is_once_and_uninstall_gives_back_every_byte(sandbox):
    path = sandbox.home / ".gitconfig"
    before = path.read_bytes(), path.stat().st_mode
    sandbox.run("gitblob", "install")
    once = path.read_bytes(), path.stat().st_mtime_ns
    assert "was there already" in sandbox.run("gitblob", "install").stdout
    assert (path.read_bytes(), path.stat().st_mtime_ns) == once
    sandbox.run("gitblob", "uninstall")
    assert (path.read_bytes(), path.stat().st_mode) == before
    assert "nothing of gitblob" in sandbox.run("gitblob", "uninstall").stdout


def test_a_newer_program_replaces_the_older(sandbox):
    sandbox.run("gitblob", "install")
    sandbox.run("git", "config", "--global", "filter.gitblob.process", "exec '/old/gitblob' filter-process")
    sandbox.run("gitblob", "install")
    assert "/old/" not in (sandbox.home / ".gitconfig").read_text()


@pytest.mark.parametrize("scope", ["local", "worktree", "system"])
def test_other_scopes(sandbox, scope):
    if scope == "system" and version(sandbox) < (2, 32):
        pytest.skip("this git has no GIT_CONFIG_SYSTEM: it would write the configuration of the whole machine")
    repo = sandbox.repo()
    system = sandbox.home / "system-config"
    repo.gitblob("install", f"--{scope}", env={"GIT_CONFIG_SYSTEM": str(system)})
    file = system if scope == "system" else repo.path / ".git/config"
    assert "filter-process" in file.read_text()
    assert "gitblob" not in (sandbox.home / ".gitconfig").read_text()
    repo.gitblob("uninstall", f"--{scope}", env={"GIT_CONFIG_SYSTEM": str(system)})
    assert "gitblob" not in file.read_text()


def test_a_local_scope_needs_a_repository(sandbox):
    result = sandbox.run("gitblob", "install", "--local", ok=10)
    assert "not inside a git repository" in result.stderr


def test_a_path_with_blanks_and_quotes_works(sandbox):
    folder = sandbox.home / 'it\'s a "place" $HOME'
    folder.mkdir()
    shutil.copy2(sandbox.home / "bin/gitblob", folder / "gitblob")
    repo = sandbox.repo()
    sandbox.run(folder / "gitblob", "install", "--local", cwd=repo.path)
    repo.write(".gitattributes", "*.bin filter=gitblob -text\n")
    repo.write("a.bin", b"x" * 5000)
    repo.commit()
    assert repo.stored("a.bin").startswith(b"# gitblob v1")


def test_a_program_in_the_work_tree_is_refused(sandbox):
    repo = sandbox.repo()
    (repo.path / "bin").mkdir()
    shutil.copy2(sandbox.home / "bin/gitblob", repo.path / "bin/gitblob")
    before = tree(repo.path)
    result = sandbox.run(repo.path / "bin/gitblob", "install", cwd=repo.path, ok=17)
    assert "lies in the work tree" in result.stderr
    assert tree(repo.path) == before


def test_hooks_in_the_repository_one_stands_in(sandbox):
    if not old_git(sandbox):
        pytest.skip("this git has hooks in its configuration")
    repo = sandbox.repo()
    before = tree(repo.path)
    result = repo.gitblob("install")
    assert sorted(os.listdir(repo.path / ".git/hooks")) == HOOKS
    assert "pre-push" in result.stdout
    after = tree(repo.path)
    assert "were there already" in repo.gitblob("install").stdout
    assert tree(repo.path) == after
    repo.gitblob("uninstall")
    assert tree(repo.path) == before


def test_from_a_subfolder_a_linked_work_tree_and_a_bare_repository(sandbox):
    if not old_git(sandbox):
        pytest.skip("this git has hooks in its configuration")
    repo = sandbox.repo()
    repo.write("folder/file", "x")
    repo.commit()
    repo.git("worktree", "add", "-q", "../other")
    sandbox.run("gitblob", "install", cwd=sandbox.root / "other")
    assert sorted(os.listdir(repo.path / ".git/hooks")) == HOOKS
    assert "were there already" in sandbox.run("gitblob", "install", cwd=repo.path / "folder").stdout
    bare = sandbox.bare()
    sandbox.run("gitblob", "install", cwd=bare)
    assert sorted(os.listdir(bare / "hooks")) == HOOKS


def test_without_hooks_they_stay_away(sandbox):
    repo = sandbox.repo()
    before = tree(repo.path)
    result = repo.gitblob("install", "--no-hooks")
    assert tree(repo.path) == before
    assert config(sandbox, "gitblob.hooks", "--global") == "false"
    assert "hooks: off" in result.stdout
    repo.write(".gitattributes", "*.bin filter=gitblob -text\n")
    repo.write("a.bin", b"x" * 5000)
    repo.commit()
    assert not (repo.path / ".git/hooks/pre-push").exists()
    repo.gitblob("install")
    assert not config(sandbox, "gitblob.hooks")


def test_switching_them_off_takes_them_back(sandbox):
    repo = sandbox.repo()
    before = tree(repo.path / ".git/hooks")
    repo.gitblob("install")
    repo.gitblob("install", "--local", "--no-hooks")
    assert tree(repo.path / ".git/hooks") == before
    assert "gitblob.hooks is false in the local" in repo.gitblob("install").stdout
    assert tree(repo.path / ".git/hooks") == before


def test_uninstall_says_where_git_still_finds_the_filter(sandbox):
    repo = sandbox.repo()
    repo.gitblob("install", "--local")
    repo.gitblob("install")
    assert "`gitblob uninstall --local`" in repo.gitblob("uninstall").stdout
    assert "still" not in repo.gitblob("uninstall", "--local").stdout


def test_uninstall_says_once_what_it_means_and_the_two_ways_on(installed):
    repo = installed.repo()
    repo.gitblob("track", "*.bin")
    repo.write("a.bin", b"x" * 5000)
    repo.commit()
    repo.gitblob("install", "--local")
    assert repo.gitblob("uninstall").stderr == ""
    said = repo.gitblob("uninstall", "--local").stderr
    assert said.count("git has no filter for tracked files any more") == 1
    assert "`gitblob install` brings" in said
    (repo.path / "a.bin").touch()  # or git looks no closer
    assert repo.status() == " M a.bin\n"
    assert repo.gitblob("uninstall").stderr == ""
    repo.gitblob("install")
    assert repo.status() == ""
    repo.gitblob("untrack", "--convert", "*.bin")
    repo.git("commit", "-q", "-m", "plain")
    repo.gitblob("uninstall")
    assert repo.status() == ""
    assert repo.stored("a.bin") == repo.read("a.bin") == b"x" * 5000


def test_content_stays(installed):
    repo = installed.repo()
    repo.write(".gitattributes", "*.bin filter=gitblob -text\n")
    repo.write("a.bin", b"x" * 5000)
    repo.commit()
    blobs = {name for name in tree(repo.path / ".git/gitblob") if len(name) == 65}
    assert blobs
    repo.gitblob("uninstall")
    assert blobs <= set(tree(repo.path / ".git/gitblob"))
