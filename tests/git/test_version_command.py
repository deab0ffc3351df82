"""gitblob version: what a user sees of versions, what differs, which commits have one; bump, lock, tag, graph, check."""

import io
import json
import os
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest

from gitblob.cli import main

DECLARED = """\
# ours
version: 1
data:
  processed: {paths: [data/], config: "config/data.yaml:pipeline", seed: "config/data.yaml:sampling.seed"}
models:
  image:  {paths: [models/image/], version: v2.1, needs: {data/processed: "*"}}   # a branch
  text:
      paths:
      - models/text/
      version: "1.3"   # quoted
  fusion: {paths: [models/fusion/], needs: {image: ">=2.1,<3", text: "~=1.3"}}
"""
CONFIG = "pipeline: {size: 224, mean: [0.5, 0.5]}\nsampling: {seed: 7}\n"


@pytest.fixture
def made(repo):
    """A data set and three components, committed."""
    repo.write(".gitblob.yaml", DECLARED)
    repo.write("config/data.yaml", CONFIG)
    for name in ("data/a.bin", "data/b.bin", "models/image/w.bin", "models/text/w.bin", "models/fusion/w.bin"):
        repo.write(name, name * 100)
    repo.commit("declare")
    return repo


def version(repo, *args, ok=0):
    """Run it in this process: there are many of them here."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(repo.path), redirect_stdout(out), redirect_stderr(err):
        code = main.main(["version", *args])
    assert ok in (None, code), err.getvalue()
    return SimpleNamespace(stdout=out.getvalue(), stderr=err.getvalue(), returncode=code)


@contextmanager
def chdir(path):
    """As contextlib.chdir, which Python has from 3.11 on."""
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


def document(repo, *args, **options):
    return json.loads(version(repo, *args, "--json", **options).stdout)


def findings(repo, *args):
    done = version(repo, "check", *args, ok=None)
    lines = done.stdout.splitlines()
    assert done.returncode == bool(lines), done.stderr
    return lines


def test_show(made):
    shown = document(made)
    assert (shown["rev"], shown["commit"], shown["dirty"]) == (None, None, False)
    data = shown["data"]["processed"]
    assert data["shown"] == f"processed@{data['id'][:12]}"
    assert (data["files"], data["size"], data["seed"], data["dirty"]) == (2, 2000, 7, False)
    assert shown["models"]["image"]["shown"] == "image@v2.1"
    assert shown["models"]["image"]["needs"] == {"data/processed": "*"}
    assert shown["models"]["fusion"]["version"] is None
    fingerprint = shown["models"]["fusion"]["fingerprint"]
    assert shown["models"]["fusion"]["shown"] == f"fusion@{fingerprint[7:19]}"
    table = version(made).stdout
    assert table == version(made, "show", "HEAD").stdout == version(made, "HEAD").stdout
    assert f"processed@{data['id'][:12]}" in table
    made.write("data/a.bin", b"changed")
    assert "+dirty" in version(made).stdout
    assert document(made)["dirty"]
    commit = made.git("rev-parse", "HEAD").strip()
    assert document(made, "show", "HEAD") == {**shown, "rev": "HEAD", "commit": commit}
    assert version(made, "--json", "HEAD").stdout == version(made, "HEAD", "--json").stdout
    assert made.gitblob("version").stdout == version(made).stdout


def test_show_without_anything(repo):
    done = version(repo)
    assert done.stdout == ""
    assert "declares no data and no models" in done.stderr
    assert "did you mean `gitblob version check`?" in version(repo, "chekc", ok=2).stderr
    assert "names no commit" in version(repo, "main~7", ok=2).stderr


def test_show_in_a_bare_repository(made, installed):
    bare = installed.bare()
    made.git("push", "-q", str(bare), "main")
    done = installed.run("gitblob", "version", cwd=bare)
    assert done.stdout == version(made, "HEAD").stdout


def test_explain(made):
    made.write("config/data.yaml", CONFIG.replace("224", "256").replace("0.5, ", "").replace("7", "8"))
    made.write("data/a.bin", b"other")
    (made.path / "data/b.bin").rename(made.path / "data/c.bin")
    made.write("data/new.txt", b"")
    made.git("rm", "-q", "-r", "models/text")
    made.write("models/text/x.bin", b"x")
    found = {one["name"]: one for one in document(made, "explain")["versions"]}
    data = found["processed"]
    assert data["status"] == "changed"
    assert [
        (one["status"], one.get("old", {}).get("path"), one.get("new", {}).get("path")) for one in data["files"]
    ] == [
        ("changed", "data/a.bin", "data/a.bin"),
        ("renamed", "data/b.bin", "data/c.bin"),
        ("added", None, "data/new.txt"),
    ]
    assert data["config"] == [
        {"key": "config/data.yaml:pipeline.size", "old": 224, "new": 256},
        {"key": "config/data.yaml:pipeline.mean.1", "old": 0.5},
    ]
    assert data["seed"] == {"old": 7, "new": 8}
    assert (found["image"]["status"], found["image"]["files"], found["image"]["version"]) == ("same", [], None)
    assert [one["status"] for one in found["text"]["files"]] == ["removed", "added"]
    before = document(made, "HEAD")
    assert version(made, "explain", "--only", "processed").stdout.startswith(
        f"processed: changed, was {before['data']['processed']['shown']}\n"
    )
    commit = made.commit("change")
    committed = document(made, "explain", "HEAD~1", "HEAD")
    assert committed["to"] == {"rev": "HEAD", "commit": commit}
    for one in committed["versions"]:
        assert {**one, "from": None, "to": None} == {**found[one["name"]], "from": None, "to": None}
    (data,) = (one for one in committed["versions"] if one["name"] == "processed")
    after = document(made)
    assert data["from"] == before["data"]["processed"]["shown"]
    assert data["to"] == after["data"]["processed"]["shown"]
    text = version(made, "diff", "HEAD~1", "HEAD", "--only", "processed").stdout
    assert text == (
        f"processed: changed, {data['from']} -> {data['to']}\n"
        "  seed: 7 -> 8\n"
        "  config: 2\n"
        "    config/data.yaml:pipeline.size: 224 -> 256\n"
        "    removed config/data.yaml:pipeline.mean.1: 0.5\n"
        "  files: 3\n"
        "    changed data/a.bin (1000 B -> 5 B)\n"
        "    renamed data/b.bin -> data/c.bin\n"
        "    added data/new.txt (0 B)\n"
    )


def test_explain_when_declarations_change(made):
    made.write(
        ".gitblob.yaml",
        DECLARED.replace("[data/]", "[data/a.bin]").replace("v2.1", "v2.2").replace("fusion:", "joint:"),
    )
    found = {one["name"]: one for one in document(made, "explain")["versions"]}
    assert [one["status"] for one in found["processed"]["files"]] == ["removed"]
    assert found["image"]["version"] == {"old": "v2.1", "new": "v2.2"}
    assert (found["joint"]["status"], found["fusion"]["status"]) == ("added", "removed")
    assert "joint: added" in version(made, "explain").stdout


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("[data]", "[data, data/deep]", []),
        ("[data/deep, data]", "[data]", []),
        ("[data/deep]", "[data/deep, data]", ["added"] * 2),
        ("[data, models]", "[data/deep, models/image]", ["removed"] * 4),
        ("[data/deep, models]", "[data, models]", ["added"] * 2),
    ],
)
def test_explain_where_one_path_lies_in_another(made, before, after, expected):
    made.write("data/deep/c.bin", b"c")
    made.write(".gitblob.yaml", f"data:\n  set: {{paths: {before}}}\n")
    made.commit("before")
    made.write(".gitblob.yaml", f"data:\n  set: {{paths: {after}}}\n")
    (work,) = document(made, "explain")["versions"]
    assert [one["status"] for one in work["files"]] == expected
    made.commit("after")
    (committed,) = document(made, "explain", "HEAD~1", "HEAD")["versions"]
    assert committed["files"] == work["files"]


def test_explain_a_name_that_nobody_declares(made):
    done = version(made, "explain", "--only", "imge", ok=2)
    assert "'imge'" in done.stderr
    assert "did you mean 'image'?" in done.stderr


def test_raw_content_and_its_pointer_are_the_same(made):
    made.gitblob("untrack", "*.bin")
    made.git("add", "--renormalize", ".")
    made.git("commit", "-q", "-a", "-m", "raw")
    assert not made.stored("data/a.bin").startswith(b"#")
    assert {one["status"] for one in document(made, "explain", "HEAD~1", "HEAD")["versions"]} == {"same"}
    assert {one["status"] for one in document(made, "explain", "HEAD~1")["versions"]} == {"same"}
    assert document(made, "HEAD")["data"] == document(made, "HEAD~1")["data"]


def test_find(made):
    first = document(made)["data"]["processed"]["id"]
    print_ = document(made)["models"]["fusion"]["fingerprint"]
    base = made.git("rev-parse", "HEAD").strip()
    made.git("checkout", "-q", "-b", "side")
    made.write("data/a.bin", b"side")
    side = made.commit("side")
    second = document(made)["data"]["processed"]["id"]
    made.git("checkout", "-q", "main")
    made.write("README", "unrelated")
    readme = made.commit("readme")
    made.write(".gitblob.yaml", DECLARED.replace("v2.1", "v2.2"))
    bumped = made.commit("bump")
    made.write(".gitblob.yaml", "data: [broken")
    broken = made.commit("broken")

    def commits(word, **options):
        done = version(made, "find", word, "--json", **options)
        assert "passed over 1 commit(s)" in done.stderr
        return {one["commit"] for one in json.loads(done.stdout)["commits"]}

    assert commits(f"processed@{first[:12]}") == {base, readme, bumped}
    assert commits(first[:6]) == {base, readme, bumped}
    assert commits(f"processed@{second}") == {side}
    assert commits("image@v2.1") == {base, side, readme}
    assert commits("image@2.2") == commits("image/v2.2") == {bumped}
    assert commits(print_) == commits(print_[:15]) == commits(f"fusion@{print_}") == {base, side, readme, bumped}
    assert commits("image@v9", ok=1) == commits("0000000", ok=1) == set()
    assert broken not in commits(f"processed@{first[:12]}")
    lines = version(made, "find", f"processed@{first[:12]}").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [bumped[:12], readme[:12], base[:12]]
    assert "no commit here has image@v9" in version(made, "find", "image@v9", ok=1).stderr
    assert commits(f"processed@{first[:12]}+dirty") == {base, readme, bumped}
    assert "`gitblob version find image@v2.1`" in version(made, "find", "image@v2.1+dirty", ok=2).stderr
    for word in ("", "image", "abc", "processed@", "what ever"):
        assert "is no version" in version(made, "find", word, ok=2).stderr


def test_find_in_a_shallow_clone_says_what_it_cannot_see(made, installed):
    made.write("x", "x")
    made.commit("more")
    clone = installed.clone(f"file://{made.path}", "shallow", "--depth=1")
    done = version(clone, "find", "image@v2.1")
    assert len(done.stdout.splitlines()) == 2
    assert "this clone is shallow" in done.stderr
    assert "this clone is shallow" in version(clone, "check", ok=1).stderr


def test_a_component_through_its_life(made):
    assert findings(made) == [
        ".gitblob.yaml:6: image v2.1 is not in .gitblob.lock",
        ".gitblob.yaml:10: text 1.3 is not in .gitblob.lock",
    ]
    locked = version(made, "lock").stdout
    assert [line.split()[:2] for line in locked.splitlines()] == [["image", "v2.1"], ["text", "1.3"]]
    assert made.read(".gitblob.lock").decode() == locked
    assert made.read(".gitattributes").endswith(b"/.gitblob.lock merge=union -text\n")
    assert made.git("diff", "--cached", "--name-only").split() == [".gitattributes", ".gitblob.lock"]
    assert "already" in version(made, "lock").stderr
    made.git("commit", "-q", "-m", "lock")
    assert findings(made) == findings(made, "HEAD") == []
    assert len(findings(made, "HEAD~1")) == 2

    made.write("models/image/w.bin", b"trained anew")
    assert findings(made) == [".gitblob.yaml:6: the content of image changed under v2.1 (.gitblob.lock:1)"]
    done = version(made, "bump", "image", "--to", "v2.1", ok=18)
    assert ".gitblob.lock:1: image v2.1 has other content than image has now" in done.stderr
    assert version(made, "lock", ok=18).stderr == done.stderr
    done = version(made, "bump", "image", "--minor")
    assert done.stdout == "image: v2.1 -> v2.2, staged .gitblob.yaml, .gitblob.lock\n"
    assert "not staged: models/image/w.bin" in done.stderr
    assert made.read(".gitblob.yaml").decode() == DECLARED.replace("v2.1", "v2.2")
    made.git("add", "models")
    assert "not staged" not in version(made, "bump", "text", "--to", "1.4").stderr
    assert made.read(".gitblob.yaml").decode() == DECLARED.replace("v2.1", "v2.2").replace('"1.3"', '"1.4"')
    assert findings(made) == []
    assert "image/v2.2 on" not in version(made, "tag", "image", ok=0).stdout  # HEAD still has v2.1
    made.git("tag", "-d", "image/v2.1")
    commit = made.commit("retrained")
    assert findings(made, "HEAD") == []
    assert version(made, "tag").stdout == f"image/v2.2 on {commit[:12]}\ntext/1.4 on {commit[:12]}\n"
    assert version(made, "tag", "image").stdout == f"image/v2.2 on {commit[:12]} already\n"
    assert made.git("cat-file", "-t", "image/v2.2").strip() == "tag"
    made.write("y", "y")
    made.commit("later")
    assert "is on" in version(made, "tag", "image", ok=18).stderr


def test_bump_refuses(made):
    version(made, "lock")
    for args, said in (
        (["imag", "--minor"], "did you mean 'image'?"),
        (["image", "--to", "v2.0"], "cannot go down to v2.0"),
        (["image", "--to", "latest"], "'latest' is no version"),
        (["image", "--to", "v3 beta"], "is no version"),
        (["fusion", "--minor"], "no version, from which no next one follows"),
        (["image"], "one of the arguments"),
    ):
        assert said in version(made, "bump", *args, ok=2).stderr
    assert version(made, "bump", "image", "--to", "2.1").stdout.startswith("image: v2.1 -> 2.1, staged")
    assert made.read(".gitblob.yaml").decode() == DECLARED.replace("v2.1", "2.1")
    assert version(made, "bump", "image", "--to", "2.1").stdout == "image is at 2.1 already\n"
    assert "has the very same content" in version(made, "bump", "image", "--minor").stderr


def test_a_first_version(made):
    done = json.loads(version(made, "bump", "fusion", "--to", "v0.1", "--json").stdout)
    assert (done["old"], done["new"], done["files"]) == (
        None,
        "v0.1",
        [".gitblob.yaml", ".gitblob.lock", ".gitattributes"],
    )
    assert document(made)["models"]["fusion"]["version"] == "v0.1"
    assert made.read(".gitblob.yaml").startswith(b"# ours\n")
    assert b"# a branch" in made.read(".gitblob.yaml")


def test_bumping_breaks_what_needs_it(made):
    done = version(made, "bump", "image", "--major")
    assert "fusion needs image >=2.1,<3, and it is at v3.0" in done.stderr
    assert any("fusion needs image >=2.1,<3" in line for line in findings(made))


def test_two_branches_that_bump_are_merged(made):
    version(made, "lock")
    made.commit("lock")
    for branch, name in (("one", "image"), ("two", "text")):
        made.git("checkout", "-q", "-b", branch, "main")
        made.write(f"models/{name}/w.bin", branch)
        made.git("add", ".")
        version(made, "bump", name, "--minor")
        made.commit(branch)
    made.git("merge", "-q", "--no-edit", "one")
    assert findings(made) == []
    assert document(made)["models"]["image"]["version"] == "v2.2"
    assert document(made)["models"]["text"]["version"] == "1.4"


def test_two_branches_that_bump_to_the_same_number(made):
    version(made, "lock")
    made.commit("lock")
    for branch in ("one", "two"):
        made.git("checkout", "-q", "-b", branch, "main")
        made.write("models/image/w.bin", branch)
        made.git("add", ".")
        version(made, "bump", "image", "--minor")
        made.commit(branch)
    made.git("merge", "-q", "-s", "ours", "--no-commit", "one")
    union = made.git("show", "two:.gitblob.lock") + made.git("show", "one:.gitblob.lock").splitlines()[-1] + "\n"
    made.write(".gitblob.lock", union)
    made.commit("both")
    number = len(union.splitlines())
    twice = f".gitblob.lock:{number}: image v2.2 stands in line {number - 1} with another fingerprint"
    assert findings(made, "HEAD") == [twice]
    version(made, "bump", "image", "--minor")
    made.commit("again")
    assert findings(made) == findings(made, "HEAD") == []
    assert findings(made, "HEAD~1") == [twice]
    made.write("models/image/w.bin", b"other")
    assert ".gitblob.yaml" in findings(made)[0]


def test_check_finds_each_thing(made):
    made.write(
        ".gitblob.yaml",
        """\
data:
  processed: {paths: [data/, dta/]}
  raw: {paths: [data/], config: "config/data.yaml:pipelin"}
  odd: {paths: [data/], config: "config/nan.yaml"}
models:
  image: {paths: [models/image/], version: two, needs: {tetx: "*", data/raww: "*"}}
  text:
    paths: [models/text/]
    version: v1.3
    needs:
      fusion: ">=1"
      data/odd: "zzzz"
  fusion: {paths: [models/fusion/], version: v0.4, needs: {text: "~=2.0"}}
  extra: {paths: [models/extra/], needs: {fusion: "newest"}}
""",
    )
    made.write("config/nan.yaml", "rate: .nan\n")
    a, b = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    made.write(".gitblob.lock", f"text v1.3 {a}\n<<<<<<< HEAD\ntext 1.3 {b}\n")
    assert findings(made) == [
        ".gitblob.yaml:6: image: 'two' is no version",
        ".gitblob.yaml:6: image needs tetx, which is neither a component nor data/NAME",
        ".gitblob.yaml:6: image needs data/raww, which is neither a component nor data/NAME",
        ".gitblob.yaml:11: components need each other in a ring: text needs fusion needs text",
        ".gitblob.yaml:2: processed names dta, and work tree has no such file",
        ".gitblob.yaml:3: config/data.yaml: there is no key 'pipelin'",
        ".gitblob.yaml:4: odd: nan is no number that a version can hold",
        ".gitblob.yaml:14: extra names models/extra, and work tree has no such file",
        ".gitblob.yaml:11: text needs fusion >=1, and it is at v0.4",
        ".gitblob.yaml:12: 'zzzz' is neither '*' nor an id of a data version (4 to 64 hex digits)",
        ".gitblob.yaml:13: fusion needs text ~=2.0, and it is at v1.3",
        ".gitblob.yaml:14: 'newest' is no range of versions by PEP 440, such as '>=2.1,<3' or '~=1.3'",
        ".gitblob.lock:2: a conflict was left here; keep the lines of both sides (`/.gitblob.lock merge=union -text`)",
        ".gitblob.lock:3: text 1.3 stands in line 1 with another fingerprint",
        ".gitblob.yaml:9: the content of text changed under v1.3 (.gitblob.lock:1)",
        ".gitblob.yaml:13: fusion v0.4 is not in .gitblob.lock",
    ]
    done = json.loads(version(made, "check", "--json", ok=1).stdout)
    assert done["findings"][1] == {
        "file": ".gitblob.yaml",
        "line": 6,
        "code": "needs",
        "message": "image needs tetx, which is neither a component nor data/NAME",
        "hint": "did you mean 'text'?",
    }
    made.write(".gitblob.yaml", "models:\n  a: {paths: m}\n  b: {paths: m/x}\n")
    assert findings(made)[0] == ".gitblob.yaml:3: m/x belongs to two components, a and b"


def test_check_finds_lines_that_were_taken_out_or_rewritten(made):
    version(made, "lock")
    made.commit("lock")
    lines = made.read(".gitblob.lock").decode().splitlines()
    made.write("models/image/w.bin", b"other")
    found = document(made)["models"]["image"]["fingerprint"]
    made.write(".gitblob.lock", f"image v2.1 {found}\n{lines[1]}\n")
    wanted = [f".gitblob.lock:1: an earlier commit has the line `{lines[0]}`"]
    assert findings(made) == wanted
    made.commit("cheat")
    assert findings(made, "HEAD") == wanted
    made.git("rm", "-q", ".gitblob.lock")
    assert len(findings(made)) == 5


def test_graph(made):
    data = document(made)["data"]["processed"]["shown"]
    fusion = document(made)["models"]["fusion"]["shown"]
    assert version(made, "graph").stdout == (
        f"{fusion}\n"
        "├── image@v2.1 (>=2.1,<3)\n"
        f"│   └── {data} (*)\n"
        "└── text@1.3 (~=1.3)\n"
    )  # fmt: skip
    drawn = document(made, "graph", "HEAD")
    assert {"id": "data/processed", "shown": data} in drawn["nodes"]
    assert {"from": "fusion", "to": "text", "range": "~=1.3", "problem": None} in drawn["edges"]
    dot = version(made, "graph", "--dot").stdout
    assert dot.startswith("digraph versions {\n")
    assert '  "fusion" -> "image" [label=">=2.1,<3"];' in dot
    made.write(".gitblob.yaml", DECLARED.replace('"*"', '"*", fusion: ">=9"'))
    made.git("rm", "-q", "-r", "models/text")
    shown = version(made, "graph").stdout
    assert "in a ring" in shown
    assert "text (~=1.3)" in shown


def test_names_that_could_steer_a_terminal_are_quoted(made):
    made.write("data/\x1b[31m.bin", b"x")
    assert 'added "data/\\033[31m.bin"' in version(made, "explain").stdout
