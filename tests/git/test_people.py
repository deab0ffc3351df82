"""People without gitblob: what they see, what they commit, and how the others find and mend it."""

import json
import os
import re

import pytest

from gitblob.cli import topics
from gitblob.model import pointer

WITHOUT = {"HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", **{f"GIT_{who}_{what}": "c@d.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}}  # fmt: skip
LARGE = 5 << 20  # late
SMALL = 3000


class Colleague:
    """A clone in which git knows neither filter nor hooks."""

    def __init__(self, sandbox, source, name="colleague"):
        self.sandbox, self.path = sandbox, sandbox.root / name
        sandbox.run("git", "clone", "-q", source, name, env=WITHOUT)

    def git(self, *argv):
        return self.sandbox.run("git", *argv, cwd=self.path, env=WITHOUT).stdout

    def commit(self, message, **files):
        for name, data in files.items():
            (self.path / name.replace("__", "/").replace("_", ".")).write_bytes(data)
        self.git("add", ".")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD").strip()


@pytest.fixture
def colleague(repo, remote, installed):
    repo.write("a.bin", os.urandom(SMALL))
    repo.commit("a")
    repo.git("push", "-q")
    return Colleague(installed, remote)


def is_pointer(repo, name, rev="HEAD"):
    return pointer.decode(repo.stored(name, rev)) is not None


def raw(repo, name, data, message="raw"):
    """Commit as a client without filters and hooks does."""
    repo.write(name, data)
    plain = ("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false")
    repo.git(*plain, "add", "--", name)
    repo.git(*plain, "commit", "-q", "-n", "-m", message)
    return repo.git("rev-parse", "HEAD").strip()


def follow(repo, said):
    """Do what a refused push says."""
    repo.gitblob("track", "--fix")
    repo.git("commit", "-q", "-m", "pointers")
    repo.sandbox.run("sh", "-c", re.search(r"`(git rebase .*)`$", said, re.MULTILINE)[1], cwd=repo.path)


def findings(repo, *argv, ok=1):
    return json.loads(repo.gitblob("fsck", "--pointers", "--json", *argv, ok=ok).stdout)


def test_they_see_pointers_and_what_they_change_is_raw(colleague):
    assert b"gitblob pull" in (colleague.path / "a.bin").read_bytes()
    assert colleague.git("status", "--porcelain") == ""
    colleague.commit("raw", a_bin=b"x" * SMALL)
    assert len(colleague.git("cat-file", "blob", "HEAD:a.bin")) == SMALL


def test_the_others_go_on_and_mend_it(repo, colleague):
    """A raw commit that is on the remote blocks nobody; status names it and its remedy."""
    data = os.urandom(LARGE)
    commit = colleague.commit("raw", a_bin=data, b_bin=b"b" * SMALL)
    colleague.git("push", "-q")
    repo.git("pull", "-q")
    assert repo.read("a.bin") == data
    repo.write("mine.bin", os.urandom(SMALL))
    repo.commit("mine", "mine.bin")
    repo.git("push", "-q")
    shown = repo.gitblob("status").stdout
    assert re.search(rf"a\.bin .*{commit[:12]}", shown)
    assert "gitblob track --fix" in shown
    assert json.loads(repo.gitblob("status", "--json").stdout)["raw_since"] == {"a.bin": commit, "b.bin": commit}
    repo.gitblob("track", "--fix")
    repo.git("commit", "-q", "-m", "pointers")
    assert repo.status() == ""
    assert is_pointer(repo, "a.bin")
    assert is_pointer(repo, "b.bin")
    assert repo.read("a.bin") == data
    repo.git("push", "-q")
    assert findings(repo, "HEAD~1..HEAD", ok=0) == []
    assert "track --fix" not in repo.gitblob("status").stdout


def test_the_hook_in_the_manual_keeps_raw_files_off_a_server(repo, remote, colleague):
    sample = re.search(r"^    #!/bin/sh\n(?:    .*\n)+", topics.page("clients"), re.MULTILINE)[0]
    hook = remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(re.sub(r"^    ", "", sample, flags=re.MULTILINE))
    hook.chmod(0o755)
    commit = colleague.commit("raw", a_bin=b"x" * SMALL)
    for ref in ("main", "new"):
        push = colleague.sandbox.run("git", "push", "origin", f"HEAD:{ref}", cwd=colleague.path, env=WITHOUT, ok=1)
        assert f"raw-file: {commit[:12]}: a.bin" in push.stderr
    colleague.git("reset", "-q", "--hard", "HEAD~1")
    colleague.commit("text", t_txt=b"text")
    colleague.git("push", "-q", "origin", "HEAD:main", "HEAD:new")
    colleague.git("push", "-q", "origin", ":new")
    assert repo.git("ls-remote", str(remote), "new") == ""


def test_a_push_that_would_publish_a_raw_file_is_refused_and_the_remedy_works(repo, remote):
    repo.write("t", "1")
    repo.commit()
    data, other = os.urandom(LARGE), os.urandom(SMALL)
    first = raw(repo, "a.bin", data)
    repo.write("t", "2")
    repo.commit("between")
    raw(repo, "b.bin", other, "another")
    before = repo.git("ls-remote", str(remote))
    said = repo.git_result("push", ok=1).stderr
    assert f"commit {first[:12]} brings a.bin" in said
    assert "brings b.bin" in said
    assert repo.git("ls-remote", str(remote)) == before
    follow(repo, said)
    repo.git("push", "-q")
    assert is_pointer(repo, "a.bin")
    assert is_pointer(repo, "b.bin")
    assert repo.read("a.bin") == data
    assert repo.status() == ""
    assert repo.git("log", "--format=%s", "-3").split("\n")[:3] == ["another", "between", "raw"]
    assert findings(repo, "--all", ok=0) == []


def test_the_remedy_goes_through_commits_that_change_the_raw_file(repo, remote):
    repo.write("t", "1")
    repo.commit()
    raw(repo, "a.bin", b"1" * SMALL)
    raw(repo, "a.bin", b"2" * SMALL)
    said = repo.git_result("push", ok=1).stderr
    follow(repo, said)
    repo.git("push", "-q")
    assert is_pointer(repo, "a.bin")
    assert is_pointer(repo, "a.bin", "HEAD~1")
    assert repo.read("a.bin") == b"2" * SMALL


def test_a_raw_file_in_the_first_commit_of_all(installed):
    repo = installed.repo()
    repo.gitblob("track", "*.bin")
    repo.git("add", ".gitattributes")
    raw(repo, "a.bin", b"1" * SMALL)
    bare = installed.bare()
    said = repo.git_result("push", str(bare), "main", ok=1).stderr
    follow(repo, said)
    repo.git("push", "-q", str(bare), "main")
    assert is_pointer(repo, "a.bin")


def test_a_raw_file_can_be_sent_on_purpose(repo, remote):
    commit = raw(repo, "a.bin", b"x" * SMALL)
    said = repo.git_result("-c", "gitblob.pushRaw=true", "push").stderr
    assert f"commit {commit[:12]} brings a.bin" in said
    assert repo.git("ls-remote", str(remote), "main").startswith(commit)


def test_what_another_remote_has_is_told_and_goes_through(repo, remote, colleague, installed):
    commit = colleague.commit("raw", a_bin=b"x" * SMALL)
    repo.git("remote", "add", "fork", str(colleague.path))
    repo.git("fetch", "-q", "fork")
    repo.git("merge", "-q", "fork/main")
    said = repo.git_result("push").stderr
    assert f"commit {commit[:12]} brings a.bin" in said
    assert repo.git("ls-remote", str(remote), "main").startswith(commit)


def test_a_large_file_that_no_rule_covers_is_told(repo, remote):
    repo.gitblob("track", "--above", "1KiB")
    repo.commit()
    commit = raw(repo, "a.dat", b"x" * SMALL)
    assert f"commit {commit[:12]} brings a.dat" in repo.git_result("push").stderr


def test_a_small_raw_file_does_not_stop_a_push(repo, remote):
    raw(repo, "a.bin", b"x" * 1024)
    repo.git("push", "-q")


def test_deletions_and_tags_are_pushed(repo, remote):
    repo.write("a.bin", os.urandom(SMALL))
    repo.commit()
    repo.git("tag", "-a", "-m", "t", "v1")
    repo.git("push", "-q", "origin", "main", "v1", "main:other")
    repo.git("push", "-q", "origin", ":other")


def test_fsck_of_a_range_names_commit_path_and_remedy(repo):
    base = repo.git("rev-parse", "HEAD").strip()
    first = raw(repo, "a b\n.bin", b"x" * 10)
    repo.git("rm", "-q", "--cached", "a b\n.bin")
    repo.git("commit", "-q", "-m", "gone")
    second = raw(repo, "sub/ü.bin", b"# gitblob v1: x\noid: sha256:../..\nsize: 1\n")
    found = findings(repo, f"{base}..HEAD")
    assert [(f["kind"], f["commit"], f["where"]) for f in found] == [
        ("raw-file", first, "a b\n.bin"),
        ("malformed-pointer", second, "sub/ü.bin"),
    ]
    assert "gitblob track --fix" in found[0]["remedy"]
    assert f"{first[:12]}^" in found[0]["remedy"]
    assert findings(repo, f"{first}..{second}~1", ok=0) == []
    assert len(findings(repo, "HEAD", f"^{first}")) == 1
    assert len(findings(repo, "--all")) == 2
    text = repo.gitblob("fsck", "--pointers", f"{base}..HEAD", ok=1)
    assert f'raw-file: {first[:12]}: "a b\\n.bin": ' in text.stdout
    assert "git rebase" in text.stderr


def test_fsck_of_a_range_in_a_bare_repository(repo, colleague, remote):
    commit = colleague.commit("raw", a_bin=b"x" * SMALL)
    colleague.git("push", "-q")
    done = repo.sandbox.run("gitblob", "fsck", "--pointers", "main~1..main", cwd=remote, ok=1)
    assert f"raw-file: {commit[:12]}: a.bin" in done.stdout
    repo.sandbox.run("gitblob", "fsck", "--pointers", "main~1", cwd=remote)


@pytest.mark.parametrize("argv", [["absent"], ["HEAD..absent"], ["--", "--output=x"], ["--", "-1"], ["--", "--stdin"]])
def test_revisions_that_name_nothing(repo, argv):
    repo.gitblob("fsck", "--pointers", *argv, ok=2)
    assert not (repo.path / "x").exists()


def test_commits_are_never_repaired(repo):
    repo.gitblob("fsck", "--repair", "HEAD", ok=2)
    repo.gitblob("fsck", "--pointers", "--repair", "HEAD", ok=2)


def test_the_rules_are_those_of_the_commits_own_tree(repo, installed):
    """A rule that comes later, goes, stands in a folder or on another branch."""
    repo.git("rm", "-q", ".gitattributes")
    repo.git("commit", "-q", "-m", "no rules")
    repo.write("a.bin", b"a" * SMALL)
    repo.commit("no rule yet")
    repo.git("checkout", "-q", "-b", "ruled")
    repo.gitblob("track", "*.bin")
    repo.write("sub/x", "x")
    installed.run("gitblob", "track", "*.dat", cwd=repo.path / "sub")
    repo.commit("rules")
    one = raw(repo, "sub/b.dat", b"b" * SMALL)
    raw(repo, "c.dat", b"c" * SMALL)
    repo.git("checkout", "-q", "-f", "-b", "plain", "ruled~3")
    repo.write("d.bin", b"d" * SMALL)
    repo.commit("no rule here")
    repo.git("merge", "-q", "-m", "merged", "ruled")
    two = raw(repo, "e.bin", b"e" * SMALL)
    repo.git("rm", "-q", ".gitattributes")
    repo.git("commit", "-q", "-m", "no rules")
    repo.write("f.bin", b"f" * SMALL)
    repo.commit("no rule any more")
    assert [(f["commit"], f["where"]) for f in findings(repo, "--all")] == [(one, "sub/b.dat"), (two, "e.bin")]


def test_a_merge_answers_for_what_it_brings_itself(repo):
    repo.git("checkout", "-q", "-b", "side")
    repo.write("t", "1")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("u", "1")
    repo.commit()
    repo.git("merge", "-q", "--no-commit", "side")
    merge = raw(repo, "a.bin", b"a" * SMALL)
    assert len(repo.git("rev-parse", "HEAD^@").split()) == 2
    assert [f["commit"] for f in findings(repo, "--all")] == [merge]


def test_rules_of_the_user_count_for_nothing(repo, sandbox):
    (sandbox.home / "attributes").write_text("*.dat filter=gitblob\n")
    repo.git("config", "--global", "core.attributesFile", str(sandbox.home / "attributes"))
    raw(repo, "a.dat", b"a" * SMALL)
    assert findings(repo, "--all", ok=0) == []


def test_fsck_of_a_shallow_and_of_a_partial_clone(repo, remote, installed):
    repo.git("config", "uploadpack.allowFilter", "true")
    raw(repo, "a.bin", b"a" * SMALL)
    last = raw(repo, "b.bin", b"b" * SMALL)
    shallow = installed.clone(f"file://{repo.path}", "shallow", "--depth=1")
    assert {f["commit"] for f in findings(shallow, "HEAD")} == {last}
    partial = installed.clone(f"file://{repo.path}", "partial", "--filter=blob:none", "--no-checkout")
    repo.path.rename(repo.path.with_name("gone"))
    if installed.run("git", "version").stdout.split()[2] >= "2.45":
        assert findings(partial, "HEAD", ok=0) == []  # nothing is here to judge, nothing is fetched
