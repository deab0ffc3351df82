"""gitblob in the place of git-lfs: driver, rules, pointers, the second cache. No git-lfs is needed here."""

import hashlib
import os
import stat

import pytest
from support.sandbox import Repo

from gitblob.model import pointer as pointers

RULE = "filter=lfs diff=lfs merge=lfs -text"
LFS_LINE, OWN_LINE = f"*.bin {RULE}\n", "*.bin filter=gitblob diff=gitblob merge=gitblob -text\n"
GIT_LFS = {
    "process": "git-lfs filter-process",
    "required": "true",
    "clean": "git-lfs clean -- %f",
    "smudge": "git-lfs smudge -- %f",
}
LARGE = 5 << 20


def pointer(data: bytes) -> bytes:
    """What git-lfs stores for this content."""
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
        hashlib.sha256(data).hexdigest().encode(),
        len(data),
    )


def own_pointer(data: bytes) -> bytes:
    """What gitblob stores by its own name."""
    return b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:%s\nsize: %d\n" % (
        hashlib.sha256(data).hexdigest().encode(),
        len(data),
    )


def lfs_object(folder, data: bytes):
    """Where git-lfs keeps this content below a git directory."""
    digits = hashlib.sha256(data).hexdigest()
    return folder / "lfs/objects" / digits[:2] / digits[2:4] / digits


def keep_as_git_lfs(folder, data: bytes):
    """Lay a blob there as git-lfs does."""
    path = lfs_object(folder, data)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def configured(sandbox, *scope, cwd=None) -> dict[str, str]:
    """Everything about the `lfs` drivers."""
    text = sandbox.run("git", "config", *scope, "--get-regexp", r"\.lfs\.", cwd=cwd, ok=None).stdout
    return dict(line.split(" ", 1) for line in text.splitlines())


def use_git_lfs(sandbox, *scope, cwd=None):
    """What `git lfs install` configures."""
    for key, value in GIT_LFS.items():
        sandbox.run("git", "config", *scope, f"filter.lfs.{key}", value, cwd=cwd)


@pytest.fixture
def dialect(sandbox):
    """gitblob stands in for git-lfs, for the user."""
    sandbox.run("gitblob", "install", "--lfs")
    return sandbox


@pytest.fixture
def lfs(dialect) -> Repo:
    """A repository with the rule that `git lfs track` writes."""
    repo = dialect.repo()
    repo.write(".gitattributes", LFS_LINE)
    repo.commit("rules")
    repo.gitblob("install")
    return repo


def test_install_takes_the_place_of_git_lfs_and_uninstall_gives_it_back(sandbox):
    use_git_lfs(sandbox, "--global")
    before = (sandbox.home / ".gitconfig").read_bytes()
    result = sandbox.run("gitblob", "install", "--lfs")
    assert "Git LFS" in result.stdout
    now = configured(sandbox)
    program = sandbox.home / "bin/gitblob"
    assert now["filter.lfs.process"] == f"exec '{program}' filter-process --pointer=lfs"
    assert now["filter.lfs.required"] == "true"
    assert now["merge.lfs.driver"] == f"'{program}' merge-driver %O %A %B %P"
    assert now["diff.lfs.textconv"] == f"'{program}' textconv"
    assert now["filter.lfs.clean"] == GIT_LFS["clean"]
    assert "was there already" in sandbox.run("gitblob", "install").stdout  # without --lfs it stays
    result = sandbox.run("gitblob", "uninstall", "--lfs")
    assert "git-lfs filter-process" in result.stdout
    assert configured(sandbox) == {f"filter.lfs.{key}": value for key, value in GIT_LFS.items()}
    assert sandbox.run("git", "config", "filter.gitblob.process").stdout
    assert "not the `lfs` driver" in sandbox.run("gitblob", "uninstall", "--lfs").stdout
    sandbox.run("gitblob", "install", "--lfs")
    sandbox.run("gitblob", "uninstall")
    assert (sandbox.home / ".gitconfig").read_bytes() == before


def test_uninstall_says_how_git_lfs_comes_back_where_it_never_was(dialect):
    result = dialect.run("gitblob", "uninstall", "--lfs")
    assert "git lfs install" in result.stdout
    assert not configured(dialect)


def test_what_the_user_has_chosen_for_diff_and_merge_stays(sandbox):
    sandbox.run("git", "config", "--global", "diff.lfs.textconv", "cat")
    sandbox.run("gitblob", "install", "--lfs")
    assert configured(sandbox)["diff.lfs.textconv"] == "cat"
    assert "merge.lfs.driver" in configured(sandbox)
    sandbox.run("gitblob", "uninstall", "--lfs")
    assert configured(sandbox) == {"diff.lfs.textconv": "cat"}


def test_a_driver_that_comes_first_is_named(sandbox):
    repo = sandbox.repo()
    use_git_lfs(sandbox, "--local", cwd=repo.path)
    result = repo.gitblob("install", "--lfs")
    assert "local" in result.stderr
    assert "gitblob install --lfs --local" in result.stderr
    assert not repo.gitblob("install", "--lfs", "--local").stderr


def test_track_writes_what_git_lfs_writes_and_keeps_it(dialect):
    repo = dialect.repo()
    repo.gitblob("track", "--lfs", "*.bin")
    assert repo.read(".gitattributes").decode() == LFS_LINE
    assert "tracked already" in repo.gitblob("track", "*.bin").stdout
    assert ".gitattributes:1" in repo.gitblob("track").stdout
    repo.gitblob("untrack", "*.bin")
    assert not repo.read(".gitattributes")


def test_track_says_when_the_driver_is_missing(installed):
    repo = installed.repo()
    result = repo.gitblob("track", "--lfs", "*.bin")
    assert "gitblob install --lfs" in result.stderr
    assert "stronger rule" not in result.stderr


@pytest.mark.parametrize("size", [0, 1, 1000, LARGE])
def test_pointers_are_those_of_git_lfs_byte_for_byte(lfs, size):
    data = os.urandom(size)
    lfs.write("a.bin", data)
    lfs.commit()
    assert lfs.stored("a.bin") == (pointer(data) if size else b"")
    assert lfs.status() == ""
    (lfs.path / "a.bin").unlink()
    lfs.git("checkout", "--", "a.bin")
    assert lfs.read("a.bin") == data
    assert lfs.status() == ""


def test_a_pointer_with_extensions_passes_and_is_never_replaced(lfs):
    data = pointer(b"shouted").replace(b"oid", b"ext-0-shout sha256:" + b"ab" * 32 + b"\noid")
    keep_as_git_lfs(lfs.path / ".git", b"shouted")
    lfs.write("a.bin", data)
    lfs.commit()
    assert lfs.stored("a.bin") == data
    (lfs.path / "a.bin").unlink()
    result = lfs.git_result("checkout", "--", "a.bin")
    assert "only git-lfs" in result.stderr
    assert lfs.read("a.bin") == data
    lfs.gitblob("pull")
    assert lfs.read("a.bin") == data
    os.utime(lfs.path / "a.bin")
    assert lfs.status() == ""
    assert "only git-lfs" in lfs.gitblob("cat", "HEAD:a.bin", ok=None).stderr


@pytest.mark.parametrize("size", [100, LARGE])
@pytest.mark.parametrize(
    ("line", "stored"), [(LFS_LINE, own_pointer), (OWN_LINE, pointer), (LFS_LINE, pointer), (OWN_LINE, own_pointer)]
)
def test_a_touched_file_keeps_the_kind_of_its_pointer(dialect, line, stored, size):
    repo = dialect.repo()
    repo.write(".gitattributes", line)
    data = os.urandom(size)
    repo.write("other.bin", data + b"x")
    repo.write("a.bin", data)
    repo.git("add", ".")
    repo.write("a.bin", stored(data))
    repo.commit()
    assert repo.stored("a.bin") == stored(data)
    repo.gitblob("pull")
    assert repo.read("a.bin") == data
    for _ in range(2):
        os.utime(repo.path / "a.bin")
        assert repo.status() == ""
    repo.write("a.bin", data + b"more")
    repo.commit()
    assert repo.stored("a.bin") == (pointer if line == LFS_LINE else own_pointer)(data + b"more")


def test_files_of_git_lfs_are_its_own_business_where_gitblob_does_not_stand_in(installed):
    repo = installed.repo()
    repo.write(".gitattributes", LFS_LINE)
    repo.write("a.bin", b"raw\n" * 1000)  # no driver at all: git takes it as it is
    repo.commit()
    assert repo.stored("a.bin") == b"raw\n" * 1000
    assert repo.gitblob("fsck").returncode == 0
    assert "nothing is tracked" in repo.gitblob("track").stderr
    assert "a.bin" not in repo.gitblob("status").stdout


def test_raw_files_under_the_rule_are_found_and_become_git_lfs_pointers(lfs):
    data = b"raw\n" * 1000
    raw = lfs.git("hash-object", "-w", "--no-filters", lfs.write("raw.txt", data)).strip()
    (lfs.path / "raw.txt").unlink()
    lfs.git("update-index", "--add", "--cacheinfo", f"100644,{raw},a.bin")
    lfs.git("commit", "-q", "--no-verify", "-m", "raw")
    assert "a.bin" in lfs.gitblob("fsck", ok=None).stdout
    lfs.gitblob("track", "--fix")
    assert lfs.git("cat-file", "blob", ":a.bin") == pointer(data).decode()
    lfs.git("reset", "-q")
    lfs.git("update-index", "--add", "--cacheinfo", f"100644,{raw},b.bin")
    lfs.git("commit", "-q", "-m", "checked")
    assert lfs.stored("b.bin") == pointer(data)


def test_a_large_file_without_a_rule_gets_one_in_the_dialect_of_the_repository(lfs):
    lfs.git("config", "gitblob.trackAbove", "1KiB")
    lfs.write("new.dat", b"x" * 5000)
    lfs.commit()
    assert lfs.stored("new.dat") == pointer(b"x" * 5000)
    assert lfs.read(".gitattributes").decode() == f"{LFS_LINE}/new.dat {RULE}\n"


def test_absent_content_does_not_break_a_checkout(lfs):
    data, other = os.urandom(100), os.urandom(LARGE)
    lfs.write("a.bin", pointer(data))
    lfs.write("b.bin", pointer(other))
    lfs.commit()
    clone = lfs.sandbox.clone(lfs.path)
    assert clone.read("a.bin") == pointer(data)
    assert clone.read("b.bin") == pointer(other)
    assert clone.status() == ""
    keep_as_git_lfs(clone.path / ".git", data)
    keep_as_git_lfs(clone.path / ".git", other)
    clone.gitblob("pull")
    assert (clone.read("a.bin"), clone.read("b.bin")) == (data, other)
    assert clone.status() == ""


@pytest.mark.parametrize("size", [100, LARGE])
def test_what_git_lfs_has_here_is_used_without_a_store_and_only_if_it_is_right(lfs, size):
    data = os.urandom(size)
    lfs.write("a.bin", pointer(data))
    lfs.commit()
    path = keep_as_git_lfs(lfs.path / ".git", data)
    mode = stat.S_IMODE(path.stat().st_mode)
    (lfs.path / "a.bin").unlink()
    lfs.git("checkout", "--", "a.bin")
    assert lfs.read("a.bin") == data
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (data, mode)
    (lfs.path / "a.bin").unlink()
    path.write_bytes(data[:-1] + b"?")
    result = lfs.git_result("checkout", "--", "a.bin")
    assert "a.bin" in result.stderr
    assert lfs.read("a.bin") == pointer(data)
    assert path.exists()


def test_a_worktree_and_a_borrowing_clone_see_it_too(lfs):
    data = os.urandom(100)
    lfs.write("a.bin", pointer(data))
    lfs.commit()
    keep_as_git_lfs(lfs.path / ".git", data)
    lfs.git("worktree", "add", "-q", "../tree")
    assert Repo(lfs.sandbox, lfs.sandbox.root / "tree").read("a.bin") == data
    clone = lfs.sandbox.clone(lfs.path, "clone", "--shared")
    assert clone.read("a.bin") == data


def test_prune_keeps_what_git_lfs_pointers_need_and_never_touches_git_lfss_own(lfs, tmp_path):
    data, old = os.urandom(100), os.urandom(100)
    mine = keep_as_git_lfs(lfs.path / ".git", b"its own")
    remote = lfs.sandbox.bare()
    lfs.git("remote", "add", "origin", str(remote))
    for content in (old, data):
        lfs.write("a.bin", content)
        lfs.commit()
    lfs.git("push", "-q", "-u", "origin", "main")
    result = lfs.gitblob("prune")
    assert mine.exists()
    cached = {path.parent.name + path.name for path in (lfs.path / ".git/gitblob").glob("??/*")}
    assert cached == {hashlib.sha256(data).hexdigest()}, result.stdout


def test_a_conflict_leaves_ours_and_no_markers(lfs):
    lfs.write("a.bin", b"base")
    lfs.commit()
    lfs.git("checkout", "-q", "-b", "other")
    lfs.write("a.bin", b"theirs")
    lfs.commit()
    lfs.git("checkout", "-q", "main")
    lfs.write("a.bin", b"ours!")
    lfs.commit()
    assert "ours stays" in lfs.git_result("merge", "other", ok=1).stderr
    assert lfs.read("a.bin") == b"ours!"
    lfs.git("checkout", "--theirs", "a.bin")
    assert lfs.read("a.bin") == b"theirs"


def test_git_diff_shows_what_changed(lfs):
    lfs.write("a.bin", b"one")
    lfs.commit()
    lfs.write("a.bin", b"other")
    text = lfs.git("diff")
    assert "-size: 3" in text
    assert "+size: 5" in text


def test_status_and_ls_show_the_files(lfs):
    lfs.write("a.bin", b"one")
    lfs.commit()
    assert "a.bin" in lfs.gitblob("ls").stdout
    lfs.write("a.bin", pointer(b"two"))
    lfs.commit()
    (lfs.path / "a.bin").unlink()
    lfs.git("checkout", "--", "a.bin")
    assert "a.bin" in lfs.gitblob("status").stdout


def test_doctor_looks_at_this_driver_too(lfs):
    assert "in the place of git-lfs" in lfs.gitblob("doctor").stdout
    lfs.git("config", "--global", "filter.lfs.process", "exec '/gone/gitblob' filter-process --pointer=lfs")
    result = lfs.gitblob("doctor", ok=None)
    assert "/gone/gitblob" in result.stdout
    assert "gitblob install --lfs" in result.stdout
    lfs.gitblob("install")
    assert "/gone/gitblob" not in lfs.gitblob("doctor").stdout


def test_a_push_from_a_bare_clone_brings_the_content(lfs):
    data = os.urandom(100)
    lfs.write("a.bin", data)
    lfs.commit()
    first, second = lfs.sandbox.bare("first.git"), lfs.sandbox.bare("second.git")
    lfs.git("push", "-q", str(first), "main")
    lfs.sandbox.run("git", "clone", "-q", "--bare", str(first), "bare.git")
    bare = Repo(lfs.sandbox, lfs.sandbox.root / "bare.git")
    assert (
        "no hooks here yet" in bare.gitblob("doctor", ok=None).stdout
        or "configuration" in bare.gitblob("doctor").stdout
    )
    bare.gitblob("install")
    bare.git("push", "-q", str(second), "main")
    assert lfs_object(second, data).read_bytes() == data


def test_raw_content_under_the_rule_is_not_published(lfs):
    remote = lfs.sandbox.bare()
    raw = lfs.git("hash-object", "-w", "--no-filters", lfs.write("raw.txt", b"raw\n" * 1000)).strip()
    (lfs.path / "raw.txt").unlink()
    lfs.git("update-index", "--add", "--cacheinfo", f"100644,{raw},a.bin")
    lfs.git("commit", "-q", "--no-verify", "-m", "raw")
    result = lfs.git_result("push", "-q", str(remote), "main", ok=1)
    assert "a.bin" in result.stderr


@pytest.mark.parametrize("size", [100, LARGE])
@pytest.mark.parametrize(("line", "kept"), [(OWN_LINE, True), (LFS_LINE, False)])
def test_what_git_lfs_may_free_is_kept_for_our_own_pointers(lfs, size, line, kept):
    """`git lfs prune` frees each object that no Git LFS pointer names."""
    data = os.urandom(size)
    theirs = keep_as_git_lfs(lfs.path / ".git", data)
    lfs.write("a.bin", pointer(data))
    lfs.commit()
    (lfs.path / "a.bin").unlink()
    lfs.git("checkout", "--", "a.bin")  # now it is known to be right
    lfs.git("rm", "-q", "--cached", "a.bin")
    lfs.write(".gitattributes", line)
    lfs.git("add", ".")
    assert lfs.stored("a.bin", "") == (own_pointer(data) if kept else pointer(data))
    ours = lfs.path / ".git/gitblob" / pointers.decode(lfs.stored("a.bin", "")).oid.key
    assert ours.exists() == kept
    if kept:
        theirs.unlink()
        (lfs.path / "a.bin").unlink()
        lfs.git("checkout", "--", "a.bin")
        assert lfs.read("a.bin") == data


def test_fsck_repairs_where_git_lfs_looks(lfs):
    data, other = os.urandom(100), os.urandom(200)
    remote = lfs.sandbox.bare()
    lfs.git("remote", "add", "origin", str(remote))
    lfs.write(".gitattributes", LFS_LINE + OWN_LINE.replace("bin", "own"))
    lfs.write("a.bin", data)
    lfs.write("b.own", other)
    lfs.commit()
    lfs.git("push", "-q", "origin", "main")
    theirs = lfs_object(remote, data)
    ours = remote / "gitblob" / pointers.decode(lfs.stored("b.own")).oid.key
    for path in (theirs, ours):
        right = path.read_bytes()
        path.unlink()
        assert lfs.gitblob("fsck", "--store", "origin", ok=1).stdout.count("store-missing") == 1
        assert "mended" in lfs.gitblob("fsck", "--store", "origin", "--repair").stdout
        assert path.read_bytes() == right
        path.unlink()
        path.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
        assert lfs.gitblob("fsck", "--store", "origin", ok=1).stdout.count("store-corrupt") == 1
        assert "mended" in lfs.gitblob("fsck", "--store", "origin", "--repair").stdout
        assert path.read_bytes() == right
        lfs.gitblob("fsck", "--store", "origin")
    assert len(list((remote / "gitblob").glob("[0-9a-f][0-9a-f]/*"))) == 1


@pytest.mark.parametrize("crlf", [False, True])
def test_a_malformed_pointer_that_git_has_does_not_break_git_status(lfs, crlf):
    wrong = pointer(os.urandom(100)).rstrip() + b"\nmade-by somebody\n"
    wrong = wrong.replace(b"\n", b"\r\n") if crlf else wrong
    path = lfs.write("a.bin", wrong)
    name = lfs.git("hash-object", "-w", "--no-filters", "a.bin").strip()
    lfs.git("update-index", "--add", "--cacheinfo", f"100644,{name},a.bin")
    lfs.git("commit", "-q", "--no-verify", "-m", "wrong")
    os.utime(path, (1, 1))
    assert lfs.status() == ""
    lfs.git("add", "a.bin")
    assert lfs.stored("a.bin", "") == wrong
    path.write_bytes(wrong + b"x")
    assert "malformed pointer" in lfs.git_result("add", "a.bin", ok=128).stderr
    assert "malformed pointer" in lfs.gitblob("fsck", ok=1).stdout


def test_a_link_in_the_place_of_an_object_is_used_and_its_target_left_alone(lfs, tmp_path):
    data = os.urandom(LARGE)
    target = tmp_path / "data"
    target.write_bytes(data)
    os.utime(target, (1, 1))
    lfs.write("a.bin", pointer(data))
    lfs.commit()
    path = lfs_object(lfs.path / ".git", data)
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    before = target.stat()
    (lfs.path / "a.bin").unlink()
    lfs.git("checkout", "--", "a.bin")
    assert lfs.read("a.bin") == data
    after = target.stat()
    assert (after.st_mtime_ns, after.st_mode, after.st_nlink) == (before.st_mtime_ns, before.st_mode, 1)
