"""The pre-commit hook: nothing large goes into Git itself."""

import os

import pytest

from gitblob.model import pointer

LARGE = 11 << 20  # above track.above


def test_a_large_file_that_no_rule_covers_is_converted_on_the_spot(repo):
    data = os.urandom(LARGE)
    repo.write("odd [name] ünï.dat", data)
    repo.write("notes.txt", "small\n")
    repo.git("add", ".")
    result = repo.git_result("commit", "-m", "large")
    lines = [line for line in result.stderr.splitlines() if "staged as a pointer" in line]
    assert lines == ["gitblob: odd [name] ünï.dat is staged as a pointer, with a rule for it in .gitattributes"]
    stored = pointer.decode(repo.stored("odd [name] ünï.dat"))
    assert stored is not None
    assert stored.size == LARGE
    assert repo.stored("notes.txt") == b"small\n"
    assert repo.stored(".gitattributes") == (repo.path / ".gitattributes").read_bytes()
    assert repo.status() == ""
    assert repo.read("odd [name] ünï.dat") == data
    repo.write("odd [name] ünï.dat", data[::-1])
    repo.commit("the rule holds")
    assert pointer.decode(repo.stored("odd [name] ünï.dat"))


def test_the_same_with_commit_a_and_in_the_first_commit(installed):
    repo = installed.repo()
    repo.gitblob("install")
    repo.write("a.dat", "small\n")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "first")
    repo.write("a.dat", os.urandom(LARGE))
    repo.git("commit", "-q", "-a", "-m", "large")
    assert pointer.decode(repo.stored("a.dat"))
    assert repo.status() == ""


def test_edits_of_gitattributes_that_are_not_staged_stay_so(repo):
    repo.write(".gitattributes", (repo.path / ".gitattributes").read_text() + "*.md text\n")
    repo.write("a.dat", os.urandom(LARGE))
    repo.git("add", "a.dat")
    repo.git("commit", "-q", "-m", "large")
    assert b"*.md" not in repo.stored(".gitattributes")
    assert b"*.md text\n" in repo.read(".gitattributes")
    assert b"a.dat filter=gitblob" in repo.read(".gitattributes")
    assert repo.status() == " M .gitattributes\n"


def test_a_partial_commit_is_refused_with_the_commands_to_type(repo):
    repo.write("a.dat", "small\n")
    repo.commit()
    head = repo.git("rev-parse", "HEAD")
    repo.write("a.dat", os.urandom(LARGE))
    result = repo.git_result("commit", "-m", "large", "a.dat", ok=1)
    assert repo.git("rev-parse", "HEAD") == head
    (hint,) = [line for line in result.stderr.splitlines() if "type: " in line]
    steps = hint.split("type: ")[1].removesuffix("git commit") + "git commit -q -m large"
    repo.sandbox.run("sh", "-c", steps, cwd=repo.path)
    assert pointer.decode(repo.stored("a.dat"))
    assert repo.status() == ""


def test_the_size_comes_from_the_settings(repo):
    repo.gitblob("track", "--above", "1KiB")
    repo.write("a.dat", os.urandom(2000))
    repo.write("b.dat", os.urandom(1000))
    repo.commit()
    assert pointer.decode(repo.stored("a.dat"))
    assert not pointer.decode(repo.stored("b.dat"))


def test_content_staged_before_its_rule_is_converted(repo):
    repo.write("a.raw", b"content")
    repo.git("add", "a.raw")
    repo.gitblob("track", "*.raw")
    repo.git("add", ".gitattributes")
    repo.git("commit", "-q", "-m", "both")
    assert pointer.decode(repo.stored("a.raw"))
    assert repo.status() == ""


def test_a_pointer_that_an_encoding_destroyed_is_refused(repo):
    """working-tree-encoding on a filtered path silently re-encodes the pointer."""
    good = pointer.encode(
        pointer.decode(b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:" + b"ab" * 32 + b"\nsize: 1\n")
    )
    name = repo.git("hash-object", "-w", "--stdin", data=good.decode().replace("size: 1", "size: one")).strip()
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{name},bad.bin")
    result = repo.git_result("commit", "-m", "bad", ok=1)
    assert "bad.bin: malformed pointer" in result.stderr


def test_small_commits_and_other_repositories_are_left_alone(repo, installed):
    repo.write("a.txt", "x\n")
    repo.commit()
    other = installed.repo("other")
    other.write("a.dat", os.urandom(LARGE))
    other.commit()
    assert other.status() == ""
    assert len(other.stored("a.dat")) == LARGE
    assert not (other.path / ".gitattributes").exists()


def test_links_and_submodules_are_no_files(repo, installed):
    (repo.path / "link.bin").symlink_to("nowhere")
    sub = installed.repo("sub")
    sub.write("x", "x")
    sub.commit()
    repo.git("submodule", "--quiet", "add", str(sub.path), "module.bin")
    repo.commit()
    assert repo.status() == ""


def test_a_rule_is_not_written_through_a_link(repo, tmp_path):
    """The target's content would end up in a commit."""
    secret = tmp_path / "secret"
    secret.write_text("*.md text # of no concern to Git\n")
    (repo.path / ".gitattributes").unlink()
    (repo.path / ".gitattributes").symlink_to(secret)
    repo.write("a.dat", os.urandom(LARGE))
    repo.git("add", "a.dat")
    staged = repo.git("ls-files", "--stage")
    result = repo.git_result("commit", "-m", "large", ok=1)
    assert ".gitattributes is a symbolic link" in result.stderr
    assert "replace it with a file" in result.stderr
    assert repo.git("ls-files", "--stage") == staged
    assert (repo.path / ".gitattributes").is_symlink()
    assert secret.read_text() == "*.md text # of no concern to Git\n"


def test_a_link_in_the_index_is_not_made_a_file(repo):
    name = repo.git("hash-object", "-w", "--stdin", data="../secret").strip()
    repo.git("update-index", "--cacheinfo", f"120000,{name},.gitattributes")
    repo.write("a.dat", os.urandom(LARGE))
    repo.git("add", "a.dat")
    staged = repo.git("ls-files", "--stage")
    result = repo.git_result("commit", "-m", "large", ok=1)
    assert ".gitattributes in the index is a symbolic link" in result.stderr
    assert repo.git("ls-files", "--stage") == staged


@pytest.mark.parametrize("kind", ["pipe", "endless", "huge"])
def test_settings_that_are_no_small_file_end_the_commit_with_an_error(repo, kind):
    settings = repo.path / ".gitblob.yaml"
    if kind == "pipe":
        os.mkfifo(settings)
    elif kind == "endless":
        settings.symlink_to("/dev/zero")
    else:
        settings.write_bytes(b"#" * (2 << 20))
    repo.write("a.txt", "x" * 2000)
    repo.git("add", "a.txt")
    result = repo.git_result("commit", "-m", "text", ok=1, timeout=20)
    assert ".gitblob.yaml is" in result.stderr
    settings.unlink()
    repo.git("commit", "-q", "-m", "text")


def test_an_index_that_git_cannot_read_is_told_as_an_error(repo):
    repo.write(".git/index", "garbage")
    result = repo.gitblob("hook", "pre-commit", ok=None)
    assert result.returncode
    assert "gitblob: error: git diff --cached" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_hook_from_a_folder_below(repo):
    repo.write("sub/a.txt", "text")
    repo.git("add", ".")
    repo.sandbox.run("gitblob", "hook", "pre-commit", cwd=repo.path / "sub")
