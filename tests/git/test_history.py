"""Pointers in trees, the index and ranges; versions of one path."""

import os
import subprocess

import pytest

from gitblob.errors import UsageError
from gitblob.git import bulk, history, versions
from gitblob.ops import conversion

ZOO = [b"a b.bin", b"new\nline.bin", b"latin-\xe9.bin", "ü.bin".encode(), b"-dash.bin", b'"q".bin', b"sub/deep/x.bin"]
BAD = b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:../../etc/passwd\nsize: 1\n"


def text(number: int) -> bytes:
    return f"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:{number:064x}\nsize: {number}\n".encode()


def put(repo, path: bytes, data: bytes):
    full = os.path.join(os.fsencode(repo.path), path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(data)


@pytest.fixture(params=["sha1", "sha256"])
def plain(sandbox, request):
    """A repository without the filter: pointers are written as they are."""
    return sandbox.repo("repo", f"--object-format={request.param}")


def sizes(found):
    return sorted(pointed.pointer.size for pointed in found)


def test_all_names(plain):
    for number, path in enumerate(ZOO):
        put(plain, path, text(number))
    put(plain, b"raw.bin", b"x" * 5000)
    put(plain, b"small", b"x")
    put(plain, b"empty", b"")
    put(plain, b"link-target", text(99))
    os.symlink("link-target", plain.path / "link")
    plain.commit()
    top = str(plain.path)
    for found in (history.pointers_at("HEAD", top), history.pointers_in_index(top)):
        assert {p.path: p.pointer.size for p in found} == {**dict(zip(ZOO, range(9), strict=False)), b"link-target": 99}
    assert sizes(history.pointers_at("HEAD", top, [b"sub/", b"-dash.bin"])) == [4, 6]
    assert sizes(history.pointers_in_index(top, [b"sub", b"-dash.bin", b"*"])) == [4, 6]
    found = list(history.pointers_in_range(["HEAD"], cwd=top))
    assert sizes(found) == [0, 1, 2, 3, 4, 5, 6, 99]
    names = history.paths_of([f.name for f in found], ["HEAD"], cwd=top)
    assert set(names.values()) == {*ZOO, b"link-target"}
    for revs in (["--all"], ["HEAD", plain.git("rev-parse", "HEAD:sub").strip()]):
        assert history.paths_of([f.name for f in found], revs, cwd=top) == names


def test_ranges(plain):
    top = str(plain.path)
    first = None
    for number in range(4):
        put(plain, b"x.bin", text(number))
        put(plain, b"y%d.bin" % number, text(10 + number))
        first = first or plain.commit()
        plain.git("add", ".")
        plain.git("commit", "-q", "--allow-empty", "-m", "next")
    plain.git("tag", "-a", "-m", "t", "v1")
    plain.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
    assert sizes(history.pointers_in_range(["HEAD"], cwd=top)) == [0, 1, 2, 3, 10, 11, 12, 13]
    assert sizes(history.pointers_in_range(["v1"], [first], top)) == [1, 2, 3, 11, 12, 13]
    assert sizes(history.pointers_in_range(["HEAD"], ["--remotes=origin"], top)) == [3, 13]
    assert sizes(history.pointers_in_range(["--all"], ["HEAD~1"], top)) == [3, 13]
    assert list(history.pointers_in_range(["HEAD"], ["HEAD"], top)) == []
    assert list(history.pointers_in_range([], [], top)) == []
    put(plain, b"z.bin", text(50))
    plain.git("add", ".")
    assert sizes(history.pointers_in_range(["HEAD", "--indexed-objects"], ["--remotes"], top)) == [3, 13, 50]


def test_an_old_git_does_not_know_the_filter(plain, monkeypatch):
    put(plain, b"x.bin", text(1))
    put(plain, b"raw", b"x" * 2000)
    plain.commit()
    monkeypatch.setattr(history, "ONLY_SMALL_BLOBS", ("--no-object-names", "--filter=combine:unheard-of"))
    monkeypatch.setattr(history.command, "version", lambda: (2, 30, 0))
    assert sizes(history.pointers_in_range(["HEAD"], cwd=str(plain.path))) == [1]


def test_malformed_pointers_are_reported(plain):
    put(plain, b"bad.bin", BAD)
    put(plain, b"good.bin", text(1))
    plain.commit()
    top, found = str(plain.path), []
    assert sizes(history.pointers_at("HEAD", top, malformed=found.append)) == [1]
    assert sizes(history.pointers_in_index(top, malformed=found.append)) == [1]
    assert sizes(history.pointers_in_range(["HEAD"], cwd=top, malformed=found.append)) == [1]
    assert [m.path for m in found] == [b"bad.bin", b"bad.bin", b""]
    assert all("oid" in m.reason for m in found)


def test_a_conflict_has_every_stage(plain):
    put(plain, b"x.bin", text(0))
    plain.commit()
    plain.git("checkout", "-q", "-b", "other")
    put(plain, b"x.bin", text(1))
    plain.commit()
    plain.git("checkout", "-q", "main")
    put(plain, b"x.bin", text(2))
    plain.commit()
    plain.git("merge", "other", ok=1)
    assert sizes(history.pointers_in_index(str(plain.path))) == [0, 1, 2]


def test_unknown_revisions(plain):
    for rev in ("nowhere", "--all", "-x", "HEAD"):
        with pytest.raises(UsageError):
            history.pointers_at(rev, str(plain.path))


def test_a_partial_clone_does_not_fetch(sandbox):
    origin = sandbox.repo("origin")
    for number in range(3):
        put(origin, b"x.bin", text(number))
        origin.commit()
    origin.git("config", "uploadpack.allowFilter", "true")
    clone = sandbox.clone(f"file://{origin.path}", "clone", "--filter=blob:none")
    origin.remove_worktree()
    put(clone, b"y.bin", text(9))
    clone.commit()
    assert sizes(history.pointers_in_range(["HEAD"], cwd=str(clone.path))) == [2, 9]
    assert sizes(history.pointers_at("HEAD", str(clone.path))) == [2, 9]


def test_a_sparse_partial_clone_lacks_blobs(sandbox):
    origin = sandbox.repo("origin")
    put(origin, b"top.bin", text(1))
    put(origin, b"sub/x.bin", text(2))
    origin.write(".gitattributes", "*.bin filter=gitblob")
    origin.commit()
    origin.git("config", "uploadpack.allowFilter", "true")
    (sandbox.home / "template/info").mkdir()  # git 2.30 takes for granted that the template has it
    clone = sandbox.clone(f"file://{origin.path}", "clone", "--filter=blob:none", "--sparse")
    origin.remove_worktree()
    top = str(clone.path)
    assert sizes(history.pointers_at("HEAD", top)) == [1]
    assert sizes(history.pointers_in_index(top)) == [1]
    assert sizes(history.pointers_in_range(["HEAD"], cwd=top)) == [1]
    (version,) = versions.log_of(b"sub/x.bin", "HEAD", top)
    assert (version.size, version.removed) == (None, False)
    assert conversion.raw(top, {b"top.bin", b"sub/x.bin"}) == set()


@pytest.mark.parametrize("path", ZOO, ids=ascii)
def test_versions(plain, path):
    top = str(plain.path)
    put(plain, path, b"raw" * 1000)
    put(plain, b"other", b"1")
    plain.commit("raw one")
    put(plain, path, text(1))
    plain.commit("two: ünï\n\nbody")
    put(plain, b"other", b"2")
    plain.commit("not this path")
    plain.git("rm", "-q", "--", os.fsdecode(path))
    plain.git("commit", "-q", "-m", "gone")
    put(plain, path, text(3))
    plain.commit("back")
    found = versions.log_of(path, "HEAD", top)
    assert [v.subject for v in found] == ["back", "gone", "two: ünï", "raw one"]
    assert [v.size for v in found] == [3, None, 1, 3000]
    assert [v.pointer is not None for v in found] == [True, False, True, False]
    assert found[0].author == "A U Thor"
    assert found[0].commit == plain.git("rev-parse", "HEAD").strip()
    assert versions.log_of(b"absent", "HEAD", top) == []
    assert [v.size for v in versions.log_of(path, "HEAD~1", top)] == [None, 1, 3000]


def test_versions_of_a_merge(plain):
    top = str(plain.path)
    put(plain, b"x.bin", text(1))
    plain.commit("base")
    plain.git("checkout", "-q", "-b", "other")
    put(plain, b"x.bin", text(2))
    plain.commit("theirs")
    plain.git("checkout", "-q", "main")
    put(plain, b"x.bin", text(3))
    plain.commit("ours")
    plain.git("merge", "other", ok=1)
    put(plain, b"x.bin", text(4))
    plain.commit("merged")
    found = {v.subject: v.size for v in versions.log_of(b"x.bin", "HEAD", top)}
    assert found == {"merged": 4, "ours": 3, "theirs": 2, "base": 1}


def test_a_folder_has_no_versions(plain):
    put(plain, b"sub/x.bin", text(1))
    plain.commit()
    assert versions.log_of(b"sub", "HEAD", str(plain.path)) == []


def test_the_readers_do_not_run_what_the_repository_says(plain):
    put(plain, b"x.bin", text(1))
    plain.commit()
    subprocess.run(["git", "config", "log.follow", "true"], cwd=plain.path, check=True)
    subprocess.run(["git", "config", "log.showSignature", "true"], cwd=plain.path, check=True)
    assert len(versions.log_of(b"x.bin", "HEAD", str(plain.path))) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_libgit2_and_git_say_the_same(sandbox, monkeypatch, packed):
    repo = sandbox.repo()
    for number, path in enumerate(ZOO):
        put(repo, path, text(number))
    put(repo, b"raw", os.urandom(4000))
    put(repo, b"empty", b"")
    put(repo, b"bad", BAD)
    commit = repo.commit()
    if packed:
        repo.git("gc", "-q")
    top = str(repo.path)
    names = [line.split()[1].encode() for line in repo.git("ls-files", "-s").splitlines()]
    names += [commit.encode(), b"0" * 40, b"1234" * 10]
    answers = []
    assert bulk.in_process(top)
    for few, many in ((1000, 1000), (1, 1000), (1000, 1)):
        monkeypatch.setattr(bulk, "FEW", few)
        monkeypatch.setattr(bulk, "MANY", many)
        read = [dict(bulk.contents(names, top)), list(history.pointers_at("HEAD", top))]
        answers.append(
            [*read, list(history.pointers_in_range(["HEAD"], cwd=top)), versions.log_of(ZOO[1], "HEAD", top)]
        )
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0][b"1234" * 10] is None


@pytest.mark.parametrize("kind", ["partial", "GIT_DIR"])
def test_git_is_asked_where_libgit2_cannot_look(sandbox, monkeypatch, kind):
    repo = sandbox.repo()
    put(repo, b"x.bin", text(1))
    repo.commit()
    if kind == "partial":
        repo.git("config", "core.repositoryFormatVersion", "1")
        repo.git("config", "extensions.partialClone", "origin")
    else:
        monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
    assert bulk.in_process(str(repo.path)) is None
    assert sizes(history.pointers_at("HEAD", str(repo.path))) == [1]


@pytest.mark.parametrize("limits", [(1, 1), (10**6, 10**6), (1, 10**6), (10**6, 1)], ids=str)
def test_many_pointers_loose_and_packed(sandbox, limits):
    """Two commits of 1,500 files, each in a pack or in loose objects: all are found, in whatever they lie."""
    repo = sandbox.repo()
    for number, limit in enumerate(limits):
        stream = b"commit refs/heads/main\ncommitter A <a@b.invalid> 170000000%d +0000\ndata 1\nx\n" % number
        stream += b"from refs/heads/main^0\n" if number else b""
        for n in range(1500):
            data = text(number * 1500 + n)
            stream += b"M 644 inline %d/%04d.bin\ndata %d\n%s\n" % (number, n, len(data), data)
        subprocess.run(
            ["git", "-c", f"fastimport.unpackLimit={limit}", "fast-import", "--quiet"],
            input=stream, cwd=repo.path, env=sandbox.env, check=True,
        )  # fmt: skip
    found = list(history.pointers_to_push(history.Range(["main"], []), cwd=str(repo.path)))
    assert sizes(found) == list(range(3000))
