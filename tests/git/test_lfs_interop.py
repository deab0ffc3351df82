"""gitblob and the real git-lfs client in one team: each clones what the other has pushed."""

import hashlib
import os
import shutil

import pytest
from support.sandbox import Sandbox
from support.servers import process
from support.servers.lfs_server import LfsServer

LARGE = 5 << 20
RULE = "*.bin filter=lfs diff=lfs merge=lfs -text\n"
FILES = {
    "small.bin": b"small\0" * 20,
    "large.bin": os.urandom(LARGE),
    "empty.bin": b"",
    "sub/with blank.bin": b"x" * 3000,
}


@pytest.fixture(autouse=True)
def _client():
    process.program("git-lfs")


@pytest.fixture
def ours(tmp_path):
    """Somebody with gitblob as the `lfs` driver and without git-lfs's configuration."""
    sandbox = Sandbox(tmp_path / "ours")
    sandbox.run("gitblob", "install", "--lfs")
    return sandbox


@pytest.fixture
def theirs(tmp_path):
    """A colleague with git-lfs and without gitblob."""
    sandbox = Sandbox(tmp_path / "theirs")
    sandbox.run("git", "lfs", "install", "--skip-repo")
    for name in ("gitblob", "git-blob"):
        (sandbox.home / "bin" / name).unlink()
    return sandbox


@pytest.fixture
def origin(tmp_path, theirs):
    return theirs.bare(tmp_path / "origin.git")


def made(sandbox, origin, *track):
    """A repository with FILES, pushed to origin by whatever driver the sandbox has."""
    repo = sandbox.repo()
    repo.git(*track, "*.bin") if track else repo.gitblob("track", "--lfs", "*.bin")
    for name, data in FILES.items():
        repo.write(name, data)
    repo.commit("files")
    repo.git("remote", "add", "origin", str(origin))
    repo.git("push", "-q", "-u", "origin", "main")
    return repo


def lose(origin):
    """All objects of the remote are out of reach."""
    (origin / "lfs/objects").rename(origin / "away")


def find_again(origin):
    """They are back; git-lfs may have made the folder anew meanwhile."""
    shutil.rmtree(origin / "lfs")
    (origin / "lfs").mkdir()
    (origin / "away").rename(origin / "lfs/objects")


def has(repo, files):
    """Are the files there, whole, and does git find nothing to do?"""
    assert {name: repo.read(name) for name in files} == files
    assert repo.status() == ""


def checked(repo):
    """git-lfs finds every object right and every pointer canonical."""
    assert "Git LFS fsck OK" in repo.git("lfs", "fsck")
    assert repo.git("lfs", "status", "--porcelain") == ""


def test_what_git_lfs_has_pushed_is_cloned_changed_and_pushed_back(ours, theirs, origin):
    first = made(theirs, origin, "lfs", "track")
    repo = ours.clone(origin)
    has(repo, FILES)
    assert not (repo.path / ".git/lfs/objects").exists()
    new = os.urandom(LARGE)
    repo.write("large.bin", new)
    repo.write("new.bin", b"new")
    repo.commit("ours")
    repo.git("push", "-q")
    clone = theirs.clone(origin, "again")
    has(clone, {**FILES, "large.bin": new, "new.bin": b"new"})
    checked(clone)
    first.git("pull", "-q")
    has(first, {**FILES, "large.bin": new, "new.bin": b"new"})
    checked(first)
    # git-lfs itself would have stored the very same
    first.git("add", "--renormalize", ".")
    assert first.status() == ""
    first.write("large.bin", b"back\n")
    first.commit("theirs")
    first.git("push", "-q")
    repo.git("pull", "-q")
    has(repo, {**FILES, "large.bin": b"back\n", "new.bin": b"new"})


def test_what_gitblob_has_pushed_is_cloned_changed_and_pushed_back(ours, theirs, origin):
    repo = made(ours, origin)
    assert not (origin / "gitblob").exists()
    clone = theirs.clone(origin)
    has(clone, FILES)
    checked(clone)
    for name, data in FILES.items():
        if data:
            text = theirs.run("git", "lfs", "pointer", f"--file={clone.path / name}").stdout
            assert text.encode() == clone.stored(name)
    new = os.urandom(LARGE)
    clone.write("large.bin", new)
    clone.commit("theirs")
    clone.git("push", "-q")
    repo.git("pull", "-q")
    has(repo, {**FILES, "large.bin": new})
    assert repo.gitblob("fsck").returncode == 0
    assert repo.gitblob("fsck", "--store", "origin").returncode == 0


def test_both_kinds_of_rules_in_one_repository(ours, theirs, origin):
    repo = ours.repo()
    repo.gitblob("track", "--lfs", "*.bin")
    repo.gitblob("track", "*.dat")
    data = os.urandom(LARGE)
    files = {**FILES, "a.dat": b"own", "b.dat": data, "both.bin": b"same", "both.dat": b"same"}
    for name, content in files.items():
        repo.write(name, content)
    repo.commit()
    repo.git("remote", "add", "origin", str(origin))
    repo.git("push", "-q", "-u", "origin", "main")
    assert repo.stored("both.bin").startswith(b"version https://git-lfs")
    assert repo.stored("both.dat").startswith(b"# gitblob v1")
    has(ours.clone(origin), files)
    colleague = theirs.clone(origin)  # without gitblob: pointers for its files, content for git-lfs's
    has(colleague, {**FILES, "both.bin": b"same", "both.dat": repo.stored("both.dat")})
    checked(colleague)


def test_absent_objects_do_not_break_our_checkout_as_they_break_theirs(ours, theirs, origin):
    made(theirs, origin, "lfs", "track")
    lose(origin)
    assert theirs.run("git", "clone", "-q", str(origin), "broken", ok=None).returncode
    repo = ours.clone(origin)
    assert repo.status() == ""
    assert repo.read("large.bin") == repo.stored("large.bin")
    find_again(origin)
    repo.gitblob("pull")
    has(repo, FILES)


def test_a_repository_that_git_lfs_has_migrated(ours, theirs, origin):
    repo = theirs.repo()
    for number in range(3):
        for name, data in FILES.items():
            repo.write(name, b"%d " % number + data)
        repo.commit(f"raw {number}")
    repo.git("lfs", "migrate", "import", "--everything", "--include=*.bin", "--yes")
    repo.git("remote", "add", "origin", str(origin))
    repo.git("push", "-q", "-u", "origin", "main")
    clone = ours.clone(origin)
    for number in (2, 0, 1):
        clone.git("checkout", "-q", f"main~{2 - number}")
        has(clone, {name: b"%d " % number + data for name, data in FILES.items()})


def test_switching_over_downloads_nothing_and_switching_back_works(ours, theirs, origin):
    """One work tree: git-lfs, then gitblob, then git-lfs again."""
    made(theirs, origin, "lfs", "track")
    theirs.run("git", "clone", "-q", str(origin), "mine")
    ours.run("git", "lfs", "install", "--skip-repo", "--force")
    shutil.move(theirs.root / "mine", ours.root / "mine")
    repo = type(ours.repo("other"))(ours, ours.root / "mine")
    repo.git("lfs", "install", "--force")  # git-lfs is the driver here, with its hooks
    result = repo.gitblob("install", "--lfs")
    assert "Git LFS" in result.stdout
    lose(origin)
    for name in FILES:
        (repo.path / name).unlink()
    repo.git("checkout", "--", ".")
    has(repo, FILES)
    find_again(origin)
    # git-lfs's pre-push hook is in the repository and has no part in this
    repo.write("small.bin", b"ours")
    repo.commit("ours")
    repo.git("push", "-q")
    assert not (repo.path / ".git/lfs/objects" / hashlib.sha256(b"ours").hexdigest()[:2]).exists()
    clone = theirs.clone(origin)
    has(clone, {**FILES, "small.bin": b"ours"})
    checked(clone)
    # and back
    assert "gitblob push --all" in repo.gitblob("uninstall", "--lfs").stderr
    repo.git("lfs", "install")
    assert repo.git("config", "filter.lfs.process").strip() == "git-lfs filter-process"
    repo.write("small.bin", b"theirs again")
    repo.commit("theirs")
    repo.git("push", "-q")
    digits = hashlib.sha256(b"theirs again").hexdigest()
    assert (origin / "lfs/objects" / digits[:2] / digits[2:4] / digits).exists()
    clone.git("pull", "-q")
    has(clone, {**FILES, "small.bin": b"theirs again"})
    assert 'git lfs pre-push "$@"' in repo.read(".git/hooks/pre-push").decode()
    checked(repo)


def test_in_a_mixed_repository_our_hook_uploads_for_both(ours, theirs, origin):
    repo = made(ours, origin)
    repo.gitblob("track", "*.dat")
    repo.write("a.dat", b"own")
    repo.commit("mixed")
    repo.gitblob("uninstall", "--lfs")
    ours.run("git", "lfs", "install", "--skip-repo")
    repo.write("new.bin", b"by git-lfs")
    repo.commit("git-lfs")
    assert (repo.path / ".git/lfs/objects").exists()
    repo.git("push", "-q")
    has(theirs.clone(origin), {**FILES, "new.bin": b"by git-lfs"})
    has(ours.clone(origin), {**FILES, "new.bin": b"by git-lfs", "a.dat": b"own"})


def test_where_git_lfs_is_gone_its_hooks_stop_nothing(ours, theirs, origin):
    made(theirs, origin, "lfs", "track")
    repo = ours.clone(origin)
    ours.run("git", "lfs", "install", "--local", "--force", cwd=repo.path)
    repo.gitblob("install", "--lfs", "--local")
    path = ours.home / "path"
    path.mkdir()
    for folder in ours.env["PATH"].split(os.pathsep):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if name != "git-lfs" and not (path / name).exists():
                (path / name).symlink_to(os.path.join(folder, name))
    ours.env["PATH"] = str(path)
    assert not shutil.which("git-lfs", path=ours.env["PATH"])
    repo.gitblob("install")  # in hooks that git has from its configuration nothing looks whether git-lfs is there
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("small.bin", b"without")
    assert "git-lfs" not in repo.git_result("commit", "-q", "-a", "-m", "without").stderr
    result = repo.git_result("push", "-q", "origin", "topic")
    assert "git-lfs" not in result.stderr
    digits = hashlib.sha256(b"without").hexdigest()
    assert (origin / "lfs/objects" / digits[:2] / digits[2:4] / digits).exists()


def test_through_a_git_lfs_server(ours, theirs, tmp_path):
    """A remote by http, nothing configured: each finds the server that the other has pushed to."""
    served = theirs.bare(tmp_path / "hosted/team/repo.git")
    theirs.run("git", "config", "http.receivepack", "true", cwd=served)
    with LfsServer(tmp_path / "objects", git=tmp_path / "hosted") as server:
        url = f"{server.host}/team/repo.git"
        repo = made(ours, url)
        assert server.holds() == {hashlib.sha256(data).hexdigest() for data in FILES.values() if data}
        assert not (served / "lfs").exists()
        clone = theirs.clone(url)
        has(clone, FILES)
        checked(clone)
        new = os.urandom(LARGE)
        clone.write("large.bin", new)
        clone.commit("theirs")
        clone.git("push", "-q")
        repo.git("pull", "-q")
        has(repo, {**FILES, "large.bin": new})
        has(ours.clone(url, "fresh"), {**FILES, "large.bin": new})
