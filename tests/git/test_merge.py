"""The merge driver and textconv through git itself."""

import hashlib
import os

import pytest

LARGE = 5 << 20  # late
NAMES = ["x.bin", "a b.bin", "-dash.bin", 'it\'s "odd"\n.bin', "ü.bin"]


def big(byte: int) -> bytes:
    return bytes([byte]) * 20000 + os.urandom(8)


def branch(repo, name, path, data):
    repo.git("checkout", "-q", "-b", name, "main")
    repo.write(path, data)
    repo.commit(name)
    repo.git("checkout", "-q", "main")


@pytest.mark.parametrize("path", NAMES, ids=ascii)
def test_the_changed_side_is_taken(repo, path):
    data = {n: big(n) for n in range(3)}
    repo.write(path, data[0])
    repo.commit()
    branch(repo, "theirs", path, data[1])
    repo.write("other", "x")
    repo.commit()
    repo.git("merge", "-q", "-m", "m", "theirs")
    assert repo.read(path) == data[1]
    assert repo.stored(path).startswith(b"# gitblob v1: ")
    assert repo.status() == ""


@pytest.mark.parametrize("path", NAMES, ids=ascii)
def test_both_sides_changed(repo, path):
    base, ours, theirs = big(0), big(1), big(2)
    repo.write(path, base)
    repo.commit()
    branch(repo, "theirs", path, theirs)
    repo.write(path, ours)
    repo.commit()
    result = repo.sandbox.run("git", "merge", "theirs", cwd=repo.path, ok=1)
    said = result.stdout + result.stderr
    assert "both sides have changed" in said
    assert "git checkout --ours" in said
    assert repo.read(path) == ours
    repo.git("checkout", "--theirs", "--", path)
    assert repo.read(path) == theirs
    repo.git("add", "--", path)
    repo.git("commit", "-q", "-m", "merged")
    assert repo.stored(path).startswith(b"# gitblob v1: ")
    assert repo.status() == ""


def test_the_same_change_on_both_sides(repo):
    repo.write("x.bin", big(0))
    repo.commit()
    same = big(1)
    branch(repo, "theirs", "x.bin", same)
    repo.write("x.bin", same)
    repo.write("other", "x")
    repo.commit()
    repo.git("merge", "-q", "-m", "m", "theirs")
    assert repo.read("x.bin") == same


def test_added_on_both_sides(repo):
    branch(repo, "theirs", "x.bin", big(1))
    ours = repo.write("x.bin", big(2)).read_bytes()
    repo.commit()
    repo.git("merge", "theirs", ok=1)
    assert repo.read("x.bin") == ours


def test_one_side_became_empty(repo):
    repo.write("x.bin", big(0))
    repo.commit()
    branch(repo, "theirs", "x.bin", b"")
    repo.write("other", "x")
    repo.commit()
    repo.git("merge", "-q", "-m", "m", "theirs")
    assert repo.read("x.bin") == b""


def test_two_spellings_of_one_pointer_are_one(repo):
    def lfs(digit):
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digit * 64}\nsize 5\n"

    def ours(digit):
        return f"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:{digit * 64}\nsize: 5\n"

    repo.write("base", lfs("a"))
    repo.write("ours", ours("a"))
    repo.write("theirs", lfs("b"))
    repo.gitblob("merge-driver", "base", "ours", "theirs", "path")
    assert repo.read("ours") == repo.read("theirs")
    repo.write("ours", ours("c"))
    repo.gitblob("merge-driver", "base", "ours", "theirs", "path", ok=1)
    assert repo.read("ours").decode() == ours("c")


def test_diff_shows_oid_and_size_of_both_sides(repo):
    old, new = b"old" * 900, b"new!" * 900
    repo.write("x.bin", old)
    repo.commit()
    repo.write("x.bin", new)
    shown = repo.git("diff")
    assert "-size: 2700" in shown
    assert "+size: 3600" in shown
    assert "-oid: sha256:" in shown
    repo.git("add", "x.bin")
    assert repo.git("diff", "--cached").splitlines()[4:] == shown.splitlines()[4:]


@pytest.mark.parametrize("path", NAMES, ids=ascii)
def test_diff_of_odd_names(repo, path):
    repo.write(path, big(0))
    repo.commit()
    repo.write(path, big(1) + b"more")
    assert "+size: 20012" in repo.git("diff")


def test_textconv_says_the_same_of_pointer_and_content(repo):
    repo.write("x.bin", b"content" * 1000)
    repo.commit()
    repo.write("pointer", repo.stored("x.bin"))
    content = repo.gitblob("textconv", "x.bin").stdout
    assert content == repo.gitblob("textconv", "pointer").stdout
    assert content.endswith("\nsize: 7000\n")


def test_textconv_shows_a_malformed_pointer_as_it_is(repo):
    repo.write("x", "# gitblob v1: run `gitblob pull` to get this file\noid: sha256:../../x\nsize: -1\n")
    assert "../../x" in repo.gitblob("textconv", "x").stdout
    assert "absent" in repo.gitblob("textconv", "absent", ok=1).stderr


def conflict(repo, size=20000, path="x.bin"):
    """Both sides have changed a file; base, ours and theirs."""
    base, ours, theirs = (os.urandom(size) for _ in range(3))
    repo.write(path, base)
    repo.commit()
    branch(repo, "theirs", path, theirs)
    repo.write(path, ours)
    repo.commit("ours")
    return base, ours, theirs


def told(result):
    return result.stdout + result.stderr


def oid(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()[:12]


def test_a_conflict_names_both_versions_and_how_to_take_one(repo):
    _, ours, theirs = conflict(repo, path="a b.bin")
    said = told(repo.git_result("merge", "theirs", ok=1))
    assert "a b.bin: both sides have changed it; ours stays in the work tree" in said
    assert f"ours    {oid(ours)}  19.5 KiB" in said
    assert f"theirs  {oid(theirs)}  19.5 KiB" in said
    assert "git checkout --ours -- 'a b.bin'" in said


@pytest.mark.parametrize("size", [20000, LARGE])
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_either_side_of_a_conflict_can_be_taken(repo, size, side):
    _, ours, theirs = conflict(repo, size)
    repo.git("merge", "theirs", ok=1)
    assert repo.read("x.bin") == ours
    repo.git("checkout", f"--{side}", "--", "x.bin")
    assert repo.read("x.bin") == {"ours": ours, "theirs": theirs}[side]
    repo.git("commit", "-q", "-a", "-m", "merged")
    assert repo.stored("x.bin") == repo.stored("x.bin", "HEAD^1" if side == "ours" else "HEAD^2")
    assert repo.status() == ""


def test_a_conflict_can_be_aborted(repo):
    _, ours, _ = conflict(repo, LARGE)
    repo.git("merge", "theirs", ok=1)
    repo.git("merge", "--abort")
    assert repo.read("x.bin") == ours
    assert repo.status() == ""


@pytest.mark.parametrize("size", [20000, LARGE])
@pytest.mark.parametrize("command", ["rebase", "cherry-pick", "revert", "stash"])
def test_conflicts_of_other_commands(repo, command, size):
    """Ours is what is there already: the branch that is rebased onto, the work tree's HEAD."""
    base, ours, theirs = conflict(repo, size)
    if command == "rebase":
        repo.git("rebase", "theirs", ok=1)
        here, there = theirs, ours
    elif command == "cherry-pick":
        repo.git("cherry-pick", "theirs", ok=1)
        here, there = ours, theirs
    elif command == "revert":
        last = repo.write("x.bin", os.urandom(size)).read_bytes()
        repo.commit("last")
        repo.git("revert", "--no-edit", "HEAD~1", ok=1)
        here, there = last, base
    else:
        stashed = repo.write("x.bin", os.urandom(size)).read_bytes()
        repo.git("stash")
        repo.write("x.bin", theirs)
        repo.commit("other")
        repo.git("stash", "pop", ok=1)
        here, there = theirs, stashed
    assert repo.read("x.bin") == here
    repo.git("checkout", "--theirs", "--", "x.bin")
    assert repo.read("x.bin") == there
    repo.git("add", "x.bin")
    if command in {"rebase", "cherry-pick", "revert"}:
        repo.git("-c", "core.editor=true", command, "--continue")
        assert repo.status() == ""
    assert repo.read("x.bin") == there


@pytest.mark.parametrize("size", [20000, LARGE])
def test_one_side_renames_and_the_other_changes(repo, size):
    old, new = os.urandom(size), os.urandom(size)
    repo.write("x.bin", old)
    repo.commit()
    branch(repo, "theirs", "x.bin", new)
    repo.git("mv", "x.bin", "y.bin")
    repo.git("commit", "-q", "-m", "renamed")
    repo.git("merge", "-q", "-m", "m", "theirs")
    assert repo.read("y.bin") == new
    assert not (repo.path / "x.bin").exists()
    assert repo.status() == ""


def test_a_rename_of_unchanged_content_is_seen_as_one_and_similar_content_is_not(repo):
    data = os.urandom(20000)
    repo.write("x.bin", data)
    repo.write("z.bin", data[:-1])
    repo.commit()
    repo.git("mv", "x.bin", "y.bin")
    repo.git("commit", "-q", "-m", "moved")
    assert repo.git("diff", "-M", "--name-status", "HEAD~1", "HEAD") == "R100\tx.bin\ty.bin\n"
    repo.git("rm", "-q", "y.bin")
    repo.write("w.bin", data + b"x")
    repo.commit("moved and changed")
    assert repo.git("diff", "-M", "--name-status", "HEAD~1", "HEAD") == "A\tw.bin\nD\ty.bin\n"


@pytest.mark.parametrize("deleter", ["ours", "theirs"])
def test_one_side_deletes_and_the_other_changes(repo, deleter):
    repo.write("x.bin", os.urandom(LARGE))
    repo.commit()
    new = os.urandom(LARGE)
    repo.git("checkout", "-q", "-b", "theirs")
    sides = {"theirs": "theirs", "ours": "main"}
    for side, name in sides.items():
        repo.git("checkout", "-q", name)
        if side == deleter:
            repo.git("rm", "-q", "x.bin")
            repo.git("commit", "-q", "-m", "deleted")
        else:
            repo.write("x.bin", new)
            repo.commit("changed")
    repo.git("merge", "theirs", ok=1)
    assert repo.read("x.bin") == new
    repo.git("add", "x.bin")
    repo.git("commit", "-q", "-m", "kept")
    assert repo.status() == ""
    assert repo.read("x.bin") == new


def test_criss_cross_resolutions_are_a_conflict_again(repo):
    """The base of two merge bases is neither of the two: each side would look unchanged against one."""
    _, ours, theirs = conflict(repo)
    repo.git("tag", "one")
    repo.git("merge", "theirs", ok=1)
    repo.git("commit", "-q", "-a", "-m", "ours")
    repo.git("checkout", "-q", "theirs")
    repo.git("merge", "one", ok=1)
    repo.git("commit", "-q", "-a", "-m", "theirs")
    for current, other, content in (("theirs", "main", theirs), ("main", "theirs", ours)):
        repo.git("checkout", "-q", current)
        assert len(repo.git("merge-base", "--all", "main", "theirs").split()) == 2
        assert "both sides have changed it" in told(repo.git_result("merge", other, ok=1))
        assert repo.read("x.bin") == content
        repo.git("merge", "--abort")


def test_a_raw_file_and_its_pointer_are_the_same_version(repo):
    """Somebody without gitblob had committed the content, one side has made it a pointer, the other changes it."""
    plain = ("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false")
    repo.write("x.bin", big(0))
    repo.git(*plain, "add", ".")
    repo.git(*plain, "commit", "-q", "-n", "-m", "raw")
    repo.git("checkout", "-q", "-f", "-b", "theirs")
    new = repo.write("x.bin", big(1)).read_bytes()
    repo.git(*plain, "commit", "-q", "-n", "-a", "-m", "raw, too")
    repo.git("checkout", "-q", "-f", "main")
    repo.gitblob("track", "--fix")
    repo.git("commit", "-q", "-m", "a pointer")
    repo.git("merge", "-q", "-m", "m", "theirs")
    assert repo.read("x.bin") == new
    assert repo.stored("x.bin").startswith(b"# gitblob v1: ")
    assert repo.status() == ""


def markers(repo):
    """A conflict as a clone without the merge driver leaves it."""
    repo.git("config", "--global", "--remove-section", "merge.gitblob")
    conflict(repo)
    repo.git("merge", "theirs", ok=1)
    text = repo.read("x.bin")
    assert b"\n<<<<<<< " in text
    assert b"oid: sha256:" in text
    return text


@pytest.mark.parametrize("style", ["merge", "diff3"])
@pytest.mark.parametrize(
    "command", [("add", "x.bin"), ("add", "-A"), ("commit", "-a", "-m", "m"), ("commit", "-m", "m", "-i", "x.bin"), ("stash",)]
)  # fmt: skip
def test_conflict_markers_around_pointers_are_never_stored(repo, command, style):
    repo.git("config", "merge.conflictStyle", style)
    text = markers(repo)
    said = told(repo.git_result(*command, ok=None))
    assert "conflict markers around pointers" in said or command == ("stash",)
    assert len(repo.git("ls-files", "-u").splitlines()) == 3
    assert repo.read("x.bin") == text
    repo.git("checkout", "--theirs", "--", "x.bin")
    repo.git("add", "x.bin")
    repo.git("commit", "-q", "-m", "merged")
    assert repo.stored("x.bin").startswith(b"# gitblob v1: ")


def test_two_pointers_in_one_file_are_found(repo):
    """Git's own `merge=union` writes both pointers to the file, and git never asks clean in a merge."""
    repo.write(".gitattributes", "*.bin filter=gitblob diff=gitblob merge=union -text\n")
    repo.commit("rules")
    conflict(repo)
    if repo.git_result("merge", "-q", "-m", "m", "theirs", ok=None).returncode:
        assert repo.git("log", "-1", "--format=%s") == "ours\n"  # git older than 2.33 refuses such a merge
        return
    assert "malformed-pointer" in repo.gitblob("fsck", "--pointers", ok=1).stdout
    assert "malformed-pointer" in repo.gitblob("fsck", "--pointers", "HEAD", ok=1).stdout
