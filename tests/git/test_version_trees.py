"""What data versions and fingerprints are made of, in every kind of repository, by the real git."""

import hashlib
import os
import shutil
import time

import pytest

from gitblob import workspace
from gitblob.errors import MlError, NotARepository, UsageError
from gitblob.git import hookmark
from gitblob.ml import tree, versions, worktree
from gitblob.ml.memory import FILE

DECLARED = """\
data:
  processed: {paths: [data/], config: "config/data.yaml:pipeline", seed: "config/data.yaml:sampling.seed"}
models:
  image: {paths: [models/image/], version: v2.1}
"""
OWN = ["hooks", "config"]  # of each repository, in which its path stands
CONFIG = "pipeline: {size: 224}\nsampling: {seed: 7}\n"


def sha(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def fill(repo):
    """Two blobs, a raw file, an empty one; a component."""
    repo.write(".gitblob.yaml", DECLARED)
    repo.write("config/data.yaml", CONFIG)
    repo.write("data/a.bin", b"A" * 3000)
    repo.write("data/deep/er/b.bin", b"B")
    repo.write("data/list.csv", "x,y\n1,2\n")
    repo.write("data/none", b"")
    repo.write("models/image/w.bin", b"W" * 10)
    return repo.commit("declare")


def opened(repo, path=None):
    return workspace.open(str(path or repo.path))


def here(repo):
    return versions.here(opened(repo))


def at(repo, rev="HEAD"):
    found = opened(repo)
    return versions.at(found, tree.at(found, rev))


def ids(found):
    return {name: state.id for name, state in found.data.items()}, {n: s.fingerprint for n, s in found.models.items()}


def files(repo, rev=None, paths=("data",)):
    place = opened(repo)
    return (tree.at(place, rev) if rev else worktree.WorkTree(place)).files(paths)


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Where the first test that fills a repository leaves a copy of it."""
    return tmp_path_factory.mktemp("filled") / "repo"


@pytest.fixture
def filled(repo, once):
    if not once.exists():
        fill(repo)
        shutil.copytree(repo.path, once, ignore=lambda folder, _: OWN if folder.endswith("/.git") else [hookmark.NAME])
    else:
        shutil.copytree(once, repo.path, dirs_exist_ok=True)
        repo.git("update-index", "-q", "--refresh")
    return repo


EXPECTED = [
    ("data/a.bin", sha(b"A" * 3000), 3000),
    ("data/deep/er/b.bin", sha(b"B"), 1),
    ("data/list.csv", sha(b"x,y\n1,2\n"), 8),
    ("data/none", sha(b""), 0),
]


def test_pointers_and_raw_files_alike(filled):
    assert filled.stored("data/a.bin").startswith(b"# gitblob v1")
    assert files(filled, "HEAD") == EXPECTED
    assert files(filled) == EXPECTED
    assert files(filled, "HEAD", ["data/none", "data/a.bin"]) == [EXPECTED[0], EXPECTED[3]]
    assert files(filled, "HEAD", ["absent"]) == []


def test_the_same_from_stubs_raw_content_and_the_work_tree(filled, installed):
    before = ids(at(filled))
    shown = here(filled)
    assert ids(shown) == before
    assert not any(state.dirty for state in (*shown.data.values(), *shown.models.values()))
    assert shown.data["processed"].shown == f"processed@{before[0]['processed'][:12]}"
    assert (shown.data["processed"].files, shown.data["processed"].size, shown.data["processed"].seed) == (4, 3009, 7)
    assert shown.models["image"].shown == "image@v2.1"
    shutil.rmtree(filled.path / ".git/gitblob")
    clone = installed.clone(filled.path)  # no content: the stubs stand in the work tree
    assert clone.read("data/a.bin").startswith(b"# gitblob v1")
    assert ids(at(clone)) == ids(here(clone)) == before
    other = installed.repo("raw")
    for name in ("data", "config", "models", ".gitblob.yaml"):
        kind = shutil.copytree if (filled.path / name).is_dir() else shutil.copy
        kind(filled.path / name, other.path / name)
    assert ids(here(other)) == before  # not even committed
    other.commit("raw")
    assert not other.stored("data/a.bin").startswith(b"#")
    assert ids(at(other)) == ids(here(other)) == before


def test_the_memory_changes_nothing_and_may_go(filled):
    kept = filled.path / ".git/gitblob" / FILE
    before = ids(at(filled))
    assert kept.exists()
    assert ids(at(filled)) == ids(here(filled)) == before
    kept.unlink()
    assert ids(here(filled)) == before
    kept.write_bytes(b"damaged")
    assert ids(at(filled)) == ids(here(filled)) == before


@pytest.mark.parametrize("name", ["data/a.bin", "data/list.csv", "data/new.bin", "data/sub/new.txt"])
def test_modified_and_new_files_are_hashed(filled, name):
    before = ids(at(filled))
    filled.write(name, b"changed")
    found = here(filled)
    assert found.data["processed"].dirty
    assert found.data["processed"].shown.endswith("+dirty")
    assert not found.models["image"].dirty
    assert {path: oid for path, oid, _ in files(filled)}[name] == sha(b"changed")
    assert ids(at(filled)) == before
    filled.git("add", ".")
    assert ids(here(filled)) == ids(found)
    filled.git("commit", "-q", "-m", "change")
    assert ids(at(filled)) == ids(found)
    assert not here(filled).data["processed"].dirty
    assert ids(at(filled, "HEAD~1")) == before


def test_a_file_that_changes_twice_within_its_size_and_second(filled):
    path = filled.write("data/a.bin", b"1" * 3000)
    first = here(filled).data["processed"].id
    path.write_bytes(b"2" * 3000)
    assert here(filled).data["processed"].id != first
    os.utime(path, ns=(0, 0))
    assert files(filled)[0].oid == sha(b"2" * 3000)


def test_what_was_hashed_is_remembered_by_its_stat_data(filled, monkeypatch):
    path = filled.write("data/a.bin", b"1" * 3000)
    os.utime(path, ns=(0, 0))
    monkeypatch.setattr(worktree, "RACY", -1.0)
    first = files(filled)
    monkeypatch.setattr(worktree.caches, "digest", None)
    assert files(filled) == first


def test_a_touched_file_is_the_same(filled):
    before = ids(at(filled))
    os.utime(filled.path / "data/a.bin", ns=(0, 0))
    found = here(filled)
    assert ids(found) == before
    assert not found.data["processed"].dirty


def test_removed_renamed_and_ignored_files(filled):
    before = ids(here(filled))
    filled.write(".gitignore", "*.tmp\n")
    filled.write("data/x.tmp", b"x")
    assert ids(here(filled)) == before
    (filled.path / "data/a.bin").rename(filled.path / "data/z.bin")
    renamed = here(filled)
    assert [file.path for file in files(filled)] == ["data/deep/er/b.bin", "data/list.csv", "data/none", "data/z.bin"]
    assert renamed.data["processed"].dirty
    (filled.path / "data/z.bin").unlink()
    assert ids(here(filled)) not in (before, ids(renamed))
    shutil.rmtree(filled.path / "data/deep")
    filled.write("data/deep", b"a file now")
    assert [file.path for file in files(filled)] == ["data/deep", "data/list.csv", "data/none"]
    (filled.path / "data/list.csv").unlink()
    filled.write("data/list.csv/inside", b"a folder now")
    assert [file.path for file in files(filled)] == ["data/deep", "data/list.csv/inside", "data/none"]


def test_config_seed_and_version(filled):
    before = here(filled)
    for text in (CONFIG.replace("224", "225"), CONFIG.replace("7", "8")):
        filled.write("config/data.yaml", text)
        found = here(filled)
        assert found.data["processed"].dirty
        assert ids(found) != ids(before)
        assert not found.models["image"].dirty
    filled.write("config/data.yaml", f"# a comment\n{CONFIG}other: 1\n")
    assert ids(here(filled)) == ids(before)
    assert not here(filled).data["processed"].dirty
    filled.write(".gitblob.yaml", DECLARED.replace("v2.1", "v2.2"))
    found = here(filled)
    assert ids(found) == ids(before)
    assert found.models["image"].shown == "image@v2.2+dirty"


def test_names_that_are_no_utf_8_and_other_odd_ones(filled):
    odd = ["data/odd\udce9.bin", "data/new\nline", 'data/"q"', "data/-dash", "data/:colon", "data/st*r", "data/ü.bin"]
    for name in odd:
        filled.write(name, b"odd")
    dirty = here(filled).data["processed"]
    assert {file.path for file in files(filled)} >= set(odd)
    filled.commit("odd names")
    assert at(filled).data["processed"].id == here(filled).data["processed"].id == dirty.id
    in_order = sorted(files(filled, "HEAD"), key=lambda file: os.fsencode(file.path))
    assert files(filled, "HEAD") == in_order == files(filled)


def test_paths_are_taken_literally(filled):
    filled.write("x*/a", b"1")
    filled.write("xy/b", b"2")
    filled.write(":(top)x/c", b"3")
    filled.write(".gitblob.yaml", "data:\n  s: {paths: ['x*/', ':(top)x']}\n")
    assert [file.path for file in files(filled, paths=["x*", ":(top)x"])] == [":(top)x/c", "x*/a"]
    dirty = ids(here(filled))
    filled.commit("odd")
    assert ids(at(filled)) == dirty


def test_links_and_submodules(filled, installed):
    part = installed.repo("part")
    part.write("f", b"f")
    inside = part.commit("part")
    filled.git("submodule", "--quiet", "add", str(part.path), "data/part")
    (filled.path / "data/link").symlink_to("a.bin")
    found = {file.path: file for file in files(filled)}
    assert found["data/link"] == ("data/link", f"link:{sha(b'a.bin')}", 5)
    assert found["data/part"] == ("data/part", f"commit:{inside}", 0)
    dirty = ids(here(filled))
    filled.commit("links")
    assert ids(at(filled)) == ids(here(filled)) == dirty
    part = filled.path / "data/part"
    (part / "g").write_bytes(b"g")
    filled.sandbox.run("git", "add", "g", cwd=part)
    assert {file.path: file for file in files(filled)}["data/part"].oid == f"commit:{inside}"
    filled.sandbox.run("git", "commit", "-q", "-m", "g", cwd=part)
    assert {file.path: file for file in files(filled)}["data/part"].oid != f"commit:{inside}"
    assert here(filled).data["processed"].dirty


def test_a_repository_that_lies_there(filled, installed):
    installed.run("git", "init", "-q", filled.path / "data/nested")
    with pytest.raises(MlError, match="data/nested is a repository without a commit"):
        files(filled)


def test_through_a_link_nothing_is_read(filled, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/data.yaml").write_text(CONFIG)
    shutil.rmtree(filled.path / "config")
    (filled.path / "config").symlink_to(tmp_path / "outside")
    with pytest.raises(MlError, match=r"config/data.yaml lies behind the link config"):
        here(filled)
    filled.commit("link")
    with pytest.raises(MlError, match=r"config/data.yaml lies behind the link config"):
        at(filled)
    (filled.path / "config").unlink()
    (filled.path / "config").mkdir()
    (filled.path / "config/data.yaml").symlink_to(tmp_path / "outside/data.yaml")
    with pytest.raises(MlError, match="is no regular file"):
        here(filled)
    filled.commit("link")
    with pytest.raises(MlError, match="is no regular file"):
        at(filled)
    (filled.path / "data").rename(filled.path / "elsewhere")
    (filled.path / "data").symlink_to("elsewhere")
    with pytest.raises(MlError, match="lies behind the link data"):
        files(filled, paths=["data/a.bin"])


def test_a_conflict(filled):
    filled.git("checkout", "-q", "-b", "side")
    filled.write("data/a.bin", b"side")
    filled.commit("side")
    filled.git("checkout", "-q", "main")
    filled.write("data/a.bin", b"main")
    filled.commit("main")
    filled.git("merge", "-q", "side", ok=None)
    with pytest.raises(MlError, match=r"data/a\.bin is in conflict"):
        here(filled)
    assert at(filled).data["processed"].files == 4


@pytest.mark.parametrize("index", [False, True], ids=["full index", "sparse index"])
def test_a_sparse_checkout(filled, index):
    if index and tuple(map(int, filled.git("version").split()[2].split(".")[:2])) < (2, 32):
        pytest.skip("this git has no sparse index")
    before = ids(at(filled))
    filled.git("sparse-checkout", "init", "--cone", *(["--sparse-index"] if index else []))
    filled.git("sparse-checkout", "set", "models")
    assert not (filled.path / "data").exists()
    assert not (filled.path / "config").exists()
    found = here(filled)
    assert ids(found) == before
    assert not found.data["processed"].dirty


def test_a_sha256_repository(installed, filled):
    before = ids(at(filled))
    other = installed.repo("sha256", "--object-format=sha256")
    other.gitblob("track", "*.bin")
    fill(other)
    assert ids(at(other)) == ids(here(other)) == before


def test_a_bare_repository(filled, installed):
    before = ids(at(filled))
    bare = installed.bare()
    filled.git("push", "-q", str(bare), "main")
    place = workspace.open(str(bare))
    assert ids(versions.at(place, tree.at(place, "main"))) == before
    with pytest.raises(NotARepository):
        versions.here(place)


def test_no_commit_yet(installed):
    repo = installed.repo()
    assert ids(here(repo)) == ({}, {})
    repo.write(".gitblob.yaml", DECLARED)
    repo.write("config/data.yaml", CONFIG)
    with pytest.raises(MlError, match=r"\.gitblob\.yaml:2: processed names data, and work tree has no such file"):
        here(repo)
    repo.write("data/a.bin", b"A")
    repo.write("models/image/w.bin", b"W")
    found = here(repo)
    assert found.data["processed"].dirty
    repo.git("add", ".")
    assert ids(here(repo)) == ids(found)
    with pytest.raises(UsageError):
        at(repo)


def test_a_shallow_clone(filled, installed):
    before = ids(at(filled))
    clone = installed.clone(f"file://{filled.path}", "shallow", "--depth=1")
    assert ids(at(clone)) == ids(here(clone)) == before


@pytest.mark.parametrize("kind", ["blob:none", "tree:0", "blob:limit=2k"])
def test_a_partial_clone_brings_what_it_needs(filled, installed, kind):
    before = ids(at(filled))
    filled.git("config", "uploadpack.allowFilter", "true")
    filled.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = installed.clone(f"file://{filled.path}", "partial", f"--filter={kind}", "--no-checkout")
    assert ids(at(clone)) == before


def test_a_partial_clone_without_its_remote(filled, installed):
    filled.git("config", "uploadpack.allowFilter", "true")
    clone = installed.clone(f"file://{filled.path}", "partial", "--filter=blob:none", "--no-checkout")
    filled.remove_worktree()
    with pytest.raises(MlError, match="this clone lacks"):
        files(clone, "HEAD")
    with pytest.raises(MlError, match=r"this clone lacks [0-9a-f]{12}:\.gitblob\.yaml"):
        at(clone)


def test_a_linked_work_tree(filled, installed):
    filled.git("worktree", "add", "-q", "../linked", "-b", "linked")
    before = ids(at(filled))
    place = installed.root / "linked"
    (place / "data/a.bin").write_bytes(b"other")
    found = versions.here(workspace.open(str(place)))
    assert found.data["processed"].dirty
    assert ids(here(filled)) == before


def test_pointers_in_the_git_lfs_dialect(filled, installed):
    before = ids(at(filled))
    other = installed.repo("lfs")
    other.write(".gitattributes", "*.bin filter=gitblob\n")
    for path, oid, size in EXPECTED[:2]:
        other.write(path, f"version https://git-lfs.github.com/spec/v1\noid {oid}\nsize {size}\n")
    for name in ("data/list.csv", "data/none", "config/data.yaml", ".gitblob.yaml", "models/image/w.bin"):
        other.write(name, filled.read(name))
    other.commit("lfs")
    assert other.stored("data/a.bin").startswith(b"version https://git-lfs")
    assert ids(at(other)) == ids(here(other)) == before


def test_a_malformed_pointer(filled):
    filled.write("data/bad.txt", "# gitblob v1: run `gitblob pull` to get this file\noid: sha256:1\nsize: 1\n")
    with pytest.raises(MlError, match=r"data/bad.txt: malformed pointer"):
        here(filled)
    filled.commit("bad")
    with pytest.raises(MlError, match=r"[0-9a-f]{12}:data/bad.txt: malformed pointer"):
        at(filled)


def test_config_that_is_a_blob_comes_from_the_store(filled, installed, remote):
    filled.gitblob("track", "--convert", "config/*.yaml")
    filled.commit("settings as blobs")
    filled.git("push", "-q")
    assert filled.stored("config/data.yaml").startswith(b"# gitblob")
    clone = installed.clone(remote, "clone", "--no-checkout")
    assert ids(at(clone)) == ids(at(filled))


def test_missing_files_and_keys_name_the_line(filled):
    filled.write(".gitblob.yaml", DECLARED.replace("pipeline", "pipelin"))
    with pytest.raises(MlError, match=r"^\.gitblob\.yaml:2: config/data\.yaml: there is no key 'pipelin'") as caught:
        here(filled)
    assert caught.value.hint == "did you mean 'pipeline'?"
    filled.write(".gitblob.yaml", DECLARED.replace("config/data.yaml:p", "config/date.yaml:p"))
    with pytest.raises(MlError, match=r"^\.gitblob\.yaml:2 names config/date\.yaml, and work tree has no such file"):
        here(filled)
    filled.write(".gitblob.yaml", DECLARED.replace("image/]", "image, models/text]"))
    with pytest.raises(MlError, match=r"^\.gitblob\.yaml:4: image names models/text, and work tree has no such file"):
        here(filled)
    commit = filled.commit("wrong")
    with pytest.raises(MlError, match=rf"^{commit[:12]}:\.gitblob\.yaml:4: image names models/text, and {commit[:12]}"):
        at(filled)


def test_a_path_where_nothing_lies_is_missed_though_the_others_are_remembered(filled):
    assert ids(at(filled)) == ids(here(filled))
    filled.write(".gitblob.yaml", DECLARED.replace("image/]", "image, models/text]"))
    with pytest.raises(MlError, match="image names models/text"):
        here(filled)
    filled.commit("wrong")
    for look in (at, here):
        with pytest.raises(MlError, match="image names models/text"):
            look(filled)


def test_the_work_tree_is_not_written_to(filled):
    filled.write("data/a.bin", b"changed")
    index = (filled.path / ".git/index").read_bytes()
    time.sleep(0.01)
    here(filled)
    assert (filled.path / ".git/index").read_bytes() == index
