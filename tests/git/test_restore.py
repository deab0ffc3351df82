"""gitblob restore: old versions in the work tree, and nothing lost on the way."""

import json
import os
import shutil

import pytest

NOON = 1767268800  # 2026-01-01T12:00:00Z
DAY = 86400
LARGE = 5 << 20  # late


@pytest.fixture
def days(repo):
    """Three days, each with a version of everything; on the third a file came and one went."""
    for day in range(3):
        repo.write("data/x.bin", b"%d" % day * (3000 + day))
        repo.write("data/same.bin", b"same" * 999)
        repo.write("data/raw.txt", f"raw {day}\n")
        repo.write("other.bin", b"other %d" % day * 400)
        (repo.path / "data/gone.bin").unlink(missing_ok=True)
        if day < 2:
            repo.write("data/gone.bin", b"gone %d" % day * 500)
        else:
            repo.write("data/new.bin", b"new" * 800)
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", f"day {day}", env={"GIT_COMMITTER_DATE": f"@{NOON + day * DAY} +0000"})
    return repo


def test_a_folder_as_it_was(days):
    said = days.gitblob("restore", "--at", "2026-01-01T23:00:00Z", "data").stdout
    assert (
        said
        == f"4 file(s) as in {days.git('rev-parse', '--short=12', 'HEAD~2').strip()}, 1 removed that it does not have\n"
    )
    assert days.read("data/x.bin") == b"0" * 3000
    assert days.read("data/raw.txt") == b"raw 0\n"
    assert days.read("data/gone.bin") == b"gone 0" * 500
    assert not (days.path / "data/new.bin").exists()
    assert days.read("other.bin") == b"other 2" * 400
    assert days.status().splitlines() == [" D data/new.bin", " M data/raw.txt", " M data/x.bin", "?? data/gone.bin"]
    assert days.git("diff", "--cached", "--name-only") == ""
    days.git("clean", "-q", "-f", "data")
    days.git("restore", "data")
    assert days.status() == ""


def test_as_git_itself_does_it(days):
    """The same work tree, and the same index, as after git restore through the filter."""
    for options in ([], ["--staged"]):
        found = []
        for tool in (["git", "restore", "--worktree", "--source=HEAD~1"], ["gitblob", "restore", "--rev", "HEAD~1"]):
            days.git("reset", "-q", "--hard")
            days.git("clean", "-q", "-f", "-d")
            days.sandbox.run(*tool, *options, "data", "other.bin", cwd=days.path)
            files = {path: path.read_bytes() for path in sorted((days.path / "data").iterdir())}
            found.append((files, days.read("other.bin"), days.status(), days.git("ls-files", "-s")))
        assert found[0] == found[1]


def test_staged_is_not_modified_afterwards(days):
    days.gitblob("restore", "--staged", "--rev", "HEAD~1", "data/x.bin")
    assert days.status() == "M  data/x.bin\n"
    days.git("commit", "-q", "-m", "back")
    assert days.git("rev-parse", "HEAD:data/x.bin") == days.git("rev-parse", "HEAD~2:data/x.bin")


def test_a_version_of_another_size_costs_no_filter_run(days):
    for path in days.path.rglob("*.*"):
        if path.is_file() and ".git" not in path.parts:
            os.utime(path, (NOON, NOON))  # else git looks at what was written in the second in which the index was
    days.status()
    days.gitblob("restore", "--rev", "HEAD~1", "data/x.bin")
    assert days.cleans("diff-files", "--name-only") == 0


def test_back_and_forth_is_never_refused(days):
    for rev in ("HEAD~2", "HEAD~1", "HEAD~1"):
        days.gitblob("restore", "--rev", rev, ".")
        assert days.read("data/raw.txt") == f"raw {2 - int(rev[5:])}\n".encode()


def test_what_git_has_never_seen_is_not_overwritten(days):
    """Modified files, one that would be removed, and an untracked one where the commit has a file."""
    paths = ["data/gone.bin", "data/new.bin", "data/raw.txt", "data/x.bin"]
    data = [os.urandom(size) for size in (20, LARGE, 30, 40)]
    for path, content in zip(paths, data, strict=True):
        days.write(path, content)
    before = days.read("other.bin")
    said = days.gitblob("restore", "--rev", "HEAD~1", ".", ok=1).stderr
    assert ", ".join(paths) in said
    assert "--force" in said
    assert ([days.read(path) for path in paths], days.read("other.bin")) == (data, before)
    days.git("add", *paths)
    days.gitblob("restore", "--rev", "HEAD~1", ".")
    days.git("restore", *paths)
    assert [days.read(path) for path in paths] == data


def test_force(days):
    days.write("data/x.bin", b"never seen")
    days.gitblob("restore", "--force", "--rev", "HEAD~1", "data")
    assert days.read("data/x.bin") == b"1" * 3001


def test_a_folder_or_a_link_where_a_file_was(days):
    days.write("data/gone.bin/mine.txt", b"mine")
    (days.path / "data/x.bin").unlink()
    (days.path / "data/x.bin").symlink_to("elsewhere")
    said = days.gitblob("restore", "--rev", "HEAD~1", "data", ok=1).stderr
    assert "data/gone.bin" in said
    assert "data/x.bin" in said
    assert days.read("data/gone.bin/mine.txt") == b"mine"


def test_a_folder_that_git_knows_where_a_file_was(days):
    days.write("data/gone.bin/known.txt", b"known")
    days.commit("folder")
    days.write("data/gone.bin/known.txt", b"edited")
    days.write("data/gone.bin/mine.txt", b"mine")
    said = days.gitblob("restore", "--rev", "HEAD~2", "data", ok=1).stderr
    assert "data/gone.bin/known.txt, data/gone.bin/mine.txt: would be replaced" in said
    (days.path / "data/gone.bin/mine.txt").unlink()
    days.git("add", "data")
    days.gitblob("restore", "--rev", "HEAD~2", "data")
    assert days.read("data/gone.bin") == b"gone 1" * 500


def test_an_edited_submodule_where_a_file_was(days):
    days.sandbox.run("git", "clone", "-q", "--no-local", days.path, "sub")
    days.git("rm", "-q", "data/raw.txt")
    days.git("submodule", "--quiet", "add", "../sub", "data/raw.txt")
    days.git("commit", "-q", "-m", "submodule")
    mine = days.write("data/raw.txt/mine.txt", b"mine")
    assert "data/raw.txt: would be replaced" in days.gitblob("restore", "--rev", "HEAD~1", "data", ok=1).stderr
    assert mine.read_bytes() == b"mine"


def test_a_file_where_a_folder_was(days):
    days.git("rm", "-q", "-r", "data")
    days.git("commit", "-q", "-m", "no folder")
    days.write("data", b"mine")
    assert "data" in days.gitblob("restore", "--rev", "HEAD~1", "data/x.bin", ok=1).stderr
    assert days.read("data") == b"mine"


@pytest.mark.parametrize("name", ["-a b/ü.bin", "new\nline.bin", "odd\udce9[x]*.bin"], ids=ascii)
def test_odd_names(repo, name):
    repo.write(name, b"old" * 1000)
    repo.commit()
    repo.write(name, b"newer" * 1000)
    repo.commit()
    spec = f":(literal){name}"
    repo.gitblob("restore", "--rev", "HEAD~1", "--", spec)
    assert repo.read(name) == b"old" * 1000
    repo.write(name, b"never seen")
    repo.gitblob("restore", "--rev", "HEAD~1", "--", spec, ok=1)


def test_from_a_folder_and_what_is_not_there(days):
    days.sandbox.run("gitblob", "restore", "--rev", "HEAD~1", "x.bin", cwd=days.path / "data")
    assert days.read("data/x.bin") == b"1" * 3001
    said = days.gitblob("restore", "--rev", "HEAD~1", "data/new.bin", ok=1).stderr
    assert "'data/new.bin' did not match any file of that commit" in said
    assert (days.path / "data/new.bin").exists()
    assert "--at DATE" in days.gitblob("restore", "data", ok=2).stderr
    assert "names no commit" in days.gitblob("restore", "--rev", "nowhere", "data", ok=2).stderr


def test_content_comes_from_the_store_in_one_batch(days, installed):
    bare = installed.bare()
    days.git("remote", "add", "origin", str(bare))
    days.git("push", "-q", "-u", "origin", "main")
    clone = installed.clone(bare)
    found = json.loads(clone.gitblob("restore", "--json", "--rev", "HEAD~2", "data").stdout)
    assert found["restored"] == ["data/gone.bin", "data/raw.txt", "data/same.bin", "data/x.bin"]
    assert (found["removed"], found["left"]) == (["data/new.bin"], [])
    assert clone.read("data/gone.bin") == b"gone 0" * 500
    clone.git("restore", "data")
    shutil.rmtree(clone.path / ".git/gitblob")
    shutil.rmtree(bare / "gitblob")
    said = clone.gitblob("restore", "--rev", "HEAD~1", "data/x.bin", ok=3).stderr
    assert "data/x.bin" in said
    assert clone.read("data/x.bin").startswith(b"# gitblob v1")
