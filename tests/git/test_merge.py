"""The merge driver and textconv through git itself."""

import os

import pytest

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
