"""`gitblob track --union`: what both sides have appended is united, and nothing is lost, doubled or reordered."""

import json
import shutil

import pytest

from gitblob.model import pointer

HEADER = b"time,value\n"
LARGE = 5 << 20  # late


@pytest.fixture
def lines(installed):
    """A repository whose CSV and JSONL files only grow."""
    repo = installed.repo()
    repo.gitblob("track", "--union", "*.csv", "*.jsonl")
    repo.commit("rules")
    return repo


def rows(first, count):
    return b"".join(b'%d,"row %d"\n' % (n, n) for n in range(first, first + count))


def diverge(repo, path, base, ours, theirs):
    """A base (None: the file is new on both sides), and one change on each of two branches."""
    if base is not None:
        repo.write(path, base)
        repo.commit("base")
    repo.git("checkout", "-q", "-b", "theirs")
    repo.write(path, theirs)
    repo.commit("theirs")
    repo.git("checkout", "-q", "main")
    repo.write(path, ours)
    repo.commit("ours")


def merged(repo, path, base, ours, theirs):
    diverge(repo, path, base, ours, theirs)
    repo.git("merge", "-q", "-m", "merged", "theirs")
    assert pointer.decode(repo.stored(path))
    assert repo.status() == ""
    return repo.read(path)


def refused(repo, path, base, ours, theirs):
    diverge(repo, path, base, ours, theirs)
    said = repo.git_result("merge", "theirs", ok=1)
    assert repo.read(path) == ours
    return said.stdout + said.stderr


@pytest.mark.parametrize(
    "path", ["x.csv", "x.jsonl", "a b.csv", "-dash.csv", 'it\'s "odd"\n.csv', "sub/ü.jsonl"], ids=ascii
)
def test_both_have_appended(lines, path):
    base = HEADER + rows(0, 5)
    assert merged(lines, path, base, base + rows(5, 2), base + rows(7, 3)) == base + rows(5, 5)


def test_large_files(lines):
    base = HEADER + rows(0, LARGE // 16)
    assert merged(lines, "x.csv", base, base + b"1,ours\n", base + b"2,theirs\n") == base + b"1,ours\n2,theirs\n"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        (b"h\n1\n", b"h\n1\n2\n", b"h\n1\n2\n3\n", b"h\n1\n2\n3\n"),  # the same line first, as after a cherry-pick
        (b"h\n1\n", b"h\n1\n2\n4\n", b"h\n1\n2\n3\n", b"h\n1\n2\n4\n3\n"),
        (b"h\n1", b"h\n1\n2", b"h\n1\n3", b"h\n1\n2\n3"),  # no final newline
        (b"h\n1", b"h\n1\n2\n", b"h\n1\n3", b"h\n1\n2\n3"),
        (b"h\n1", b"h\n1\n22\n", b"h\n1\n2\n", b"h\n1\n22\n2\n"),
        (b"h\n1", b"h\n1\n", b"h\n1\n2\n", b"h\n1\n2\n"),
        (b"h\n1\n", b"h\n1\n2", b"h\n1\n2\n3\n", b"h\n1\n2\n3\n"),
        (b"h\n1\n", b"h\n1\n2", b"h\n1\n3\n", b"h\n1\n2\n3\n"),
        (b"h\r\n1\r\n", b"h\r\n1\r\n2\r\n", b"h\r\n1\r\n3\r\n", b"h\r\n1\r\n2\r\n3\r\n"),
        (b"h\r\n1", b"h\r\n1\r\n2", b"h\r\n1\r\n3", b"h\r\n1\r\n2\r\n3"),
        (b"h\n", b'h\n"a\nb"\n', b'h\n"a\nc"\n', b'h\n"a\nb"\n"a\nc"\n'),  # a record over two lines
        (b"h\n", b"h\n1\n1\n", b"h\n1\n", b"h\n1\n1\n"),
        (b"", b"h\n1\n", b"h\n2\n", b"h\n1\n2\n"),  # the base is empty
        (None, b"h\n1\n", b"h\n2\n", b"h\n1\n2\n"),  # added on both sides: one header
        (None, b"h\n1\n", b"h", b"h\n1\n"),
        (None, b"h", b"h\n1\n", b"h\n1\n"),
        (None, b"h\n1\n2\n", b"h\n1\n3\n", b"h\n1\n2\n3\n"),
    ],
)
def test_lines_are_neither_lost_nor_doubled(lines, base, ours, theirs, result):
    assert merged(lines, "x.csv", base, ours, theirs) == result


def test_new_files_of_json_lines_have_no_header(lines):
    ours, theirs = b'{"a": "\\""}\n', b'{"a": 2}\n'
    united = merged(lines, "x.jsonl", None, ours, theirs)
    assert united == ours + theirs
    assert [json.loads(line) for line in united.splitlines()]


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "reason"),
    [
        (b"h\n1\n2\n", b"h\n1\n2\n3\n", b"h\n2\n4\n", "theirs did more than append"),
        (b"h\n1\n2\n", b"h\n2\n1\n", b"h\n1\n2\n3\n", "ours did more than append"),
        (b"h\n1", b"h\n12\n", b"h\n1\n3\n", "ours did more than append"),
        (b"h\n1\n", b"h\n", b"h\n1\n2\n", "ours did more than append"),
        (b"h\n1\n", b"", b"h\n1\n2\n", "ours did more than append"),
        (None, b"a,b\n1,2\n", b"a,c\n3,4\n", "headers, differ"),
    ],
)
def test_what_is_more_than_appending_is_a_conflict(lines, base, ours, theirs, reason):
    said = refused(lines, "x.csv", base, ours, theirs)
    assert reason in said
    assert "git checkout --ours -- x.csv" in said
    lines.git("checkout", "--theirs", "--", "x.csv")
    assert lines.read("x.csv") == theirs


def test_contents_that_are_not_here_are_fetched(lines, installed):
    bare = installed.bare()
    lines.git("remote", "add", "origin", str(bare))
    diverge(lines, "x.csv", HEADER, HEADER + rows(0, 900), HEADER + rows(900, 900))
    lines.git("push", "-q", "origin", "main", "theirs")
    clone = installed.clone(bare)
    shutil.rmtree(clone.path / ".git/gitblob")
    clone.git("merge", "-q", "-m", "merged", "origin/theirs")
    assert clone.read("x.csv") == HEADER + rows(0, 1800)
    assert clone.status() == ""


def test_contents_that_are_nowhere_are_a_conflict(lines):
    diverge(lines, "x.csv", HEADER, HEADER + rows(0, 900), HEADER + rows(900, 900))
    shutil.rmtree(lines.path / ".git/gitblob")
    said = lines.git_result("merge", "theirs", ok=1)
    assert "neither here nor in a store" in said.stdout + said.stderr
    assert lines.read("x.csv") == HEADER + rows(0, 900)
    assert lines.git("ls-files", "-u")


def test_a_raw_side_is_united_and_becomes_a_pointer(lines):
    plain = ("-c", "filter.gitblob.process=", "-c", "filter.gitblob.required=false")
    lines.write("x.csv", HEADER)
    lines.commit()
    lines.git("checkout", "-q", "-b", "theirs")
    lines.write("x.csv", HEADER + rows(7, 1))
    lines.git(*plain, "commit", "-q", "-n", "-a", "-m", "raw")
    lines.git("checkout", "-q", "-f", "main")
    lines.write("x.csv", HEADER + rows(1, 1))
    lines.commit()
    lines.git("merge", "-q", "-m", "merged", "theirs")
    assert lines.read("x.csv") == HEADER + rows(1, 1) + rows(7, 1)
    assert pointer.decode(lines.stored("x.csv"))


@pytest.mark.parametrize("command", ["rebase", "cherry-pick", "stash"])
def test_other_commands_that_merge(lines, command):
    base = HEADER + rows(0, 3)
    diverge(lines, "x.csv", base, base + b"ours\n", base + b"theirs\n")
    if command == "rebase":
        lines.git("rebase", "-q", "theirs")
        assert lines.read("x.csv") == base + b"theirs\nours\n"
    elif command == "cherry-pick":
        lines.git("cherry-pick", "theirs")
        assert lines.read("x.csv") == base + b"ours\ntheirs\n"
    else:
        lines.git("reset", "-q", "--hard", "HEAD~1")
        lines.write("x.csv", base + b"stashed\n")
        lines.git("stash")
        lines.git("merge", "-q", "theirs")
        lines.git("stash", "pop")
        assert lines.read("x.csv") == base + b"theirs\nstashed\n"
        assert lines.status() == " M x.csv\n"
        return
    assert lines.status() == ""


def criss_cross(repo, base, one, two, resolve=None):
    """Two branches that have merged each other: two merge bases."""
    diverge(repo, "x.csv", base, one, two)
    repo.git("tag", "one")
    for branch, other, content in (("main", "theirs", one), ("theirs", "one", two)):
        repo.git("checkout", "-q", branch)
        repo.git("merge", "-q", "--no-commit", other, ok=None)
        if resolve:
            repo.write("x.csv", content)
            repo.git("add", "x.csv")
        repo.git("commit", "-q", "-m", f"merge into {branch}")
    repo.git("checkout", "-q", "main")


def test_a_criss_cross_merge_doubles_no_line(lines):
    """Each side has the other's line behind its own, so there is no order to go on from: a conflict."""
    criss_cross(lines, HEADER, HEADER + b"1\n", HEADER + b"2\n")
    assert lines.read("x.csv") == HEADER + b"1\n2\n"
    assert lines.git("show", "theirs:x.csv") != lines.git("show", "main:x.csv")
    for branch, line in (("theirs", b"3\n"), ("main", b"4\n")):
        lines.git("checkout", "-q", branch)
        lines.write("x.csv", lines.read("x.csv") + line)
        lines.commit()
    said = lines.git_result("merge", "theirs", ok=1)
    assert "did more than append" in said.stdout + said.stderr
    assert lines.read("x.csv") == HEADER + b"1\n2\n4\n"


def test_a_criss_cross_merge_of_two_resolutions_is_a_conflict(lines):
    """Each side has resolved a conflict in its own way: neither may win in silence."""
    criss_cross(lines, b"h\n0\n", b"h\n1\n", b"h\n2\n", resolve=True)
    lines.git("merge", "theirs", ok=1)
    assert lines.read("x.csv") == b"h\n1\n"
    assert len(lines.git("ls-files", "-u").splitlines()) == 3


def test_union_survives_a_second_track_and_goes_with_untrack(lines):
    lines.gitblob("track", "*.csv")
    assert "*.csv filter=gitblob diff=gitblob merge=gitblob-union -text\n" in lines.read(".gitattributes").decode()
    lines.gitblob("untrack", "*.csv")
    assert "csv" not in lines.read(".gitattributes").decode()
    lines.gitblob("track", "*.csv")
    lines.gitblob("track", "--union", "*.csv")
    assert lines.read(".gitattributes").decode().count("*.csv") == 1
