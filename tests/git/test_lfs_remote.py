"""A Git remote by http(s) has its Git LFS server for a store: nothing is configured, no gitblob command is typed."""

import hashlib
import os

import pytest
from support.sandbox import Repo
from support.servers import giftless
from support.servers.lfs_server import LfsServer

LARGE = 3 << 20


@pytest.fixture
def host(sandbox):
    """A Git host whose repository team/repo is empty."""
    with LfsServer(sandbox.root / "objects", git=sandbox.root) as host:
        sandbox.bare("team/repo.git")
        yield host


@pytest.fixture
def pushed(repo, host):
    """A repository that tracks `*.bin` with the host as its origin."""
    repo.git("remote", "add", "origin", f"{host.host}/team/repo.git")
    repo.git("push", "-q", "-u", "origin", "main")
    return repo


def digest(data):
    return hashlib.sha256(data).hexdigest()


def login(sandbox, user, password):
    """Git's credential helper knows a login for every host."""
    helper = f"!f() {{ test $1 = get && printf 'username=%s\\npassword=%s\\n' '{user}' '{password}'; }}; f"
    sandbox.run("git", "config", "--global", "credential.helper", helper)


def test_push_clone_pull(pushed, host, installed):
    first, second = os.urandom(LARGE), os.urandom(5000)
    assert host.count("POST", "batch") == 0  # no pointer, no question
    pushed.write("a.bin", first)
    pushed.commit()
    pushed.git("push", "-q")
    assert host.holds() == {digest(first)}
    clone = installed.clone(f"{host.host}/team/repo.git")
    assert (clone.read("a.bin"), clone.status()) == (first, "")
    clone.write("b.bin", second)
    clone.commit()
    clone.git("push", "-q")
    pushed.git("pull", "-q")
    assert pushed.read("b.bin") == second
    pushed.git("commit", "-q", "--allow-empty", "-m", "confirmed")
    pushed.git("push", "-q")
    asked = host.count("POST", "batch")
    pushed.git("commit", "-q", "--allow-empty", "-m", "nothing new")
    pushed.git("push", "-q")
    assert host.count("POST", "batch") == asked + 1  # for the witnesses


def test_a_url_without_git_at_its_end(pushed, host, installed):
    pushed.write("a.bin", b"content" * 1000)
    pushed.commit()
    pushed.git("push", "-q")
    (installed.root / "team/repo").symlink_to(installed.root / "team/repo.git")
    clone = installed.clone(f"{host.host}/team/repo/")
    assert clone.read("a.bin") == b"content" * 1000


def test_a_host_without_git_lfs(repo, installed):
    with LfsServer(installed.root / "objects", git=installed.root, lfs=None) as host:
        installed.bare("team/repo.git")
        repo.git("remote", "add", "origin", f"{host.host}/team/repo.git")
        repo.git("push", "-q", "-u", "origin", "main")
        repo.write("a.bin", b"content" * 1000)
        repo.commit()
        refused = repo.git_result("push", ok=1)
        assert f"there is no Git LFS server at {host.host}/team/repo.git/info/lfs" in refused.stderr
        assert "gitblob store add" in refused.stderr
        assert repo.git("ls-remote", "origin", "main").split()[0] != repo.git("rev-parse", "HEAD").strip()
        repo.git("push", "-q", "--no-verify")
        done = installed.run("git", "clone", "-q", f"{host.host}/team/repo.git", "clone")
        clone = Repo(installed, installed.root / "clone")
        assert clone.read("a.bin").startswith(b"# gitblob v1")
        assert clone.status() == ""
        told = [line for line in done.stderr.splitlines() if line.startswith("gitblob:")]
        assert len(told) <= 3
        assert any("there is no Git LFS server" in line for line in told)


def test_a_host_without_git_lfs_beside_a_store(repo, installed):
    """What nobody has is missing, and nothing is said of a server that nobody has promised."""
    with LfsServer(installed.root / "objects", git=installed.root, lfs=None) as host:
        installed.bare("team/repo.git")
        repo.git("remote", "add", "origin", f"{host.host}/team/repo.git")
        repo.gitblob("store", "add", "team", str(installed.root / "store"))
        repo.write("a.bin", b"content" * 1000)
        repo.write("b.bin", b"other" * 1000)
        repo.commit()
        repo.git("push", "-q", "-u", "origin", "main")
        name = digest(b"other" * 1000)
        (installed.root / "store" / name[:2] / name[2:]).unlink()
        done = installed.run("git", "clone", "-q", f"{host.host}/team/repo.git", "clone")
        assert "b.bin (4.9 KiB) not found" in done.stderr
        assert "Git LFS" not in done.stderr


def test_giftless_behind_a_host(repo, installed):
    """A real server, which wants a login and does not say so."""
    (installed.root / "giftless").mkdir()
    with giftless.serving(installed.root / "giftless") as real:
        login(installed, giftless.USER, real.token())
        with LfsServer(installed.root / "objects", git=installed.root, lfs=real.port) as host:
            installed.bare("team/repo.git")
            repo.git("remote", "add", "origin", f"{host.host}/team/repo.git")
            contents = [os.urandom(LARGE), *(os.urandom(100) for _ in range(120))]
            for number, data in enumerate(contents):
                repo.write(f"{number}.bin", data)
            repo.commit()
            repo.git("push", "-q", "-u", "origin", "main")
            clone = installed.clone(f"{host.host}/team/repo.git")
            assert [clone.read(f"{number}.bin") for number in range(121)] == contents
            assert clone.status() == ""


def test_a_login(pushed, host, installed):
    """One helper for git and its blobs; a password in the remote's URL counts, too, and appears nowhere."""
    pushed.write("a.bin", b"content" * 1000)
    pushed.commit()
    host.users = {"ann": "secret"}
    denied = pushed.git_result("push", ok=None)
    assert denied.returncode
    login(installed, "ann", "secret")
    pushed.git("push", "-q")
    login(installed, "ann", "wrong")
    address = f"http://ann:secret@127.0.0.1:{host.port}/team/repo.git"
    clone = installed.clone(address)
    assert clone.read("a.bin") == b"content" * 1000
    clone.write("b.bin", b"more" * 1000)
    clone.commit()
    shown = clone.git_result("push", env={"GITBLOB_TRACE": "1"}).stderr
    listed = clone.gitblob("store", "list").stdout
    assert "secret" not in listed + shown
    clone.git("remote", "set-url", "origin", address.replace("secret", "guess"))
    host.users = {"ann": "changed"}
    failed = clone.gitblob("push", ok=None)
    assert "guess" not in failed.stderr


class TestWhichServer:
    @pytest.fixture
    def elsewhere(self, tmp_path):
        with LfsServer(tmp_path / "elsewhere") as server:
            yield server

    @pytest.fixture
    def changed(self, pushed):
        pushed.write("a.bin", b"content" * 1000)
        pushed.commit()
        return pushed

    @pytest.mark.parametrize("key", ["lfs.url", "remote.origin.lfsurl"])
    def test_git_config_comes_first(self, changed, host, elsewhere, key):
        changed.git("config", key, elsewhere.url)
        changed.git("push", "-q")
        assert (len(elsewhere.holds()), host.holds()) == (1, set())

    def test_another_for_pushes(self, changed, host, elsewhere):
        """A question about what is missing is a reader's; this server does not share its objects."""
        changed.git("config", "lfs.pushurl", elsewhere.url)
        refused = changed.git_result("push", ok=None)
        assert len(elsewhere.holds()) == 1, refused.stderr

    def test_an_address_that_is_not_http(self, changed):
        changed.git("config", "lfs.url", "ssh://git@example.invalid/team/repo")
        assert "not asked by http" in changed.git_result("push", ok=1).stderr

    def test_lfsconfig_on_the_same_host(self, changed, host):
        changed.git("config", "-f", ".lfsconfig", "lfs.url", f"{host.host}/other/repo.git/info/lfs")
        changed.commit()
        changed.git("push", "-q")
        assert host.count("POST", "^/other/repo.git/info/lfs/objects/batch")

    def test_lfsconfig_with_a_host_that_nobody_approved(self, changed, host, elsewhere, installed):
        changed.git("config", "-f", ".lfsconfig", "lfs.url", elsewhere.url)
        changed.commit()
        refused = changed.git_result("push", ok=1)
        assert "you have never approved" in refused.stderr
        assert f"git config lfs.url {elsewhere.url}" in refused.stderr
        assert elsewhere.seen == []
        changed.git("config", "lfs.url", elsewhere.url)
        changed.git("push", "-q")
        assert len(elsewhere.holds()) == 1
        seen = len(elsewhere.seen)
        clone = installed.clone(f"{host.host}/team/repo.git")
        assert len(elsewhere.seen) == seen
        assert clone.read("a.bin").startswith(b"# gitblob v1")
        clone.git("config", "lfs.url", elsewhere.url)
        clone.gitblob("pull")
        assert clone.read("a.bin") == b"content" * 1000

    @pytest.mark.parametrize(
        "form", ["http://mallory:pw@{host}/x", "http://mallory@{host}/x", "http://{evil}\\@{host}/x"]
    )
    def test_lfsconfig_that_looks_like_the_host_of_the_remote(self, changed, sandbox, host, elsewhere, form):
        """Neither with a login of its author's, who would get the content, nor where only one reader sees this host."""
        login(sandbox, "ann", "hunter2")
        evil = elsewhere.host.removeprefix("http://")
        address = form.format(host=host.host.removeprefix("http://"), evil=evil)
        changed.git("config", "-f", ".lfsconfig", "lfs.url", address)
        changed.commit()
        refused = changed.git_result("push", ok=1)
        assert "which is refused" in refused.stderr
        assert "pw" not in refused.stderr
        assert (elsewhere.seen, host.count("", "^/x"), host.holds()) == ([], 0, set())

    @pytest.mark.parametrize(
        "line",
        [
            "[lfs]\n\turl = ssh://example.invalid/x\n",
            "[lfs]\n\tpushurl = http://127.0.0.1:1/\n",
            "[include]\n\tpath = more\n",
            "[lfs\n",
            "[lfs]\n\turl\n",
        ],
    )
    def test_what_else_lfsconfig_says_does_not_count(self, changed, host, line):
        changed.write("more", "[lfs]\n\turl = http://127.0.0.1:1/\n")
        changed.write(".lfsconfig", line)
        changed.commit()
        changed.git("push", "-q")
        assert len(host.holds()) == 1


@pytest.mark.parametrize("secret", ["ghp_hunter2", "me:ghp_hunter2"])
def test_a_token_in_the_url_of_a_remote_is_shown_nowhere(pushed, host, secret):
    """As a user's name, too, where some hosts take it."""
    pushed.git("remote", "set-url", "origin", f"http://{secret}@127.0.0.1:{host.port}/team/repo.git")
    pushed.write("a.bin", b"content" * 1000)
    pushed.commit()
    for words in (["store", "list"], ["store", "list", "--json"], ["store", "check"], ["status", "--stores"], ["push"]):
        said = pushed.gitblob(*words, ok=None)
        assert f"127.0.0.1:{host.port}" in said.stdout + said.stderr
        assert "hunter2" not in said.stdout + said.stderr


def test_fsck_prune_check_and_list(pushed, host):
    pushed.write("a.bin", b"content" * 1000)
    pushed.write("b.bin", b"old")
    pushed.commit()
    pushed.git("push", "-q")
    assert f"lfs+{host.host}/team/repo.git/info/lfs" in pushed.gitblob("store", "list").stdout
    before = host.holds()
    checked = pushed.gitblob("store", "check", "origin")
    assert host.holds() == before
    assert "ask" in checked.stdout
    assert pushed.gitblob("fsck", "--store", "origin").returncode == 0
    host.path(digest(b"content" * 1000)).write_bytes(b"CONTENT" * 1000)
    damaged = pushed.gitblob("fsck", "--store", "origin", "--download", "--repair", ok=None)
    assert damaged.returncode
    assert "other bytes" in damaged.stdout
    pushed.git("rm", "-q", "b.bin")
    pushed.commit()
    assert "freed 1 blob" in pushed.gitblob("prune").stdout
    pushed.git("checkout", "-q", "HEAD~1")
    assert pushed.read("b.bin") == b"old"


def test_wrong_bytes_never_reach_the_cache(pushed, host, installed):
    data = b"content" * 1000
    pushed.write("a.bin", data)
    pushed.commit()
    pushed.git("push", "-q")
    host.path(digest(data)).write_bytes(b"CONTENT" * 1000)
    done = installed.run("git", "clone", "-q", f"{host.host}/team/repo.git", "clone")
    clone = Repo(installed, installed.root / "clone")
    assert clone.read("a.bin").startswith(b"# gitblob v1")
    assert "other bytes" in done.stderr or "damaged" in done.stderr
    assert not list((clone.path / ".git/gitblob").glob("[0-9a-f][0-9a-f]/*"))


def test_a_repository_made_anew_on_the_host(pushed, host):
    """Its URL is no proof that it has what it had: the witnesses are asked for."""
    pushed.write("a.bin", b"content" * 1000)
    pushed.commit()
    pushed.git("push", "-q")
    for oid in host.holds():
        host.path(oid).unlink()
    pushed.write("b.bin", b"new" * 1000)
    pushed.commit()
    pushed.git("push", "-q")
    assert host.holds() == {digest(b"content" * 1000), digest(b"new" * 1000)}


def test_a_store_is_named_only_where_a_server_answers(host, installed):
    repo = installed.repo()
    said = repo.gitblob("store", "add", "team", f"lfs+{host.host}/nothing", ok=15).stderr
    assert "there is no Git LFS server at" in said
    assert not (repo.path / ".gitblob.yaml").exists()
    assert repo.gitblob("store", "add", "team", f"lfs+{host.url}").stdout.startswith("found store team")
