"""gitblob.cacheDir: one cache for many clones and users of one host."""

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from support.sandbox import Repo, Sandbox

import gitblob
from gitblob import cache as caches
from gitblob import workspace
from gitblob.errors import UsageError
from gitblob.git import command
from gitblob.model import pointer
from gitblob.ops import prune

GROUP, ALICE, BOB = 61000, 61001, 61002
NEEDED = ("gitblob", "yaml", "_yaml", "ruamel", "rich", "pygments", "markdown_it", "mdurl", "urllib3", "pygit2")
SIZE = 5 << 20  # late; small files are inline


def blobs(place):
    return sorted(Path(place).glob("??/*"))


def blob(place, repo, name):
    return Path(place) / pointer.decode(repo.stored(name)).oid.key


def attributes(place):
    """Owner, mode, time and bytes of every file."""
    files = [path for path in Path(place).rglob("*") if path.is_file()]
    stats = {path: path.stat() for path in files}
    return {path: (info.st_uid, info.st_mode, info.st_mtime_ns, path.read_bytes()) for path, info in stats.items()}


# One user: where things lie


@pytest.fixture
def shared(installed, tmp_path):
    place = tmp_path / "cache"
    place.mkdir()
    installed.run("git", "config", "--global", "gitblob.cacheDir", place)
    return place


def test_clones_have_their_blobs_in_one_place(shared, repo, remote, installed):
    contents = {"large.bin": os.urandom(SIZE), "small.bin": os.urandom(3000)}
    for name, data in contents.items():
        repo.write(name, data)
    repo.commit()
    repo.git("push", "-q")
    assert len(blobs(shared)) == 2
    assert blobs(repo.path / ".git/gitblob") == []
    shutil.rmtree(remote / "gitblob")  # nobody but the shared cache has it now
    clone = installed.clone(remote)
    for name, data in contents.items():
        assert clone.read(name) == data
        assert (clone.path / name).stat().st_ino != blob(shared, clone, name).stat().st_ino
    assert clone.status() == ""
    assert blobs(clone.path / ".git/gitblob") == []


def test_what_belongs_to_a_repository_stays_there(shared, repo, remote):
    repo.write("a.bin", os.urandom(3000))
    repo.commit()
    repo.git("push", "-q")
    own = {path.name for path in (repo.path / ".git/gitblob").iterdir()}
    assert {"confirmed", "hooks-installed"} <= own
    assert {path.name for path in shared.iterdir() if len(path.name) > 2} == {"gitblob-store", "tmp"}
    assert list((shared / "tmp").iterdir()) == []


def test_what_was_in_the_own_cache_before_is_still_found(repo, tmp_path):
    data = os.urandom(SIZE)
    repo.write("a.bin", data)
    repo.commit()
    (tmp_path / "cache").mkdir()
    repo.git("config", "gitblob.cacheDir", str(tmp_path / "cache"))
    (repo.path / "a.bin").unlink()
    repo.git("checkout", "-q", "a.bin")
    assert repo.read("a.bin") == data
    repo.gitblob("fsck")


def test_a_directory_that_is_not_there_is_not_made(repo, tmp_path):
    repo.git("config", "gitblob.cacheDir", str(tmp_path / "unmounted"))
    repo.write("a.bin", os.urandom(3000))
    done = repo.git_result("add", "a.bin")
    assert done.stderr == ""
    assert len(blobs(repo.path / ".git/gitblob")) == 1
    assert not (tmp_path / "unmounted").exists()
    assert "is not there" in repo.gitblob("doctor", ok=None).stdout
    (tmp_path / "unmounted").write_bytes(b"no directory")
    repo.gitblob("fsck")


def test_a_damaged_blob_is_set_aside_beside_it(shared, repo, remote):
    repo.write("a.bin", os.urandom(SIZE))
    repo.commit()
    repo.git("push", "-q")
    path = blob(shared, repo, "a.bin")
    path.unlink()
    path.write_bytes(b"x" * SIZE)
    data = repo.read("a.bin")
    (repo.path / "a.bin").unlink()
    repo.git("checkout", "-q", "a.bin")
    assert repo.read("a.bin") == data == path.read_bytes()
    assert len(list((shared / "quarantine").iterdir())) == 1


def test_prune_leaves_a_shared_cache_alone(shared, repo, remote, monkeypatch):
    for _ in range(2):
        repo.write("a.bin", os.urandom(3000))
        repo.commit()
    repo.git("push", "-q")
    other = blob(shared, repo, "a.bin").with_name("f" * 62)  # another repository's: on no store of this one
    other.write_bytes(b"other")
    done = repo.gitblob("prune", ok=2)
    assert "other clones may need" in done.stderr
    assert "--force" in done.stderr
    assert "freed 0 blob(s)" in repo.gitblob("prune", "--force").stdout  # all came today
    assert len(blobs(shared)) == 3
    monkeypatch.setattr(prune, "GRACE", -10)
    monkeypatch.chdir(repo.path)
    with pytest.raises(UsageError):
        prune.prune(workspace.open())
    assert len(prune.prune(workspace.open(), force=True).freed) == 1
    assert blob(shared, repo, "a.bin") in blobs(shared)
    assert other in blobs(shared)


# Where the setting may stand


WAYS = ["local", "worktree", "global", "system", "include", "includeIf", "quoted include", "command", "count", "tilde"]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_set_it(repo, tmp_path, way):
    if way in {"system", "count"} and command.version() < (2, 32):
        pytest.skip("GIT_CONFIG_COUNT came with git 2.31, GIT_CONFIG_SYSTEM with 2.32")
    place = tmp_path / "cache"
    place.mkdir()
    home, env, options = repo.sandbox.home, {}, []
    extra = home / "extra.conf"
    extra.write_text(f"[gitblob]\n\tcacheDir = {place}\n")
    with open(home / ".gitconfig", "a", encoding="utf-8") as config:
        if way == "include":
            config.write("[include]\n\tpath = extra.conf\n")
        elif way == "includeIf":
            config.write(f'[includeIf "gitdir:{repo.path}/"]\n\tpath = ~/extra.conf\n')
        elif way == "quoted include":
            config.write(f'[include]\n\tpath = "{extra}"  # ours\n')
    if way in {"local", "global"}:
        repo.git("config", f"--{way}", "gitblob.cacheDir", str(place))
    elif way == "worktree":
        repo.git("config", "extensions.worktreeConfig", "true")
        repo.git("config", "--worktree", "GitBlob.CACHEDIR", str(place))
    elif way == "system":
        env = {"GIT_CONFIG_SYSTEM": str(extra), "GIT_CONFIG_NOSYSTEM": "0"}
    elif way == "command":
        options = ["-c", f"gitblob.cachedir={place}"]
    elif way == "count":
        env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "gitblob.cacheDir", "GIT_CONFIG_VALUE_0": str(place)}
    elif way == "tilde":
        (home / "cache").mkdir()
        place = home / "cache"
        repo.git("config", "gitblob.cacheDir", "~/cache")
    repo.write("a.bin", os.urandom(3000))
    repo.git(*options, "add", "a.bin", env=env)
    assert len(blobs(place)) == 1
    assert blobs(repo.path / ".git/gitblob") == []


@pytest.mark.parametrize(
    "text", ["# gitblob.cacheDir = /nowhere", '[includeIf "gitdir:/nowhere/"]\n\tpath = ~/extra.conf']
)
def test_what_only_looks_like_it_is_no_setting(repo, text):
    (repo.sandbox.home / "extra.conf").write_text(f"[gitblob]\n\tcacheDir = {repo.sandbox.home}\n")
    with open(repo.sandbox.home / ".gitconfig", "a", encoding="utf-8") as config:
        config.write(f"{text}\n")
    repo.write("a.bin", os.urandom(3000))
    repo.git("add", "a.bin")
    assert len(blobs(repo.path / ".git/gitblob")) == 1


@pytest.mark.parametrize("value", ["relative/path", "~nobody-of-this-name/x"])
def test_what_is_no_absolute_path_is_told_and_fails_no_checkout(repo, value):
    repo.write("a.bin", b"content" * 1000)
    repo.commit()
    repo.git("config", "gitblob.cacheDir", value)
    (repo.path / "a.bin").unlink()
    done = repo.git_result("checkout", "a.bin")
    assert "gitblob.cacheDir" in done.stderr
    assert repo.read("a.bin") == b"content" * 1000
    assert "gitblob.cacheDir" in repo.gitblob("ls", ok=16).stderr


def test_a_committed_file_cannot_set_it(repo, tmp_path):
    repo.write(".gitblob.yaml", f"version: 1\ncacheDir: {tmp_path}\n")
    assert "cacheDir" in repo.gitblob("status", ok=16).stderr


COUNT = """
import os, sys
started, start = [], os.posix_spawnp
def counted(file, arguments, *rest, **options):
    started.append(arguments)
    return start(file, arguments, *rest, **options)
os.posix_spawnp = counted
from gitblob.git import cache_dir, repository
cache_dir.open(repository.here())
print(len(started), "subprocess" in sys.modules)
"""


@pytest.mark.parametrize(
    ("include", "expected"), [("", "0 False"), ("nothing.conf", "0 False"), ("cache.conf", "1 False")]
)
def test_git_is_asked_only_where_a_file_mentions_it(repo, include, expected):
    home = repo.sandbox.home
    (home / "nothing.conf").write_text("[user]\n\tname = Somebody\n[include]\n\tpath = absent.conf\n")
    (home / "cache.conf").write_text("[gitblob]\n\tcacheDir = /nowhere\n")
    if include:
        with open(home / ".gitconfig", "a", encoding="utf-8") as config:
            config.write(f"[include]\n\tpath = {include}\n")
    env = {"PYTHONPATH": str(Path(gitblob.__file__).parents[1])}
    assert repo.sandbox.run(sys.executable, "-c", COUNT, cwd=repo.path, env=env).stdout.strip() == expected


# Several users


class Person(Sandbox):
    """A user with a number of his own, and a home; umask as a login gives it."""

    def __init__(self, root, uid, cache, umask=0o022):
        super().__init__(root)
        for path in (root, *root.rglob("*")):
            os.chown(path, uid, GROUP)
        self.uid, self.umask = uid, umask
        self.run("gitblob", "install")
        self.run("git", "config", "--global", "gitblob.cacheDir", cache)
        self.run("git", "config", "--global", "--add", "safe.directory", "*")

    def run(self, *argv, cwd=None, ok=0, data=None, env=None, timeout=120):
        with self.start(*argv, cwd=cwd, env=env, stdin=subprocess.PIPE if data else subprocess.DEVNULL) as process:
            stdout, stderr = process.communicate(data, timeout)
        if ok is not None and process.returncode != ok:
            raise AssertionError(f"{argv} exited {process.returncode}\n{stdout}\n{stderr}")
        return subprocess.CompletedProcess(argv, process.returncode, stdout, stderr)

    def start(self, *argv, cwd=None, env=None, stdin=subprocess.DEVNULL):
        who = (
            {"user": self.uid, "group": GROUP, "extra_groups": [], "umask": self.umask} if hasattr(self, "uid") else {}
        )
        return subprocess.Popen(
            [str(word) for word in argv], cwd=cwd or self.root, env={**self.env, **(env or {})}, stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **who,
        )  # fmt: skip


@pytest.fixture(scope="session")
def program():
    """An interpreter that every user can run, and a folder with gitblob and what it needs to import."""
    if os.geteuid() != 0:
        pytest.skip("only root can be two users")
    site = Path(tempfile.mkdtemp(prefix="gitblob-test-site-", dir="/tmp"))
    for name in NEEDED:
        if found := importlib.util.find_spec(name):
            (source, *_) = found.submodule_search_locations
            shutil.copytree(source, site / name, ignore=shutil.ignore_patterns("__pycache__"))
    hooks = Path(gitblob.__file__).parents[1] / "hooks"
    if hooks.is_dir():  # a checkout has them beside the package
        shutil.copytree(hooks, site / "hooks")
    site.chmod(0o755)
    reasons = []
    try:
        for python in (sys.executable, "/usr/bin/python3"):
            if (reason := _refusal(python, site)) is None:
                yield python, site
                return
            reasons.append(f"{python}: {reason}")
        pytest.skip(f"no python here that other users can run; {'; '.join(reasons)}")
    finally:
        shutil.rmtree(site)


def _refusal(python, site):
    """Why another user cannot run gitblob with this interpreter, or None."""
    words = [python, "-B", "-c", "import gitblob.filter.process, gitblob.cli.main, gitblob.workspace, ruamel.yaml"]
    try:
        done = subprocess.run(
            words, user=BOB, group=GROUP, extra_groups=[], cwd="/", env={"PYTHONPATH": str(site)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError as error:
        return str(error)
    return done.stderr.strip()[-100:] if done.returncode else None


@pytest.fixture
def common(program, monkeypatch):
    """A place that all users reach; removed afterwards."""
    python, site = program
    place = Path(tempfile.mkdtemp(prefix="gitblob-test-", dir="/tmp"))
    place.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setattr(sys, "executable", python)  # what a sandbox's launcher starts
    yield place
    shutil.rmtree(place)


def make_cache(common, mode=0o2775, owner=ALICE):
    place = common / "cache"
    place.mkdir()
    os.chown(place, owner, GROUP)
    place.chmod(mode)
    return place


def person(common, name, uid, umask=0o022):
    return Person(common / name, uid, common / "cache", umask)


def first_repository(who, **files):
    """A repository of this person with a remote that everybody can read, and these files pushed."""
    who.run("git", "init", "-q", "--bare", "origin.git")
    repo = who.repo()
    repo.git("remote", "add", "origin", str(who.root / "origin.git"))
    repo.gitblob("track", "*.bin")
    for name, data in files.items():
        write(repo, f"{name}.bin", data)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    return repo


def write(repo, name, data):
    path = repo.write(name, data)
    os.chown(path, repo.sandbox.uid, GROUP)


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_two_users_share_and_change_nothing_of_each_other(common, umask):
    cache = make_cache(common)
    alice, bob = person(common, "alice", ALICE, umask), person(common, "bob", BOB, umask)
    files = {"large": os.urandom(SIZE), "small": os.urandom(3000)}
    first = first_repository(alice, **files)
    assert len(blobs(cache)) == 2
    origin = alice.root / "origin.git"
    shutil.rmtree(origin / "gitblob")
    shutil.copytree(origin, common / "origin.git")  # which umask 077 lets Bob not read otherwise
    subprocess.run(["chmod", "-R", "a+rX", common / "origin.git"], check=True)
    before = attributes(cache)
    clone = bob.clone(common / "origin.git")
    for name, data in files.items():
        assert clone.read(f"{name}.bin") == data
    write(clone, "bobs.bin", b"bob" * 2000)
    clone.commit()
    after = attributes(cache)
    assert {path: after[path] for path in before} == before
    new = blob(cache, clone, "bobs.bin")
    assert new.stat().st_uid == BOB
    assert stat.S_IMODE(new.stat().st_mode) & 0o440 == 0o440
    write(first, "too.bin", b"bob" * 2000)  # Alice adds what Bob has added
    first.commit()
    assert new.stat().st_uid == BOB
    assert all(path.stat().st_mode & stat.S_ISGID for path in cache.iterdir() if path.is_dir())
    assert len({path.stat().st_uid for path in blobs(cache)}) == 2


def test_another_users_blob_without_a_seal_is_hashed_and_stays_so(common):
    cache = make_cache(common)
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    data = os.urandom(SIZE)
    first = first_repository(alice, a=data)
    path = blob(cache, first, "a.bin")
    os.utime(path, (1, 1))
    clone = bob.clone(alice.root / "origin.git")
    assert clone.read("a.bin") == data
    assert (path.stat().st_uid, path.stat().st_mtime) == (ALICE, 1)


def test_another_users_damaged_blob_never_reaches_a_work_tree(common):
    cache = make_cache(common, 0o3775)  # sticky: Bob cannot move it out of the way
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    data = os.urandom(SIZE)
    first = first_repository(alice, a=data)
    path = blob(cache, first, "a.bin")
    path.parent.chmod(0o3775)
    path.unlink()
    path.write_bytes(b"x" * SIZE)
    os.chown(path, ALICE, GROUP)
    clone = bob.clone(alice.root / "origin.git")
    assert clone.read("a.bin") == data
    assert path.read_bytes() == b"x" * SIZE
    assert blob(clone.path / ".git/gitblob", clone, "a.bin").read_bytes() == data


def test_a_read_only_cache_is_used_and_what_is_new_goes_to_the_own_one(common):
    cache = make_cache(common, 0o2755)
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    data = os.urandom(SIZE)
    first = first_repository(alice, a=data)
    shutil.rmtree(alice.root / "origin.git/gitblob")
    for path in cache.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    before = attributes(cache)
    done = bob.run("git", "clone", "-q", alice.root / "origin.git", "clone")
    assert done.stderr == ""
    clone = Repo(bob, bob.root / "clone")
    assert clone.read("a.bin") == data
    for name, size in (("large.bin", SIZE), ("small.bin", 3000)):
        write(clone, name, os.urandom(size))
        assert clone.git_result("add", name).stderr == ""
        clone.git("commit", "-q", "-m", name)
        assert blob(clone.path / ".git/gitblob", clone, name).stat().st_mtime_ns == caches.SEAL_NS
        wanted = clone.read(name)
        (clone.path / name).unlink()
        clone.git("checkout", "-q", name)
        assert clone.read(name) == wanted
    assert attributes(cache) == before
    assert "you may not write" in clone.gitblob("doctor", ok=None).stdout
    clone.gitblob("fsck")
    assert first.status() == ""


def test_one_folder_that_is_closed_to_this_user(common):
    """Made by Alice with her umask before the directory was given its bits."""
    cache = make_cache(common)
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    data = os.urandom(3000)
    first_repository(alice, other=os.urandom(10))
    work = bob.repo()
    work.gitblob("track", "*.bin")
    write(work, "a.bin", data)
    import hashlib

    closed = cache / hashlib.sha256(data).hexdigest()[:2]
    closed.mkdir(exist_ok=True)
    os.chown(closed, ALICE, GROUP)
    closed.chmod(0o755)
    assert work.git_result("add", "a.bin").stderr == ""
    work.commit()
    assert blob(work.path / ".git/gitblob", work, "a.bin").read_bytes() == data
    assert list((cache / "tmp").iterdir()) == []


def test_a_blob_that_its_owner_lets_nobody_read(common):
    cache = make_cache(common)
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    data = os.urandom(3000)
    first = first_repository(alice, a=data)
    path = blob(cache, first, "a.bin")
    path.unlink()  # the store has the same file by a link
    path.write_bytes(data)
    os.chown(path, ALICE, GROUP)
    path.chmod(0o400)
    clone = bob.clone(alice.root / "origin.git")
    assert clone.read("a.bin") == data
    assert clone.status() == ""
    assert path.stat().st_uid == BOB  # in its place, not changed
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_fsck_passes_over_what_it_may_not_read(common):
    cache = make_cache(common)
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    first_repository(alice, a=os.urandom(3000))
    closed = next(iter(blobs(cache))).with_name("f" * 62)
    closed.write_bytes(b"closed")
    os.chown(closed, ALICE, GROUP)
    closed.chmod(0o400)
    clone = bob.clone(alice.root / "origin.git")
    assert "nothing found" in clone.gitblob("fsck").stderr
    clone.gitblob("fsck", "--repair")
    clone.gitblob("prune", "--force")
    assert closed.read_bytes() == b"closed"


@pytest.mark.parametrize("closed", ["the directory", "a folder"])
def test_what_is_closed_to_this_user_counts_as_absent(common, closed):
    cache = make_cache(common)
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    data = os.urandom(3000)
    first = first_repository(alice, a=data)
    path = cache if closed == "the directory" else blob(cache, first, "a.bin").parent
    path.chmod(0o700)
    clone = bob.clone(alice.root / "origin.git")
    assert clone.read("a.bin") == data
    assert clone.status() == ""
    write(clone, "same.bin", data)
    write(clone, "new.bin", os.urandom(SIZE))
    clone.commit()
    assert "nothing found" in clone.gitblob("fsck").stderr
    clone.gitblob("status")
    clone.gitblob("prune", "--force")


@pytest.mark.parametrize("closed", ["gitblob", "lfs"])
def test_a_clone_that_borrows_from_a_closed_cache(common, closed):
    make_cache(common)
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    alice.run("git", "config", "--global", "--unset", "gitblob.cacheDir")
    first = first_repository(alice, a=os.urandom(3000))
    (first.path / ".git/lfs/objects").mkdir(parents=True)
    (first.path / ".git" / closed).chmod(0)
    clone = bob.clone(alice.root / "repo", "clone", "--shared")
    assert clone.status() == ""
    write(clone, "new.bin", os.urandom(SIZE))
    clone.commit()
    assert pointer.claims(clone.read("a.bin")) == (closed == "gitblob")


def test_two_users_add_the_same_at_once(common):
    cache = make_cache(common)
    people = [person(common, name, uid) for name, uid in (("alice", ALICE), ("bob", BOB))]
    data = [os.urandom(SIZE), *(os.urandom(2000) for _ in range(40))]
    repos = [who.repo() for who in people]
    for repo in repos:
        repo.gitblob("track", "*.bin")
        for number, content in enumerate(data):
            write(repo, f"{number}.bin", content)
    running = [who.start("git", "add", ".", cwd=repo.path) for who, repo in zip(people, repos, strict=True)]
    assert [process.communicate()[1] for process in running] == ["", ""]
    assert [process.returncode for process in running] == [0, 0]
    assert len(blobs(cache)) == len(data)
    assert list((cache / "tmp").iterdir()) == []
    for repo in repos:
        repo.git("commit", "-q", "-m", "all")
        for number in range(len(data)):
            (repo.path / f"{number}.bin").unlink()
        repo.git("checkout", "-q", ".")
        assert [repo.read(f"{number}.bin") for number in range(len(data))] == data


def test_what_a_killed_process_of_another_user_left_blocks_nobody(common):
    cache = make_cache(common, 0o3775)
    alice, bob = person(common, "alice", ALICE), person(common, "bob", BOB)
    first_repository(alice, a=os.urandom(3000))
    old, new = (cache / "tmp" / f".gitblob-tmp-{number}-x" for number in (1, 2))
    for path in (old, new):
        path.write_bytes(b"half")
        os.chown(path, ALICE, GROUP)
    (cache / "tmp").chmod(0o3775)
    os.utime(old, (time.time() - 90000,) * 2)
    work = bob.repo()
    work.gitblob("track", "*.bin")
    write(work, "a.bin", os.urandom(SIZE))
    work.commit()
    work.gitblob("prune", "--force")
    assert old.exists()  # sticky: only Alice may remove it
    assert new.exists()
    alice.run("gitblob", "prune", "--force", cwd=alice.root / "repo")
    assert not old.exists()
    assert new.exists()


def test_the_doctor_looks_at_the_rights(common):
    cache = make_cache(common)
    bob = person(common, "bob", BOB)
    work = bob.repo()
    for mode, words in ((0o2775, "blobs lie in the shared cache"), (0o775, "no set-group-id bit"),
                        (0o2777, "every user of this machine"), (0o2750, "you may not write"), (0o2700, "you may not read")):  # fmt: skip
        cache.chmod(mode)
        assert words in work.gitblob("doctor", ok=None).stdout, oct(mode)
