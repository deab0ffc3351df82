"""Bad input gets a clear error and loses nothing."""

import os
import shutil

import pytest

from gitblob.model import pointer

LARGE = 6 << 20
GOOD = b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:" + b"ab" * 32 + b"\nsize: 77\n"
MALFORMED = {
    "truncated": GOOD[:100],
    "path-in-oid": GOOD.replace(b"ab" * 32, b"../" * 21 + b"a"),
    "negative": GOOD.replace(b"77", b"-77"),
    "huge": GOOD.replace(b"77", b"9" * 300),
    "unknown-version": GOOD.replace(b"v1", b"v7"),
}
VERBS = [
    ("status",), ("ls",), ("push",), ("fetch",), ("pull",), ("checkout",), ("fsck",), ("prune",), ("log", "x"),
    ("cat", "HEAD:x"), ("track", "*.x"), ("untrack", "*.x"), ("store", "list"), ("store", "check"),
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_outside_of_a_repository(installed, verb):
    result = installed.run("gitblob", *verb, ok=10)
    assert result.stdout == ""
    assert result.stderr.startswith("gitblob: error: ")
    assert "is not inside a git repository" in result.stderr
    assert "hint: change to one" in result.stderr


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_in_a_bare_repository_every_verb_works_or_says_why(installed, verb):
    path = installed.bare()
    result = installed.run("gitblob", *verb, cwd=path, ok=None)
    assert result.returncode in {0, 1, 2, 10, 15}, result.stderr
    if result.returncode:
        assert result.stderr.startswith("gitblob: error: ")


def stage(repo, name, data):
    oid = repo.git("hash-object", "-w", "--stdin", data=data.decode()).strip()
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{name}")


def test_malformed_pointers_in_a_commit_never_break_a_checkout(repo, remote, installed):
    data = os.urandom(LARGE)
    repo.write("good.bin", data)
    repo.git("add", ".")
    for name, text in MALFORMED.items():
        stage(repo, f"{name}.bin", text)
    repo.git("commit", "-q", "--no-verify", "-m", "made by hand")
    repo.git("push", "-q")
    result = installed.run("git", "clone", remote, "clone")
    clone = type(repo)(installed, installed.root / "clone")
    for name, text in MALFORMED.items():
        assert clone.read(f"{name}.bin") == text
        assert f"{name}.bin: " in result.stderr
    assert clone.read("good.bin") == data
    found = clone.gitblob("fsck", ok=1).stdout
    assert all(f"{name}.bin" in found for name in MALFORMED)
    assert not (clone.path.parent / "etc").exists()


def unplugged(path):
    path.rename(path.with_name("unplugged"))


def not_a_store(path):
    unplugged(path)
    path.mkdir()
    (path / "holiday.jpg").write_text("x")


def made_by_a_newer_gitblob(path):
    (path / "gitblob-store").chmod(0o644)
    (path / "gitblob-store").write_text("gitblob store, format 9: something else\n")


@pytest.mark.parametrize("harm", [unplugged, not_a_store, made_by_a_newer_gitblob])
def test_no_ref_moves_when_the_store_cannot_take_the_content(repo, remote, tmp_path, harm):
    store = tmp_path / "store"
    repo.gitblob("store", "add", "main", str(store))
    harm(store)
    repo.write("a.bin", os.urandom(LARGE))
    repo.commit()
    before = repo.git("ls-remote", "origin")
    result = repo.git_result("push", "origin", "main", ok=1)
    assert "gitblob: error: " in result.stderr
    assert str(store) in result.stderr
    assert "hint: " in result.stderr
    assert repo.git("ls-remote", "origin") == before
    assert repo.gitblob("status").returncode == 0


def test_a_full_store_takes_nothing_and_the_next_push_carries_on(repo, remote, mount):
    place = mount("size=4m")
    repo.gitblob("store", "add", "main", str(place))
    repo.write("a.bin", os.urandom(LARGE))
    repo.write("b.bin", os.urandom(2000))
    repo.commit()
    before = repo.git("ls-remote", "origin")
    result = repo.git_result("push", "origin", "main", ok=1)
    assert f"({place}) is full" in result.stderr
    assert repo.git("ls-remote", "origin") == before
    assert not [path for path in place.rglob("*") if path.name.startswith(".gitblob-tmp")]
    repo.sandbox.run("mount", "-o", "remount,size=40m", place)
    repo.git("push", "-q", "origin", "main")
    repo.gitblob("fsck", "--store", "main")


def test_a_read_only_store_says_so(repo, remote, mount):
    place = mount("size=9m")
    repo.gitblob("store", "add", "main", str(place))
    repo.sandbox.run("mount", "-o", "remount,ro", place)
    repo.write("a.bin", os.urandom(2000))
    repo.commit()
    result = repo.git_result("push", "origin", "main", ok=1)
    assert "Read-only file system" in result.stderr
    assert str(place) in result.stderr


def test_a_committed_file_cannot_lead_a_journal_out_of_the_work_tree(repo, remote, installed, tmp_path):
    """A folder that has become a link since the journal was written."""
    repo.write("d/a.bin", os.urandom(LARGE))
    repo.commit()
    repo.git("push", "-q")
    (remote / "gitblob").rename(remote / "away")
    clone = installed.clone(remote)
    stub = clone.read("d/a.bin")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.bin").write_bytes(stub)
    (clone.path / "d/a.bin").unlink()
    (clone.path / "d").rmdir()
    (clone.path / "d").symlink_to(outside)
    (remote / "away").rename(remote / "gitblob")
    clone.git("checkout", "-q", "-b", "topic")
    clone.gitblob("pull")
    assert (outside / "a.bin").read_bytes() == stub


WITHOUT_ROOTS_POWERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def test_a_blob_that_cannot_be_read_never_breaks_a_checkout(repo):
    small, large = os.urandom(3000), os.urandom(LARGE)
    for name, data in (("s.bin", small), ("l.bin", large), ("t.bin", small[::-1])):
        repo.write(name, data)
    repo.write("t.txt", "text\n")
    repo.commit()
    blobs = [repo.path / ".git/gitblob" / pointer.decode(repo.stored(name)).oid.key for name in ("s.bin", "l.bin")]
    for blob in blobs:
        blob.chmod(0)
    for name in ("s.bin", "l.bin", "t.bin", "t.txt"):
        (repo.path / name).unlink()
    result = repo.sandbox.run(*WITHOUT_ROOTS_POWERS, "git", "checkout", ".", cwd=repo.path)
    assert (repo.read("t.bin"), repo.read("t.txt")) == (small[::-1], b"text\n")
    assert pointer.decode(repo.read("s.bin"))
    assert pointer.decode(repo.read("l.bin"))
    assert "gitblob pull" in result.stderr
    assert "bug" not in result.stderr
    for blob in blobs:
        blob.chmod(0o444)
    repo.gitblob("pull")
    assert (repo.read("s.bin"), repo.read("l.bin"), repo.status()) == (small, large, "")


def test_a_cache_that_cannot_be_written_is_no_reason_for_status_to_fail(repo):
    repo.write("l.bin", os.urandom(LARGE))
    repo.commit()
    os.utime(repo.path / "l.bin", (1, 1))
    (repo.path / ".git/gitblob/tmp").chmod(0o555)
    result = repo.sandbox.run(*WITHOUT_ROOTS_POWERS, "git", "status", "--porcelain", cwd=repo.path)
    assert result.stdout == ""
    (repo.path / ".git/gitblob/tmp").chmod(0o755)


def test_a_raw_file_comes_back_where_the_cache_cannot_be_written(repo):
    (repo.path / ".gitattributes").rename(repo.path / "rules")
    repo.write("raw.bin", data := os.urandom(3 << 20))
    repo.commit()
    (repo.path / "rules").rename(repo.path / ".gitattributes")
    (repo.path / "raw.bin").unlink()
    shutil.rmtree(repo.path / ".git/gitblob")
    repo.write(".git/gitblob", "in the way")
    repo.git("checkout", "-q", "raw.bin")
    assert repo.read("raw.bin") == data


def test_a_pointer_to_nothing_is_a_pointer_with_its_reason(repo):
    stage(repo, "x.bin", GOOD)
    repo.git("commit", "-q", "-m", "x")
    result = repo.git_result("checkout", "--", "x.bin")
    assert pointer.decode(repo.read("x.bin"))
    assert "x.bin" in result.stderr
    assert "not found" in result.stderr


@pytest.mark.parametrize("verb", ["fetch", "pull", "checkout"])
def test_a_path_that_means_no_file_is_an_error_and_a_glob_is_not(repo, verb):
    repo.write("d/f.bin", os.urandom(2000))
    repo.commit()
    result = repo.gitblob(verb, "d/f.bin", "nope", ok=1)
    where = "file of that commit" if verb == "fetch" else "tracked file"
    assert result.stderr.startswith(f"gitblob: error: pathspec 'nope' did not match any {where}\n  hint: ")
    below = {"cwd": repo.path / "d"}
    assert "pathspec 'd/f.bin'" in repo.sandbox.run("gitblob", verb, "d/f.bin", ok=1, **below).stderr
    for path in ("f.bin", "../d", ".", "*.bin", f"{repo.path}/d/f.bin", ":/d"):
        repo.sandbox.run("gitblob", verb, path, **below)
    repo.gitblob(verb, "--include", "*.nope", "--exclude", "*.neither")
    repo.gitblob(verb, ":!nope")


def test_fetch_takes_the_paths_of_the_commit_that_it_is_asked_for(repo, remote, installed):
    contents = {"old.bin": os.urandom(2000), "d/a.bin": os.urandom(2000), "d/b.bin": os.urandom(2000)}
    for name, data in contents.items():
        repo.write(name, data)
    repo.commit()
    repo.git("rm", "-q", "-r", ".")
    repo.git("commit", "-q", "-m", "nothing left")
    repo.git("push", "-q")
    clone = installed.clone(remote)
    cached = clone.path / ".git/gitblob"

    def count():
        return len(list(cached.glob("[0-9a-f][0-9a-f]/*")))

    assert "pathspec 'old.bin'" in clone.gitblob("fetch", "old.bin", ok=1).stderr
    clone.gitblob("fetch", "--rev", "HEAD~1", "old.bin")
    assert count() == 1
    clone.gitblob("fetch", "--rev", "HEAD~1", "--include", "d/*", "--exclude", "d/b*")
    assert count() == 2
    clone.gitblob("fetch", "--rev", "HEAD~1")
    assert count() == 3


def test_a_push_before_the_first_commit(installed):
    repo = installed.repo()
    repo.gitblob("store", "add", "team", installed.root / "team")
    assert repo.gitblob("push", ok=1).stderr.startswith("gitblob: error: there is no commit yet\n  hint: commit first")
    assert "nothing to push" in repo.gitblob("push", "--all").stderr


def test_a_repository_of_somebody_else(repo):
    """Git refuses it until its user says otherwise; gitblob says why, and what to do, and changes nothing."""
    repo.write("a.bin", b"x" * 2000)
    repo.commit()
    foreign = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    assert "dubious ownership" in repo.git_result("status", env=foreign, ok=128).stderr
    for verb in ("status", "pull", "push"):
        result = repo.gitblob(verb, env=foreign, ok=None)
        assert result.returncode not in {0, 70}
        assert "safe.directory" in result.stderr
    assert "safe.directory" in repo.gitblob("doctor", env=foreign).stdout
    repo.git("config", "--global", "--add", "safe.directory", str(repo.path))
    assert "a.bin" in repo.gitblob("ls", env=foreign).stdout
