"""`gitblob params` and `gitblob metrics` with real commits: what they print, where, and with which exit code."""

import json
import re
import shutil

import pytest
from inline_snapshot import snapshot
from support.sandbox import Repo, Sandbox

from gitblob.cli import main, topics
from gitblob.ml import readers
from gitblob.ml.readers import python_constants, value

DECLARED = """\
params: [config/params.yaml, "config/train.toml:optimizer", config/const.py, run_id]
metrics: [performance.json, metrics.jsonl, curve.csv]
"""


@pytest.fixture
def said(capsys):
    """What `gitblob ARGUMENTS` prints on stdout and stderr where one stands, and its exit code."""

    def run(*arguments):
        code = main.main(list(arguments))
        return (*capsys.readouterr(), code)

    return run


WHEN = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2020-02-02T20:20:20+00:00")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two commits, tagged one and two, and a work tree that differs from both."""
    sandbox = Sandbox(tmp_path_factory.mktemp("params"))
    sandbox.env |= WHEN
    repo = sandbox.repo()
    repo.write(".gitblob.yaml", DECLARED)
    repo.write("config/params.yaml", "lr: 1e-3\nseed: 1\nmodel: {layers: [8, 16], act: relu}\n")
    repo.write("config/train.toml", '[optimizer]\nname = "adam"\nbeta = 0.9\n[other]\nx = 1\n')
    repo.write("config/const.py", "BATCH = 64\nSTEPS = BATCH * 2\n")
    repo.write("run_id", "3f2c\n")
    repo.write("performance.json", '{"acc": 0.91, "loss": 0.3}')
    repo.write("metrics.jsonl", '{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.3}\n')
    repo.write("curve.csv", "epoch,auc\n1,0.7\n2,0.8\n")
    repo.commit("one")
    repo.git("tag", "one")
    repo.write("config/params.yaml", "lr: 0.01\nseed: 1\nmodel: {layers: [8, 16, 32]}\nnote: 'a|b'\n")
    repo.write("run_id", "77aa\n")
    repo.write("performance.json", '{"acc": 0.93, "loss": 0.1, "f1": NaN}')
    repo.write("metrics.jsonl", '{"step": 1, "loss": 0.5}\n{"step": 3, "loss": 0.1}\n')
    repo.commit("two")
    repo.git("tag", "two")
    repo.write("config/params.yaml", "lr: 0.02\nseed: 1\nmodel: {layers: [8, 16, 32]}\nnote: 'a|b'\n")
    return repo


@pytest.fixture
def runs(made, sandbox, monkeypatch):
    """A copy of it, in which one stands."""
    sandbox.env |= WHEN
    shutil.copytree(made.path, sandbox.root / "repo")
    monkeypatch.chdir(sandbox.root / "repo")
    return Repo(sandbox, sandbox.root / "repo")


@pytest.mark.usefixtures("runs")
def test_params(said):
    assert said("params", "diff") == snapshot(
        (
            """\
file                key  HEAD  work tree  delta
config/params.yaml  lr   0.01  0.02       +0.01
""",
            "",
            0,
        )
    )
    assert said("params", "diff", "one", "two") == snapshot(
        (
            """\
file                key             one    two   delta
config/params.yaml  lr              0.001  0.01  +0.009
config/params.yaml  model.layers.2  -      32    added
config/params.yaml  note            -      a|b   added
config/params.yaml  model.act       relu   -     removed
run_id                              3f2c   77aa  changed
""",
            "",
            0,
        )
    )
    assert said("params", "diff", "two", "one", "--md") == snapshot(
        (
            """\
| file | key | `two` | `one` | delta |
| --- | --- | --- | --- | --- |
| `config/params.yaml` | `lr` | `0.01` | `0.001` | `-0.009` |
| `config/params.yaml` | `model.act` | `-` | `relu` | `added` |
| `config/params.yaml` | `model.layers.2` | `32` | `-` | `removed` |
| `config/params.yaml` | `note` | <code>a&#124;b</code> | `-` | `removed` |
| `run_id` |  | `77aa` | `3f2c` | `changed` |
""",
            "",
            0,
        )
    )
    assert said("params", "diff", "one", "--csv") == snapshot(
        (
            """\
file,key,one,work tree,delta
config/params.yaml,lr,0.001,0.02,+0.019
config/params.yaml,model.layers.2,,32,added
config/params.yaml,note,,a|b,added
config/params.yaml,model.act,relu,,removed
run_id,,3f2c,77aa,changed
""",
            "",
            0,
        )
    )
    assert said("params", "diff", "two", "--all") == snapshot(
        (
            """\
file                key             two   work tree  delta
config/params.yaml  lr              0.01  0.02       +0.01
config/params.yaml  seed            1     1
config/params.yaml  model.layers.0  8     8
config/params.yaml  model.layers.1  16    16
config/params.yaml  model.layers.2  32    32
config/params.yaml  note            a|b   a|b
config/train.toml   optimizer.name  adam  adam
config/train.toml   optimizer.beta  0.9   0.9
config/const.py     BATCH           64    64
run_id                              77aa  77aa
""",
            "",
            0,
        )
    )
    assert said("params") == snapshot(
        (
            """\
file                key             work tree
config/params.yaml  lr              0.02
config/params.yaml  seed            1
config/params.yaml  model.layers.0  8
config/params.yaml  model.layers.1  16
config/params.yaml  model.layers.2  32
config/params.yaml  note            a|b
config/train.toml   optimizer.name  adam
config/train.toml   optimizer.beta  0.9
config/const.py     BATCH           64
run_id                              77aa
""",
            "",
            0,
        )
    )
    assert said("params", "show", "one", "--csv") == snapshot(
        (
            """\
file,key,one
config/params.yaml,lr,0.001
config/params.yaml,seed,1
config/params.yaml,model.layers.0,8
config/params.yaml,model.layers.1,16
config/params.yaml,model.act,relu
config/train.toml,optimizer.name,adam
config/train.toml,optimizer.beta,0.9
config/const.py,BATCH,64
run_id,,3f2c
""",
            "",
            0,
        )
    )
    assert said("params", "show", "one", "two", "--md") == snapshot(
        (
            """\
| file | key | `one` | `two` |
| --- | --- | --- | --- |
| `config/params.yaml` | `lr` | `0.001` | `0.01` |
| `config/params.yaml` | `seed` | `1` | `1` |
| `config/params.yaml` | `model.layers.0` | `8` | `8` |
| `config/params.yaml` | `model.layers.1` | `16` | `16` |
| `config/params.yaml` | `model.act` | `relu` | `-` |
| `config/params.yaml` | `model.layers.2` | `-` | `32` |
| `config/params.yaml` | `note` | `-` | <code>a&#124;b</code> |
| `config/train.toml` | `optimizer.name` | `adam` | `adam` |
| `config/train.toml` | `optimizer.beta` | `0.9` | `0.9` |
| `config/const.py` | `BATCH` | `64` | `64` |
| `run_id` |  | `3f2c` | `77aa` |
""",
            "",
            0,
        )
    )


@pytest.mark.usefixtures("runs")
def test_metrics(said):
    assert said("metrics", "diff", "one", "two") == snapshot(
        (
            """\
file              key   one   two   delta
performance.json  acc   0.91  0.93  +0.02
performance.json  loss  0.3   0.1   -0.2
performance.json  f1    -     nan   added
metrics.jsonl     step  2     3     +1
metrics.jsonl     loss  0.3   0.1   -0.2
""",
            "",
            0,
        )
    )
    assert said("metrics", "diff") == snapshot(("", "no metrics differ between HEAD and the work tree\n", 0))
    assert said("metrics", "diff", "--md") == snapshot(("No metrics differ.\n", "", 0))
    assert said("metrics", "show", "one", "HEAD") == snapshot(
        (
            """\
file              key    one   HEAD
performance.json  acc    0.91  0.93
performance.json  loss   0.3   0.1
performance.json  f1     -     nan
metrics.jsonl     step   2     3
metrics.jsonl     loss   0.3   0.1
curve.csv         epoch  2     2
curve.csv         auc    0.8   0.8
""",
            "",
            0,
        )
    )
    assert said("metrics", "diff", "one", "--md") == snapshot(
        (
            """\
| file | key | `one` | work tree | delta |
| --- | --- | --- | --- | --- |
| `performance.json` | `acc` | `0.91` | `0.93` | `+0.02` |
| `performance.json` | `loss` | `0.3` | `0.1` | `-0.2` |
| `performance.json` | `f1` | `-` | `nan` | `added` |
| `metrics.jsonl` | `step` | `2` | `3` | `+1` |
| `metrics.jsonl` | `loss` | `0.3` | `0.1` | `-0.2` |
""",
            "",
            0,
        )
    )


def test_json(runs, said):
    shown = json.loads(said("metrics", "show", "one", "two", "--json")[0])
    assert [side["rev"] for side in shown] == ["one", "two"]
    assert [side["commit"] for side in shown] == [runs.git("rev-parse", tag).strip() for tag in ("one", "two")]
    assert shown[1]["files"]["performance.json"] == {"acc": 0.93, "loss": 0.1, "f1": "NaN"}
    assert json.loads(said("params", "diff", "--json")[0]) == {
        "from": {"rev": "HEAD", "commit": runs.git("rev-parse", "HEAD").strip()},
        "to": {"rev": None, "commit": None},
        "changes": [
            {"file": "config/params.yaml", "key": "lr", "status": "changed", "old": 0.01, "new": 0.02, "delta": 0.01}
        ],
    }
    changes = json.loads(said("params", "diff", "one", "two", "--json")[0])["changes"]
    assert {change["key"]: sorted(change) for change in changes} == {
        "lr": ["delta", "file", "key", "new", "old", "status"],
        "model.layers.2": ["file", "key", "new", "status"],
        "note": ["file", "key", "new", "status"],
        "model.act": ["file", "key", "old", "status"],
        "": ["file", "key", "new", "old", "status"],
    }


def test_long_values_are_cut_in_tables_alone(runs, said):
    long = "x" * 500
    runs.write("config/params.yaml", f"long: {long}\n")
    table = said("params", "show")[0]
    assert f"{'x' * 47}…" in table
    assert long not in table
    assert long in said("params", "show", "--csv")[0]
    assert long in said("params", "show", "--json")[0]


def test_revisions_in_other_words(runs, said):
    shown = said("params", "diff", "one", "two")
    assert [line.split() for line in said("params", "diff", "one..HEAD")[0].splitlines()[1:]] == [
        line.split() for line in shown[0].splitlines()[1:]
    ]
    assert said("params", "diff", "one...two")[2] == 2
    runs.sandbox.env |= dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2021-02-02T20:20:20+00:00")
    runs.commit("three")
    table = said("params", "show", "--at", "2020-12-31")[0]
    assert table.split()[:3] == ["file", "key", runs.git("rev-parse", "two")[:12]]
    assert said("params", "show", "--at", "2020-12-31", "--csv")[0].count("0.01") == 1
    assert said("params", "diff", "--at", "2020-12-31", "--csv")[0].endswith(",0.01,0.02,+0.01\n")
    assert said("params", "diff", "--at", "2019-12-31")[2] == 2


@pytest.mark.usefixtures("runs")
def test_exit_code(said):
    assert said("params", "diff", "--exit-code")[2] == 1
    assert said("params", "diff", "--exit-code", "--json")[2] == 1
    assert said("metrics", "diff", "--exit-code", "--all")[2] == 0


def test_a_file_that_nobody_declared(runs, said, monkeypatch):
    assert said("params", "show", "--file", "config/train.toml:other") == snapshot(
        (
            """\
file               key      work tree
config/train.toml  other.x  1
""",
            "",
            0,
        )
    )
    assert said("params", "show", "--file", "nowhere.yaml") == snapshot(
        ("", "gitblob: error: nowhere.yaml: there is no such file\n", 18)
    )
    assert said("params", "diff", "one", "two", "--file", "config/params.yaml:lrr") == snapshot(
        (
            "",
            """\
gitblob: error: 9209cb162dba:config/params.yaml: there is no key 'lrr'
  hint: did you mean 'lr'?
""",
            18,
        )
    )
    assert "outside the work tree" in said("params", "show", "--file", "../x.yaml")[1]
    shown = said("params", "show", "--file", "config/train.toml:other")
    monkeypatch.chdir(runs.path / "config")
    assert said("params", "show", "--file", "train.toml:other.x") == shown


def test_the_declaration_of_each_side_counts(runs, said):
    runs.write(".gitblob.yaml", "params: [run_id, new.json]\n")
    runs.write("new.json", '{"a": 1}')
    assert said("params", "diff") == snapshot(
        (
            """\
file                key  HEAD  work tree  delta
config/params.yaml  lr   0.01  0.02       +0.01
new.json            a    -     1          added
""",
            "",
            0,
        )
    )


def test_what_is_declared_and_nowhere(runs, said):
    runs.write(".gitblob.yaml", "metrics:\n  - performance.json:acc\n  - performance.json:acu\n  - later.json\n")
    assert said("metrics", "show") == snapshot(
        (
            """\
file              key  work tree
performance.json  acc  0.93
""",
            """\
gitblob: warning: .gitblob.yaml:3: performance.json: there is no key 'acu'; did you mean 'acc'?
gitblob: warning: .gitblob.yaml:4: later.json: there is no such file
""",
            0,
        )
    )
    assert said("metrics", "diff", "one", "two")[1] == ""


def test_nothing_is_declared(runs, said):
    runs.git("rm", "-q", "-f", ".gitblob.yaml")
    runs.commit("nothing")
    assert said("params") == snapshot(
        ("", "no params are declared; `params: [FILE]` in .gitblob.yaml does that, or name one with --file\n", 0)
    )
    assert said("metrics", "diff")[1] == snapshot(
        "no metrics are declared; `metrics: [FILE]` in .gitblob.yaml does that, or name one with --file\n"
    )
    assert json.loads(said("metrics", "diff", "--json")[0])["changes"] == []
    assert said("metrics", "show", "--md") == snapshot(
        (
            """\
| file | key | work tree |
| --- | --- | --- |
""",
            "no metrics are declared; `metrics: [FILE]` in .gitblob.yaml does that, or name one with --file\n",
            0,
        )
    )


def test_a_broken_file_does_not_hide_the_others(runs, said):
    runs.write("config/params.yaml", "lr: 1\nlr: 2\n")
    runs.write("config/train.toml", "[optimizer\n")
    runs.write("run_id", "9999\n")
    wrong = """\
gitblob: error: config/params.yaml:2: 'lr' stands here twice
gitblob: error: config/train.toml:1: not TOML: Expected ']' at the end of a table declaration
"""
    assert said("params", "diff") == (
        "file    key  HEAD  work tree  delta\nrun_id       77aa  9999       changed\n",
        wrong,
        18,
    )
    assert said("params", "diff", "--exit-code")[2] == 18
    assert [row["file"] for row in json.loads(said("params", "diff", "--json")[0])["changes"]] == ["run_id"]
    commit = runs.commit("broken")
    shown, said_of_it, code = said("params", "show", "two", "HEAD", "--csv")
    assert "config/params.yaml,lr,0.01,\n" in shown
    assert "run_id,,77aa,9999\n" in shown
    assert f"{commit[:12]}:config/params.yaml:2: 'lr' stands here twice" in said_of_it
    assert code == 18
    runs.write("config/params.yaml", "lr: 3\n")
    runs.write("config/train.toml", "[optimizer]\nname = 'adam'\n")
    assert said("params") == (
        """\
file                key             work tree
config/params.yaml  lr              3
config/train.toml   optimizer.name  adam
config/const.py     BATCH           64
run_id                              9999
""",
        "",
        0,
    )


def test_what_is_wrong(runs, said):
    runs.write("config/params.yaml", "lr: 1\nlr: 2\n")
    assert said("params", "diff") == snapshot(
        (
            "",
            """\
gitblob: error: config/params.yaml:2: 'lr' stands here twice
no other params differ between HEAD and the work tree
""",
            18,
        )
    )
    assert said("params", "diff", "--md")[0] == "No other params differ.\n"
    commit = runs.commit("broken")
    assert f"{commit[:12]}:config/params.yaml:2: 'lr' stands here twice" in said("params", "diff", "HEAD", "one")[1]
    assert said("params", "diff", "one", "two", "HEAD") == snapshot(
        (
            "",
            """\
gitblob: error: 3 revisions; two can be compared
  hint: `gitblob params show` takes more
""",
            2,
        )
    )
    assert said("params", "diff", "nowhere") == snapshot(
        (
            "",
            """\
gitblob: error: nowhere names no commit here
  hint: `git log --all` shows what there is
""",
            2,
        )
    )
    runs.write(".gitblob.yaml", "parms: [run_id]\n")
    assert said("params") == snapshot(
        (
            "",
            """\
gitblob: error: .gitblob.yaml:1: unknown key 'parms'
  hint: did you mean 'params'?
""",
            16,
        )
    )
    runs.write(".gitblob.yaml", "params: [../run_id]\n")
    assert said("params") == snapshot(
        (
            "",
            """\
gitblob: error: .gitblob.yaml:1: '../run_id' is outside the repository
  hint: paths are relative to the top of the repository
""",
            16,
        )
    )


def test_a_file_that_is_too_large_is_not_read(runs, said):
    with open(runs.path / "config/params.yaml", "wb") as file:
        file.truncate(10**9)
    shown, error, code = said("params")
    assert [line.split()[0] for line in shown.splitlines()[1:]] == [
        *["config/train.toml"] * 2,
        "config/const.py",
        "run_id",
    ]
    assert error == snapshot(
        """\
gitblob: error: config/params.yaml has 1000000000 bytes
  hint: files of values are read up to 16777216 bytes
"""
    )
    assert code == 18
    with open(runs.path / "config/params.yaml", "wb") as file:
        file.truncate(17 << 20)
    runs.commit("large")
    assert "config/params.yaml has 17825792 bytes" in said("params", "show", "HEAD")[1]


def test_a_link_is_not_followed(runs, said):
    (runs.path / "config/params.yaml").unlink()
    (runs.path / "config/params.yaml").symlink_to("/etc/passwd")
    assert "config/params.yaml is no regular file" in said("params")[1]
    runs.commit("link")
    assert "config/params.yaml is no regular file" in said("params", "show", "HEAD")[1]
    runs.git("checkout", "-q", "two")
    runs.git("mv", "config", "elsewhere")
    (runs.path / "config").symlink_to("elsewhere")
    assert "lies behind the link config" in said("params")[1]
    runs.commit("folder")
    assert "lies behind the link config" in said("params", "show", "HEAD")[1]


def test_no_commit_yet(sandbox, said, monkeypatch):
    repo = sandbox.repo()
    monkeypatch.chdir(repo.path)
    assert said("params", "diff") == snapshot(
        (
            "",
            """\
gitblob: error: HEAD names no commit here: there is none yet
  hint: `git commit` makes one
""",
            2,
        )
    )
    repo.write(".gitblob.yaml", "params: [a.yaml]\n")
    repo.write("a.yaml", "lr: 1\n")
    assert said("params")[0].splitlines()[1].split() == ["a.yaml", "lr", "1"]


def test_a_bare_repository(runs, sandbox, said, monkeypatch):
    shown = said("params", "diff", "one", "two")
    sandbox.run("git", "clone", "-q", "--bare", runs.path, "bare.git")
    monkeypatch.chdir(sandbox.root / "bare.git")
    assert said("params", "diff", "one", "two") == shown
    assert said("metrics", "show", "--file", "performance.json:acc")[0].split()[-2:] == ["acc", "0.93"]


def test_a_shallow_clone(runs, sandbox, said, monkeypatch):
    monkeypatch.chdir(sandbox.clone(f"file://{runs.path}", "shallow", "--depth=1", "--no-tags").path)
    assert said("params", "diff", "HEAD~1") == snapshot(
        (
            "",
            """\
gitblob: error: HEAD~1 names no commit here
  hint: this clone is shallow; `git fetch --unshallow` brings what is older
""",
            2,
        )
    )
    assert said("params", "diff")[1] == snapshot("no params differ between HEAD and the work tree\n")


def test_a_partial_clone(runs, sandbox, said, monkeypatch):
    runs.git("config", "uploadpack.allowFilter", "true")
    shown = said("params", "diff", "one", "two")
    monkeypatch.chdir(sandbox.clone(f"file://{runs.path}", "partial", "--filter=blob:none").path)
    assert said("params", "diff", "one", "two") == shown


def test_the_manual_page(runs, said):
    """`gitblob help params` is the page, `gitblob params -h` the arguments; what the page shows is true."""
    page, _, _ = said("help", "params")
    assert page == topics.page("params")
    assert said("params", "-h")[0].startswith("usage: gitblob params")
    example = re.search(r"^    (params: .*)\n    (metrics: .*)\n", page, re.MULTILINE)
    runs.git("checkout", "-q", "-f", "one")
    runs.write(".gitblob.yaml", f"{example[1]}\n{example[2]}\n")
    runs.commit("page")
    runs.write("config/params.yaml", "lr: 0.01\nseed: 1\nmodel: {layers: [8, 16, 32], act: relu}\n")
    runs.write("config/train.toml", '[optimizer]\nname = "sgd"\nbeta = 0.9\n')
    shown = "".join(f"    {line}\n" for line in said("params", "diff")[0].splitlines())
    assert f"    $ gitblob params diff\n{shown}\n" in page
    runs.write("config/params.yaml", "lr: 1\nlr: 2\n")
    assert f"    {said('params')[1]}" in page
    assert f"{readers.MAX_BYTES >> 20} MiB (Python: {python_constants.MAX_BYTES >> 20} MiB)" in page
    assert f"at most {value.MAX_DEPTH} levels" in page
    assert f"some {int(value.MAX_BITS * 0.30103 / 100) * 100:,} digits" in page


def test_a_file_that_is_a_blob(repo, remote, installed, said, monkeypatch):
    """Its content comes from the cache, or else from the store."""
    repo.write(".gitblob.yaml", "metrics: [m.csv]\n")
    repo.write(".gitattributes", "*.bin filter=gitblob\nm.csv filter=gitblob\n")
    repo.write("m.csv", "step,loss\n" + "".join(f"{n},{1 / n}\n" for n in range(1, 500)))
    repo.commit("one")
    repo.write("m.csv", "step,loss\n1,0.5\n")
    repo.commit("two")
    repo.git("push", "-q", "origin", "main")
    monkeypatch.chdir(repo.path)
    shown = said("metrics", "diff", "HEAD~1", "HEAD")
    assert [line.split() for line in shown[0].splitlines()[1:]] == [
        ["m.csv", "step", "499", "1", "-498"],
        ["m.csv", "loss", "0.002004008016032064", "0.5", "+0.49799599198396793"],
    ]
    monkeypatch.chdir(installed.clone(remote).path)
    assert said("metrics", "diff", "HEAD~1", "HEAD") == shown
    assert said("metrics", "show")[0].split()[-3:] == ["m.csv", "loss", "0.5"]
