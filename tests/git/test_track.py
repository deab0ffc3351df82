"""track and untrack on real repositories: rules, exemptions, conversion, names that hurt."""

import os
import shutil
import subprocess

import pytest

RULE = "filter=gitblob diff=gitblob merge=gitblob -text"
ZOO = [
    b"a b.dat",
    b"new\nline.dat",
    b"tab\there.dat",
    b"latin-\xe9.dat",
    "üñ 𝄞.dat".encode(),
    b"-dash.dat",
    b"--",
    b'"quoted".dat',
    b"#hash.dat",
    b"!bang.dat",
    b"[ab]*?.dat",
    b"back\\slash.dat",
    b"[attr]x.dat",
    b"trailing ",
    b"sub dir/#x [1].dat",
    b"#d/x.dat",
]


@pytest.fixture
def plain(installed):
    """A repository that tracks nothing."""
    return installed.repo()


def value(repo, path, name="filter"):
    output = repo.git("check-attr", "-z", name, "--", os.fsdecode(path))
    return output.split("\0")[2]


def pointer(data: bytes) -> bool:
    return data.startswith(b"# gitblob v1: ")


def test_track_writes_a_rule_once(plain):
    assert plain.gitblob("track", "*.bin").stdout == "tracking *.bin (.gitattributes)\n"
    assert plain.read(".gitattributes").decode() == f"*.bin {RULE}\n"
    assert "tracked already" in plain.gitblob("track", "*.bin").stdout
    assert plain.read(".gitattributes").decode() == f"*.bin {RULE}\n"


def test_track_keeps_every_other_byte(plain):
    plain.write(".gitattributes", b"# mine\r\n\r\n*.txt text\r\nlast -diff")
    plain.gitblob("track", "*.bin", "*.csv")
    expected = f"# mine\r\n\r\n*.txt text\r\nlast -diff\r\n*.bin {RULE}\r\n*.csv {RULE}\r\n"
    assert plain.read(".gitattributes") == expected.encode()


def test_track_lists(plain):
    assert plain.gitblob("track").stdout == ""
    plain.write("sub/.gitattributes", f"# c\n*.x {RULE}\n")
    plain.write(".gitattributes", f"*.txt text\n*.bin {RULE}\n*.lfs filter=lfs\n")
    lines = plain.gitblob("track").stdout.splitlines()
    ours = [[".gitattributes:2", "*.bin"], ["sub/.gitattributes:2", "*.x"]]
    assert [line.split() for line in lines[1:]] == ours
    plain.git("config", "filter.lfs.process", "exec '/opt/gitblob' filter-process --pointer=lfs")
    lines = plain.gitblob("track").stdout.splitlines()
    assert [line.split() for line in lines[1:]] == [ours[0], [".gitattributes:3", "*.lfs"], ours[1]]


def test_patterns_are_relative_to_the_folder(plain):
    plain.write("sub/x", b"")
    sub = plain.path / "sub"
    plain.sandbox.run("gitblob", "track", "*.bin", "./deep/*.csv", cwd=sub)
    assert (sub / ".gitattributes").read_text() == f"*.bin {RULE}\ndeep/*.csv {RULE}\n"
    assert not (plain.path / ".gitattributes").exists()
    assert plain.sandbox.run("gitblob", "track", "../*.bin", cwd=sub, ok=2).stderr


def test_a_folder_means_all_below_it(plain):
    plain.write("data/deep/x", b"x")
    plain.gitblob("track", "data", "later/")
    assert value(plain, b"data/deep/x") == value(plain, b"later/x") == "gitblob"


@pytest.mark.parametrize("path", ZOO, ids=ascii)
def test_exact_paths(plain, path):
    other = path.replace(b"[ab]*?", b"axx").replace(b"x [1]", b"x 1")
    full = os.path.join(os.fsencode(plain.path), path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(b"content of " + path)
    plain.gitblob("track", "--exact", "--", os.fsdecode(path))
    assert value(plain, path) == "gitblob"
    assert value(plain, b"elsewhere/" + path) == "unspecified"
    if other != path:
        assert value(plain, other) == "unspecified"
    plain.git("add", ".")
    names = subprocess.run(["git", "ls-files", "-s", "-z"], cwd=plain.path, capture_output=True, check=True).stdout
    name = next(record.split()[1].decode() for record in names.split(b"\0") if record.endswith(b"\t" + path))
    assert pointer(plain.git("cat-file", "blob", name).encode())
    plain.gitblob("untrack", "--exact", "--", os.fsdecode(path))
    assert plain.read(".gitattributes") == b""


@pytest.mark.parametrize("pattern", ["*", "**", ".git*", "*.yaml", "sub/**"])
def test_git_files_stay_readable(plain, pattern):
    for name in (".gitignore", ".gitblob.yaml", "sub/.gitignore", "sub/x.yaml"):
        plain.write(name, b"# text\n")
    plain.gitblob("track", pattern)
    for name in (".gitattributes", ".gitignore", ".gitblob.yaml", "sub/.gitignore", "sub/.gitattributes"):
        assert value(plain, name.encode()) == "unspecified"
    assert plain.read(".gitattributes").endswith(b".git* !filter !diff !merge !text\n")
    plain.gitblob("track", "*.csv")
    plain.gitblob("untrack", pattern)
    assert plain.read(".gitattributes").decode() == f"*.csv {RULE}\n"


def test_the_exemption_stays_the_last_word(plain):
    plain.gitblob("track", "*.yaml")
    plain.gitblob("track", "*")
    assert plain.read(".gitattributes").decode().splitlines() == [
        f"*.yaml {RULE}",
        f"* {RULE}",
        ".git* !filter !diff !merge !text",
    ]
    plain.gitblob("untrack", "*")
    assert value(plain, b".gitblob.yaml") == "unspecified"


@pytest.mark.parametrize("pattern", ["*", "*.yaml", "/experiment.yaml"])
def test_records_stay_readable_and_are_merged_by_their_own_rules(plain, pattern):
    rules = ["# versions", "/.gitblob.lock merge=union -text", "experiment.yaml merge=gitblob-experiment"]
    plain.write(".gitattributes", "\n".join(rules).encode())  # without a newline at the end
    plain.write("experiment.yaml", b"format: 1\n")
    for one in (pattern, "*.csv"):
        plain.gitblob("track", one)
        assert value(plain, b"experiment.yaml", "merge") == "gitblob-experiment"
        assert value(plain, b".gitblob.lock", "merge") == "union"
        assert value(plain, b".gitblob.lock") == "unspecified"
    plain.git("add", ".")
    assert plain.git("cat-file", "blob", ":experiment.yaml") == "format: 1\n"
    assert plain.git("cat-file", "blob", ":.gitattributes").splitlines()[0] == "# versions"
    plain.gitblob("untrack", pattern)
    assert plain.read(".gitattributes").decode().splitlines() == [*rules, f"*.csv {RULE}"]


def test_a_run_is_recorded_readably_where_everything_is_tracked(plain):
    plain.gitblob("track", "*")
    plain.write(".gitblob.yaml", b"params: [params.yaml]\n")
    plain.write("params.yaml", b"lr: 0.1\n")
    plain.commit("before")
    plain.gitblob("experiment", "record")
    assert value(plain, b"experiment.yaml", "merge") == "gitblob-experiment"
    assert plain.git("cat-file", "blob", ":experiment.yaml").startswith("# gitblob experiment")


@pytest.mark.parametrize("name", ["working-tree-encoding=UTF-16LE", "ident", "eol=crlf"])
def test_attributes_that_corrupt_pointers_are_unset(plain, name):
    plain.write(".gitattributes", f"*.dat {name}\n")
    data = "text $Id$\n".encode("utf-16-le") * 300
    plain.gitblob("track", "*.dat")
    bare = name.partition("=")[0]
    assert plain.read(".gitattributes").decode().endswith(f"*.dat {RULE} !{bare}\n")
    plain.gitblob("track", "*.dat")
    assert plain.read(".gitattributes").decode().endswith(f"*.dat {RULE} !{bare}\n")
    plain.write("x.dat", data)
    plain.commit()
    assert pointer(plain.stored("x.dat"))
    (plain.path / "x.dat").unlink()
    plain.git("checkout", "x.dat")
    assert plain.read("x.dat") == data


def test_a_stronger_rule_is_named(plain):
    plain.write("sub/.gitattributes", "*.bin -filter\n")
    plain.write("sub/x.bin", b"x")
    assert "sub/x.bin" in plain.gitblob("track", "*.bin").stderr


def test_raw_files_are_offered_and_converted(plain):
    content = {"a.bin": b"a" * 5000, "odd name.bin": b"b", "sub/ü.bin": b"# gitblob is nice\n"}
    for name, data in content.items():
        plain.write(name, data)
    plain.write("empty.bin", b"")
    plain.commit("raw")
    said = plain.gitblob("track", "*.bin").stderr
    assert "3 file(s)" in said
    assert "gitblob track --convert -- '*.bin'" in said
    assert plain.git("diff", "--cached", "--name-only") == ""
    plain.gitblob("track", "--convert", "--", "*.bin")
    plain.git("commit", "-q", "-m", "convert")
    for name, data in content.items():
        assert pointer(plain.stored(name))
        assert plain.read(name) == data
    assert plain.stored(".gitattributes")
    assert plain.status() == ""
    assert plain.stored("a.bin", "HEAD~1") == content["a.bin"]


def test_untrack_and_convert_takes_the_content_back_into_git(repo):
    data = os.urandom(9000)
    repo.write("x.bin", data)
    repo.commit()
    said = repo.gitblob("untrack", "*.bin").stderr
    assert "gitblob untrack --convert -- '*.bin'" in said
    assert repo.git("diff", "--cached", "--name-only") == ""
    repo.gitblob("untrack", "--convert", "*.bin")
    repo.git("commit", "-q", "-m", "leave")
    assert repo.stored("x.bin") == data
    assert repo.status() == ""
    assert repo.gitblob("untrack", "*.bin", ok=1).stderr


def test_untrack_does_not_stage_a_pointer_as_content(repo):
    repo.write("x.bin", os.urandom(9000))
    repo.commit()
    repo.write("x.bin", repo.stored("x.bin"))
    shutil.rmtree(repo.path / ".git" / "gitblob")
    error = repo.gitblob("untrack", "--convert", "*.bin", ok=1).stderr
    assert "x.bin" in error
    assert "gitblob pull" in error
    assert repo.git("diff", "--cached", "--name-only") == ""


def test_without_the_filter_nothing_is_converted(sandbox):
    repo = sandbox.repo()
    repo.write("x.bin", b"x")
    repo.commit()
    assert "gitblob install" in repo.gitblob("track", "*.bin").stderr
    assert "gitblob install" in repo.gitblob("track", "--convert", "*.bin", ok=1).stderr
    assert repo.git("diff", "--cached", "--name-only") == ""


def test_a_linked_attributes_file_is_refused(plain, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    (plain.path / ".gitattributes").symlink_to(secret)
    plain.gitblob("track", "*.bin", ok=1)
    assert secret.read_text() == "secret\n"


def test_bare_and_no_repository(installed):
    bare = installed.bare()
    assert "no work tree" in installed.run("gitblob", "track", "*.bin", cwd=bare, ok=10).stderr
    installed.run("gitblob", "track", "*.bin", ok=10)
