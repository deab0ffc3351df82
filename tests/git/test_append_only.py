"""`gitblob track --append-only`: what is there stays, whatever a commit adds."""

import json
import os
import shutil
from types import SimpleNamespace

import pytest
from support.sandbox import Sandbox

from gitblob.cli import main
from gitblob.git import hookmark
from gitblob.model import pointer

HEADER = b"time,value\n"
OLD = HEADER + b"1,a\n2,b\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory, templates):
    """A repository whose CSV and JSONL files only grow, with one of them."""
    sandbox = Sandbox(tmp_path_factory.mktemp("append-only"))
    templates.install(sandbox)
    repo = sandbox.repo()
    repo.gitblob("track", "--append-only", "*.csv", "*.jsonl")
    repo.write("log/x.csv", OLD)
    repo.commit("base")
    shutil.copytree(repo.path, sandbox.root / "pristine", symlinks=True)
    return repo


@pytest.fixture
def grown(made, monkeypatch):
    """The same as it was when it was made; one stands in it, with its environment."""
    shutil.rmtree(made.path)
    shutil.copytree(made.sandbox.root / "pristine", made.path, symlinks=True)
    for name, value in made.sandbox.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(made.path)
    folder = str(made.path / ".git")
    (made.path / ".git/gitblob" / hookmark.NAME).unlink()
    hookmark.set_current(SimpleNamespace(common_dir=folder, git_dir=folder))
    return made


@pytest.fixture
def said(capfd, monkeypatch):
    """What `gitblob ARGUMENTS` prints where one stands, on stdout and on stderr; the exit code has to be `ok`."""

    def run(*arguments, ok=0):
        monkeypatch.setenv("GITBLOB_HOOK", "")
        assert main.main(list(arguments)) == ok
        return capfd.readouterr()

    return run


def attempt(repo, *options, ok=0):
    """Commit what is staged; what was said."""
    return repo.git_result("commit", "-m", "change", *options, ok=ok).stderr


def stage(repo, data, path="log/x.csv"):
    repo.write(path, data)
    repo.git("add", path)


def test_the_rule(grown, said):
    lines = grown.read(".gitattributes").splitlines()
    assert lines[0] == b"*.csv filter=gitblob diff=gitblob merge=gitblob-union -text gitblob-append-only"
    assert "tracked already" in said("track", "*.csv").out
    assert "tracked already" in said("track", "--union", "*.csv").out
    said("untrack", "*.csv", "*.jsonl")
    assert grown.read(".gitattributes") == b""
    said("track", "--union", "*.csv")
    said("track", "--append-only", "*.csv")
    assert grown.read(".gitattributes").splitlines() == lines[:1]


GROWING = [
    (OLD, OLD + b"3,c\n"),
    (OLD, OLD + b"3,c"),
    (OLD[:-1], OLD + b"3,c\n"),  # the missing newline comes
    (OLD[:-1], OLD),
    (OLD.replace(b"\n", b"\r\n")[:-2], OLD.replace(b"\n", b"\r\n")),
    (b"", OLD),
]
REWRITING = [
    (OLD.replace(b"2,b", b"2,B") + b"3,c\n", 'line 3 was "2,b" and is "2,B" now'),
    (HEADER + b"0,z\n1,a\n2,b\n", 'line 2 was "1,a" and is "0,z" now'),
    (HEADER + b"1,a\n", 'line 3, "2,b", is gone'),
    (OLD[:-1] + b"b\n", 'line 3 was "2,b" and is "2,bb" now'),
    (b"", 'line 1, "time,value", is gone'),
    (b"time,value,unit\n1,a,m\n", 'line 1 was "time,value" and is "time,value,unit" now'),
    (OLD.replace(b"\n", b"\r\n"), 'line 1 was "time,value" and is "time,value\\r" now'),
    (HEADER[:-1], 'line 2, "1,a", is gone'),
    (b"\x1b[31m" + b"x" * 500, "line 1 was"),
]


def test_growing(grown):
    for state in zip(*GROWING, strict=True):
        for number, data in enumerate(state):
            grown.write(f"{number}.csv", data)
        grown.git("add", ".")
        attempt(grown)
    for number, (_, new) in enumerate(GROWING):
        assert pointer.decode(grown.stored(f"{number}.csv")).size == len(new)


def test_rewriting_is_refused_and_the_first_line_is_named(grown, said):
    head = grown.git("rev-parse", "HEAD")
    for number, (new, _) in enumerate(REWRITING):
        grown.write(f"{number}.csv", new)
    grown.git("add", ".")
    staged = grown.git("ls-files", "-s", "*.csv").splitlines()
    grown.git("reset", "-q")
    for number, (_, reason) in enumerate(REWRITING):
        grown.git("update-index", "--cacheinfo", f"100644,{staged[number].split()[1]},log/x.csv")
        error = said("hook", "pre-commit", ok=1).err
        assert f"log/x.csv is append-only: {reason}" in error
        assert "--no-verify" in error
        assert "\x1b" not in error
    assert "log/x.csv is append-only" in attempt(grown, ok=1)
    assert grown.git("rev-parse", "HEAD") == head
    attempt(grown, "--no-verify")
    stage(grown, REWRITING[-1][0] + b"\nmore\n")
    attempt(grown)


def test_removing_renaming_and_replacing(grown):
    grown.git("mv", "log/x.csv", "log/y.csv")
    assert "log/x.csv is append-only: it is removed or renamed" in attempt(grown, ok=1)
    grown.git("reset", "-q", "--hard")
    (grown.path / "log/x.csv").unlink()
    (grown.path / "log/x.csv").symlink_to("elsewhere")
    grown.git("add", "-A")
    assert "it is no regular file any more" in attempt(grown, ok=1)


def test_every_way_to_commit(grown):
    stage(grown, b"gone\n")
    for options in (["-a"], ["--amend"], ["log/x.csv"]):
        assert "is append-only" in attempt(grown, *options, ok=1)
    grown.git("reset", "-q", "--hard")
    stage(grown, OLD + b"3,c\n")
    grown.write("other.txt", "x")
    grown.git("add", "other.txt")
    attempt(grown, "-a")
    stage(grown, OLD)  # a row of the commit that is being amended counts as committed
    assert 'line 4, "3,c", is gone' in attempt(grown, "--amend", ok=1)


def test_files_that_git_itself_keeps(installed):
    repo = installed.repo()
    repo.gitblob("install")
    repo.write(".gitattributes", "*.jsonl merge=union gitblob-append-only\n")
    repo.write("sub/x.jsonl", b'{"n": 1}\n' * 1000)
    repo.commit("base")
    stage(repo, b'{"n": 1}\n' * 1001, "sub/x.jsonl")
    attempt(repo)
    stage(repo, b'{"n": 1}\n' * 500 + b'{"n": 2}\n' * 501, "sub/x.jsonl")
    error = attempt(repo, ok=1)
    assert 'sub/x.jsonl is append-only: line 501 was "{"n": 1}" and is "{"n": 2}" now' in error
    assert not repo.stored("sub/x.jsonl").startswith(b"# gitblob")


def test_the_rule_of_a_folder_and_what_is_not_under_it(grown):
    grown.gitblob("untrack", "*.csv")
    grown.write("deep/.gitattributes", "runs/** gitblob-append-only\n")
    for path in ("deep/runs/a b.txt", "deep/free.txt", "log/x.csv"):
        grown.write(path, "1\n2\n")
    grown.commit("rules")
    for path in ("deep/free.txt", "log/x.csv"):
        stage(grown, b"3\n", path)
    attempt(grown)
    stage(grown, b"3\n", "deep/runs/a b.txt")
    assert "deep/runs/a b.txt is append-only" in attempt(grown, ok=1)


def test_without_the_old_content(grown):
    """A pointer's oid tells whether it is the beginning; which line it was cannot be told."""
    shutil.rmtree(grown.path / ".git/gitblob")
    stage(grown, OLD + b"3,c\n")
    attempt(grown)
    shutil.rmtree(grown.path / ".git/gitblob")
    stage(grown, OLD + b"3,d\n")
    assert "log/x.csv is append-only: it does not begin with what was there" in attempt(grown, ok=1)


def test_what_is_staged_without_content_cannot_be_judged(grown, said):
    name = os.urandom(32).hex()
    text = f"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:{name}\nsize: 100\n"
    blob = grown.git("hash-object", "-w", "--no-filters", "--stdin", data=text).strip()
    grown.git("update-index", "--cacheinfo", f"100644,{blob},log/x.csv")
    said("store", "add", "far", str(grown.sandbox.root / "far"), "--default")
    assert "nobody can tell" in said("hook", "pre-commit", ok=1).err


def diverge(repo, ours, theirs, also=None):
    """Two branches, each with one commit; also: a file that both change, so that the merge stops."""
    repo.git("branch", "-q", "theirs")
    for branch, data in (("theirs", theirs), ("main", ours)):
        repo.git("checkout", "-q", branch)
        repo.write("log/x.csv", data)
        if also:
            repo.write(also, branch)
        repo.git("add", "-A")
        repo.git("commit", "-q", "--no-verify", "-m", branch)


@pytest.mark.parametrize("how", ["merge", "rebase", "cherry-pick"])
def test_merges_unite(grown, how):
    bases = {"log/x.csv": OLD, "log/x.jsonl": b'{"n": 1}\n'}
    stage(grown, bases["log/x.jsonl"], "log/x.jsonl")
    attempt(grown)
    grown.git("branch", "-q", "theirs")
    for branch in ("theirs", "main"):
        grown.git("checkout", "-q", branch)
        for path, base in bases.items():
            grown.write(path, base + b"3,%s\n" % branch.encode())
        attempt(grown, "-a")
    if how == "merge":
        grown.git("merge", "-q", "-m", "united", "theirs")
    else:
        grown.git(how, *(["-q"] if how == "rebase" else []), "theirs")
    rows = [b"3,main\n", b"3,theirs\n"]
    for path, base in bases.items():
        assert grown.read(path) == base + b"".join(reversed(rows) if how == "rebase" else rows)
    assert grown.status() == ""


def test_a_merge_concluded_by_hand_keeps_the_rows_of_both(grown, said):
    diverge(grown, OLD + b"3,ours\n", OLD + b"3,theirs\n", also="note.txt")
    grown.git("merge", "theirs", ok=1)
    grown.write("note.txt", "both")
    grown.git("add", "note.txt")
    for rows in (OLD + b"3,ours\n", OLD + b"3,theirs\n", b"3,theirs\n3,ours\n" + OLD):
        stage(grown, rows)
        assert "is append-only" in said("hook", "pre-commit", ok=1).err
    stage(grown, OLD + b"3,theirs\n3,ours")
    attempt(grown)


def test_a_merge_takes_what_the_other_side_has_rewritten_on_purpose(grown):
    stage(grown, OLD, "log/gone.csv")
    attempt(grown)
    grown.git("checkout", "-q", "-b", "other")
    grown.git("rm", "-q", "log/gone.csv")
    stage(grown, HEADER)
    grown.write("note.txt", "theirs")
    grown.git("add", "note.txt")
    attempt(grown, "--no-verify")
    grown.git("checkout", "-q", "main")
    grown.write("note.txt", "ours")
    grown.git("add", "note.txt")
    attempt(grown)
    grown.git("merge", "other", ok=1)
    grown.write("note.txt", "both")
    grown.git("add", "note.txt")
    attempt(grown)
    assert grown.read("log/x.csv") == HEADER


def test_commits_that_the_hook_did_not_see(grown, said):
    base = grown.git("rev-parse", "HEAD").strip()
    for data in (OLD + b"3,c\n", HEADER + b"9,z\n", HEADER + b"9,z\n10,y\n"):
        stage(grown, data)
        attempt(grown, "--no-verify")
    rewriting = grown.git("rev-parse", "HEAD~1").strip()
    grown.git("rm", "-q", "log/x.csv")
    grown.write("other.bin", "x")
    grown.git("add", "other.bin")
    attempt(grown, "--no-verify")
    found = json.loads(said("fsck", "--json", "--append-only", f"{base}..", ok=1).out)
    assert [(one["commit"], one["kind"], one["where"], one["text"]) for one in found] == [
        (rewriting, "rewritten", "log/x.csv", 'line 2 was "1,a" and is "9,z" now'),
        (grown.git("rev-parse", "HEAD").strip(), "rewritten", "log/x.csv", "it is removed or renamed"),
    ]
    assert "nothing found" in said("fsck", "--append-only", f"{base}..{rewriting}~1").err
    assert len(json.loads(said("fsck", "--json", "--append-only", "--all", ok=1).out)) == 2
    for words in (["nowhere..HEAD"], [], ["--pointers", "HEAD"]):
        said("fsck", "--append-only", *words, ok=2)


def test_a_merge_in_a_range(grown, said):
    diverge(grown, OLD + b"3,ours\n", OLD + b"3,theirs\n")
    grown.git("merge", "-q", "-m", "united", "theirs")
    said("fsck", "--append-only", "HEAD")
    stage(grown, OLD + b"3,ours\n")
    grown.git("commit", "-q", "--no-verify", "--amend", "-m", "lost")
    found = said("fsck", "--append-only", "HEAD~1..HEAD", ok=1).out
    assert "log/x.csv" in found
    assert "3,theirs" in found
