"""gitblob.open, read and list: the work tree and any version, with and without content here."""

import hashlib
import io
import os
import shutil
import stat
import threading
from pathlib import Path

import pytest
from support.sandbox import Repo, Sandbox

import gitblob
from gitblob import workspace
from gitblob.errors import BlobMissing, GitblobError, PointerError, UsageError
from gitblob.ops.listing import listing

OLD, NEW = os.urandom(70_000), os.urandom(9_000)
TEXT = "größe,preis\r\n1,2\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two versions of a file under a rule, raw ones, a folder, links; the work tree has a third version."""
    sandbox = Sandbox(tmp_path_factory.mktemp("made"))
    sandbox.run("gitblob", "install")
    repo = sandbox.repo()
    repo.gitblob("track", "*.bin")
    repo.write("data/x.bin", OLD)
    repo.write("data/raw.txt", TEXT)
    repo.write("data/deep/a b/ü.bin", b"deep" * 500)
    (repo.path / "latest").symlink_to("data/x.bin")
    (repo.path / "outside").symlink_to("/etc/passwd")
    (repo.path / "folder").symlink_to("data/deep")
    repo.commit()
    repo.git("tag", "-a", "-m", "one", "v1")
    repo.write("data/x.bin", NEW)
    repo.write("new\nline.bin", b"newline" * 200)
    repo.commit()
    repo.write("data/x.bin", b"not committed")
    return repo


@pytest.fixture(scope="module")
def published(made):
    """A bare remote that has all, with the blobs beside it."""
    remote = made.sandbox.bare()
    made.git("push", "-q", "--tags", str(remote), "main")
    return remote


@pytest.fixture
def history(made, installed):
    """A copy of it."""
    shutil.copytree(made.path, installed.root / "repo", symlinks=True)
    return Repo(installed, installed.root / "repo")


def test_every_version_from_any_folder(history, monkeypatch, tmp_path):
    top = history.path
    monkeypatch.chdir(tmp_path)
    assert gitblob.read("data/x.bin", top) == b"not committed"
    assert gitblob.read("data/x.bin", top, rev="HEAD") == NEW
    assert gitblob.read("data/x.bin", top, rev="v1") == OLD
    assert gitblob.read("new\nline.bin", top, rev="HEAD") == b"newline" * 200
    monkeypatch.chdir(top / "data" / "deep")
    assert gitblob.read("data/x.bin", rev="v1") == OLD
    assert gitblob.read("../x.bin", rev="v1") == OLD
    assert gitblob.read("./a b/ü.bin", rev="v1") == b"deep" * 500
    assert gitblob.read(top / "data" / "x.bin", rev="v1") == OLD
    assert os.getcwd() == str(top / "data" / "deep")


def test_by_date(history):
    first = history.git("log", "-1", "--format=%cI", "HEAD~1").strip()
    assert gitblob.read("data/x.bin", history.path, at="now") == NEW
    with pytest.raises(UsageError, match="before the first commit"):
        gitblob.read("data/x.bin", history.path, at="1999-01-01")
    assert gitblob.read("data/x.bin", history.path, rev="v1", at=first) == OLD


def test_files_are_real_files(history):
    with gitblob.open("data/x.bin", repo=history.path, rev="v1") as file:
        assert file.seek(-5, io.SEEK_END) == len(OLD) - 5
        assert file.read() == OLD[-5:]
        assert file.fileno() > 0
    with gitblob.open("data/raw.txt", "r", history.path, "v1", newline="") as file:
        assert file.read() == TEXT
    with gitblob.open("data/raw.txt", "r", history.path) as file:
        assert list(file) == ["größe,preis\n", "1,2\n"]
    with pytest.raises(UnicodeDecodeError), gitblob.open("data/raw.txt", "r", history.path, encoding="ascii") as file:
        file.read()
    for mode in ("w", "r+b", "ab", "x", ""):
        with pytest.raises(UsageError, match="only read"):
            gitblob.open("data/x.bin", mode, history.path)


def test_large_raw_files_do_not_stay_in_memory(history):
    data = os.urandom(5 << 20)
    history.write("large.raw", data)
    history.commit()
    with gitblob.open("large.raw", repo=history.path, rev="HEAD") as file:
        assert file.fileno() > 0
        assert file.read() == data


def test_links_lead_within_a_commit_and_no_further(history):
    assert gitblob.read("latest", history.path, rev="v1") == OLD
    assert gitblob.read("folder/a b/ü.bin", history.path, rev="v1") == b"deep" * 500
    assert gitblob.read("latest", history.path) == b"not committed"
    with pytest.raises(UsageError, match="link"):
        gitblob.read("outside", history.path, rev="v1")
    with pytest.raises(UsageError, match="leads out of the work tree, to /etc/passwd"):
        gitblob.read("outside", history.path)


@pytest.mark.parametrize("rev", [None, "v1"])
def test_names_that_lead_nowhere(history, rev):
    with pytest.raises(FileNotFoundError, match="no data/absent"):
        gitblob.open("data/absent", repo=history.path, rev=rev)
    with pytest.raises(GitblobError, match="is a folder"):
        gitblob.open("data", repo=history.path, rev=rev)
    for path in ("../x", "data/../../x", "/etc/passwd", "./../x"):
        with pytest.raises(UsageError, match="outside"):
            gitblob.open(path, repo=history.path, rev=rev)
    with pytest.raises(UsageError, match="NUL"):
        gitblob.open("a\0b", repo=history.path, rev=rev)
    for wrong in ("nowhere", "--all", "", "^v1", "v1:data/x.bin", "HEAD\nv1"):
        with pytest.raises(UsageError, match="names no commit"):
            gitblob.open("data/x.bin", repo=history.path, rev=wrong)


def test_no_repository(tmp_path):
    with pytest.raises(gitblob.GitblobError, match="not inside a git repository"):
        gitblob.read("x", tmp_path)
    (tmp_path / "file").touch()
    for place in ("file", "absent"):
        with pytest.raises(gitblob.GitblobError, match=f"{place} is no folder"):
            gitblob.read("x", tmp_path / place)


def test_a_list_names_what_is_there(history):
    def shown(*args, **options):
        return {entry.path: entry for entry in gitblob.list(*args, repo=history.path, **options)}

    top = shown(rev="v1")
    assert {path: entry.kind for path, entry in top.items() if not path.startswith(".")} == {
        "data": "folder", "folder": "link", "latest": "link", "outside": "link",
    }  # fmt: skip
    data = shown("data", rev="v1")
    assert list(data) == ["data/deep", "data/raw.txt", "data/x.bin"]
    assert data["data/x.bin"].size == len(OLD)
    assert data["data/x.bin"].oid.startswith("sha256:")
    assert data["data/x.bin"].pointer
    assert data["data/x.bin"].cached
    assert data["data/raw.txt"][2:] == (len(TEXT.encode()), None, True)
    assert list(shown("data", rev="v1", recursive=True)) == ["data/deep/a b/ü.bin", "data/raw.txt", "data/x.bin"]
    assert list(shown("data/x.bin", rev="v1")) == ["data/x.bin"]
    assert shown("data")["data/x.bin"][1:] == ("file", 13, None, True)
    assert {".gitattributes", "data", "new\nline.bin"} < set(shown())
    assert "data/deep/a b/ü.bin" in shown(recursive=True)
    assert not [path for path in shown(recursive=True) if path.startswith(".git/")]
    for rev in ("v1", None):
        with pytest.raises(gitblob.NoSuchFile):
            shown("absent", rev=rev)


@pytest.fixture
def origin(published, installed):
    """A copy of the remote."""
    return Path(shutil.copytree(published, installed.root / "origin.git"))


def clone_without_content(sandbox, source, *options, name="clone"):
    """A clone in which git has run no filter."""
    sandbox.run(
        "git",
        "-c",
        "filter.gitblob.process=",
        "-c",
        "filter.gitblob.required=false",
        "clone",
        "-q",
        *options,
        source,
        name,
    )
    return sandbox.root / name


def test_a_clone_without_content_fetches_what_is_read(origin, installed):
    clone = clone_without_content(installed, origin)
    assert (clone / "data/x.bin").read_bytes().startswith(b"# gitblob v1")
    entry = gitblob.list("data/x.bin", clone)[0]
    assert (entry.size, entry.cached) == (len(NEW), False)
    assert not list(clone.glob(".git/gitblob/??"))
    assert gitblob.read("data/x.bin", clone) == NEW
    assert gitblob.list("data/x.bin", clone)[0].cached
    assert gitblob.list("data/x.bin", clone, rev="v1")[0].cached is False
    assert gitblob.read("data/x.bin", clone, rev="v1") == OLD
    assert len(list(clone.glob(".git/gitblob/??/*"))) == 2
    assert (clone / "data/x.bin").read_bytes().startswith(b"# gitblob v1"), "nothing is checked out"


@pytest.mark.parametrize(
    "options", [("--bare",), ("--no-checkout",), ("--bare", "--filter=blob:none"), ("--bare", "--filter=tree:0")]
)
def test_kinds_of_clones(origin, installed, options):
    installed.run("git", "-C", origin, "config", "uploadpack.allowFilter", "true")
    clone = clone_without_content(installed, f"file://{origin}", *options)
    assert gitblob.read("data/x.bin", clone, rev="v1") == OLD
    assert gitblob.read("data/raw.txt", clone, rev="v1") == TEXT.encode()
    assert gitblob.read("folder/a b/ü.bin", clone, rev="v1") == b"deep" * 500
    assert {e.path: e.size for e in gitblob.list("data", clone, rev="v1")}["data/x.bin"] == len(OLD)
    assert len(gitblob.list("", clone, rev="v1", recursive=True)) == 7
    if "--bare" in options:
        assert gitblob.read("data/x.bin", clone) == NEW, "a bare repository has no work tree: HEAD"


def test_a_partial_clone_is_asked_once_for_a_folder(origin, installed):
    installed.run("git", "-C", origin, "config", "uploadpack.allowFilter", "true")
    clone = clone_without_content(installed, f"file://{origin}", "--bare", "--filter=blob:none")
    gitblob.list("data", clone, rev="v1", recursive=True)
    packs = list(clone.glob("objects/pack/*.pack"))
    assert len(packs) == 2, "the clone's and one with all pointers"


def test_a_linked_worktree(history, installed):
    history.git("worktree", "add", "-q", "../linked", "v1")
    linked = installed.root / "linked"
    assert gitblob.read("data/x.bin", linked) == OLD
    assert gitblob.read("data/x.bin", linked, rev="main") == NEW
    assert gitblob.list("data", linked)[-1].path == "data/x.bin"


def test_content_that_is_nowhere(origin, installed):
    clone = clone_without_content(installed, origin)
    shutil.rmtree(origin / "gitblob")
    for rev in (None, "v1"):
        with pytest.raises(BlobMissing, match=r"data/x.bin: sha256:\w+ is in no store") as caught:
            gitblob.read("data/x.bin", clone, rev=rev)
        assert caught.value.hint == "`gitblob push` in a clone that has it"


def test_damaged_content_is_never_given(origin, installed):
    clone = clone_without_content(installed, origin)
    stored = next(path for path in origin.glob("gitblob/??/*") if path.stat().st_size == len(OLD))
    stored.chmod(0o644)
    stored.write_bytes(bytes(len(OLD)))
    with pytest.raises(GitblobError, match="damaged where they were found"):
        gitblob.read("data/x.bin", clone, rev="v1")


def test_the_blob_of_an_extension_is_not_the_content(history):
    digest = hashlib.sha256(b"encrypted").hexdigest()
    spec = "version https://git-lfs.github.com/spec/v1\n"
    history.write("x.raw", f"{spec}ext-0-crypt sha256:{'0' * 64}\noid sha256:{digest}\nsize 9\n")
    history.write(f".git/gitblob/{digest[:2]}/{digest[2:]}", b"encrypted")
    history.commit()
    for rev in (None, "HEAD"):
        with pytest.raises(PointerError, match="made with a Git LFS extension"):
            gitblob.read("x.raw", history.path, rev=rev)


def test_what_is_neither_file_nor_folder_is_never_opened(history):
    os.mknod(history.path / "pipe", stat.S_IFSOCK)  # a pipe would be waited for, this one be an error
    names = [entry.path for entry in gitblob.list(repo=history.path)]
    assert "latest" in names
    assert "pipe" not in names
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        gitblob.read("pipe", history.path)


@pytest.mark.parametrize("name", [":d", ":(glob)d", ":!d", "*", "[d]", "?#%20 d"])
def test_folders_whose_names_mean_something_to_git(history, name):
    history.write(f"{name}/in/x.bin", OLD)
    history.git("--literal-pathspecs", "add", "--", name)
    history.git("commit", "-q", "-m", "odd")
    path = f"{name}/in/x.bin"
    assert gitblob.read(path, history.path, rev="HEAD") == OLD
    assert [entry.path for entry in gitblob.list(name, history.path, rev="HEAD")] == [f"{name}/in"]
    assert [entry.path for entry in gitblob.list(name, history.path, rev="HEAD", recursive=True)] == [path]
    assert [
        entry.path for entry in listing(workspace.open(str(history.path)), "HEAD", [name], str(history.path)).entries
    ] == [path]


def test_malformed_pointers(history):
    wrong = b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:../../x\nsize: 1\n"
    history.write("bad", wrong)
    history.commit()
    for rev in (None, "HEAD"):
        with pytest.raises(PointerError, match="bad: malformed pointer"):
            gitblob.read("bad", history.path, rev=rev)


def test_a_store_that_is_added_counts_at_once(origin, installed):
    clone = clone_without_content(installed, origin)
    moved = installed.root / "moved"
    shutil.copytree(origin / "gitblob", moved)
    shutil.rmtree(origin / "gitblob")
    with pytest.raises(BlobMissing):
        gitblob.read("data/x.bin", clone)
    installed.run("gitblob", "store", "add", "team", moved, cwd=clone)
    assert gitblob.read("data/x.bin", clone) == NEW


def test_threads(origin, installed):
    clone = clone_without_content(installed, origin)
    paths = ["data/x.bin", "data/deep/a b/ü.bin", "data/raw.txt", "new\nline.bin"] * 4
    read = []

    def work(path):
        read.append((path, gitblob.read(path, clone, rev="HEAD")))

    threads = [threading.Thread(target=work, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 16
    wanted = {
        "data/x.bin": NEW,
        "data/deep/a b/ü.bin": b"deep" * 500,
        "data/raw.txt": TEXT.encode(),
        "new\nline.bin": b"newline" * 200,
    }
    assert all(data == wanted[path] for path, data in read)


def test_a_commit_is_looked_at_again_when_a_branch_moves(history):
    assert gitblob.read("data/x.bin", history.path, rev="main") == NEW
    history.commit()
    assert gitblob.read("data/x.bin", history.path, rev="main") == b"not committed"
