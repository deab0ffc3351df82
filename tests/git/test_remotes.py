"""Which repository and which stores a Git remote leads to, with real remotes."""

import os

import pytest

from gitblob import workspace
from gitblob.cache import Cache
from gitblob.errors import StoreError, StoreUnavailable
from gitblob.git import command, remotes
from gitblob.model.pointer import Pointer
from gitblob.store import registry
from gitblob.store.base import Blob
from gitblob.transfer import engine


@pytest.fixture
def here(sandbox):
    return sandbox.repo()


def work(repo):
    return workspace.open(str(repo.path))


def urls(stores):
    return [store.url for store in stores]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/a/b.git", "/a/b.git"),
        ("../b.git", "/top/../b.git"),
        ("file:///a%20b.git", "/a b.git"),
        ("file://other/a.git", None),
        ("https://h/x.git", None),
        ("ssh://h/x.git", None),
        ("me@h:x.git", None),
        ("h:x.git", None),
        ("ext::sh -c x", None),
        ("./h:x.git", "/top/./h:x.git"),
    ],
)
def test_the_path_of_a_url(url, path):
    assert remotes.path(url, "/top") == path


def test_repositories_as_git_finds_them(sandbox, here):
    bare = sandbox.bare("o.git")
    here.write("a", "a")
    here.commit()
    here.git("worktree", "add", "-q", "../linked")
    sandbox.run("git", "init", "-q", "--separate-git-dir", "apart", "separate")
    git_dir = str(here.path / ".git")
    for place, found in {
        bare: bare, sandbox.root / "o": bare, here.path: git_dir, git_dir: git_dir,
        sandbox.root / "linked": git_dir, sandbox.root / "separate": sandbox.root / "apart",
    }.items():  # fmt: skip
        assert remotes.common_dir(str(place)) == str(found)
        assert remotes.common_dir(f"{place}/") == str(found)
    assert remotes.common_dir(str(sandbox.root)) is None
    assert remotes.common_dir(str(sandbox.root / "none")) is None


@pytest.mark.parametrize("how", ["absolute", "file", "relative", "insteadOf", "pushurl", "non-bare"])
def test_the_store_of_a_path_remote(sandbox, here, how):
    bare = sandbox.bare("o.git")
    own = f"{bare}/gitblob"
    if how == "non-bare":
        own = f"{sandbox.repo('other').path}/.git/gitblob"
    url = {
        "absolute": str(bare), "file": f"file://{bare}", "relative": "../o.git", "insteadOf": "short:o.git",
        "pushurl": "https://example.invalid/o.git", "non-bare": "../other",
    }[how]  # fmt: skip
    here.git("remote", "add", "origin", url)
    if how == "insteadOf":
        here.git("config", f"url.{sandbox.root}/.insteadOf", "short:")
    if how == "pushurl":
        here.git("config", "remote.origin.pushurl", str(bare))
    assert urls(work(here).stores_to_push("origin")) == [own]
    if how != "pushurl":
        assert urls(work(here).stores_to_fetch()) == [own]
        assert urls(work(here).stores_to_push("origin", url if how != "insteadOf" else str(bare))) == [own]
    assert urls(work(here).stores_to_push(str(bare))) == [f"{bare}/gitblob"]


def test_no_remote(here):
    assert work(here).stores_to_fetch() == []
    with pytest.raises(StoreError, match="neither a remote nor a store"):
        work(here).stores_to_push("")


def test_a_remote_that_has_no_store(here):
    here.git("remote", "add", "origin", "git://me:hunter2@example.invalid/o.git")
    for ask in (lambda: work(here).stores_to_fetch(), lambda: work(here).stores_to_push("origin")):
        with pytest.raises(StoreError, match=r"no store for remote origin \(git://example.invalid/o.git\)") as caught:
            ask()
        assert "gitblob store add" in caught.value.hint


def test_a_remote_that_is_not_mounted(here):
    here.git("remote", "add", "origin", "/nowhere/o.git")
    with pytest.raises(StoreUnavailable, match=r"/nowhere/o\.git"):
        work(here).stores_to_fetch()


def test_a_remote_that_is_this_repository(here):
    here.git("remote", "add", "self", ".")
    assert work(here).stores_to_fetch() == []
    assert work(here).stores_to_push("self") == []


def test_the_branch_s_remote_is_asked_first(sandbox, here):
    for name in ("aaa", "origin", "zzz"):
        here.git("remote", "add", name, str(sandbox.bare(f"{name}.git")))
    assert remotes.names(str(here.path)) == ["origin", "aaa", "zzz"]
    here.git("config", "branch.main.remote", "zzz")
    assert remotes.names(str(here.path)) == ["zzz", "origin", "aaa"]
    assert [os.path.basename(os.path.dirname(url)) for url in urls(work(here).stores_to_fetch())] == [
        "zzz.git", "origin.git", "aaa.git",
    ]  # fmt: skip


def test_a_named_store_comes_first_and_a_private_one_does_not_stand_alone(sandbox, here):
    bare = sandbox.bare("o.git")
    here.git("remote", "add", "origin", str(bare))
    here.git("remote", "add", "web", "git://example.invalid/o.git")
    here.write(".gitblob.yaml", f"stores: {{mine: stores/blob, team: {sandbox.root}/team}}\ndefault: mine\n")
    assert urls(work(here).stores_to_push("origin")) == ["stores/blob", f"{bare}/gitblob"]
    with pytest.raises(StoreError, match=r"store mine \(stores/blob\) is private to this clone"):
        work(here).stores_to_push("web")
    assert urls(work(here).stores_to_fetch()) == ["stores/blob", f"{bare}/gitblob", f"{sandbox.root}/team"]
    here.write(".gitblob.yaml", f"stores: {{team: {sandbox.root}/team}}\nremotes: {{origin: team}}\n")
    assert urls(work(here).stores_to_push("origin")) == [f"{sandbox.root}/team"]
    assert urls(work(here).stores_to_fetch("origin")) == [f"{sandbox.root}/team", f"{bare}/gitblob"]


def test_a_store_of_an_unknown_kind_does_not_hide_the_others(sandbox, here):
    bare = sandbox.bare("o.git")
    here.git("remote", "add", "origin", str(bare))
    here.write(".gitblob.yaml", "stores: {cloud: 'later://bucket'}\n")
    assert urls(work(here).stores_to_fetch()) == [f"{bare}/gitblob"]
    with pytest.raises(StoreError, match="does not know"):
        work(here).stores_to_push("origin")


def test_a_bare_repository_reads_the_settings_of_its_head(sandbox, here):
    here.write(".gitblob.yaml", "stores: {team: /mnt/team}\n")
    here.commit()
    bare = sandbox.bare("o.git")
    here.git("push", "-q", str(bare), "main")
    assert workspace.open(str(bare)).settings.stores["team"].url == "/mnt/team"


def test_fetch_within_a_hook_s_environment(sandbox, here, tmp_path, monkeypatch):
    """Git's own variables are about this repository and must not lead astray in the remote's."""
    origin = sandbox.repo("origin")
    theirs = Cache(f"{origin.path}/.git/gitblob")
    oid = theirs.put(b"data")
    here.git("remote", "add", "origin", "../origin")
    monkeypatch.setenv("GIT_DIR", str(here.path / ".git"))
    monkeypatch.chdir(here.path)
    repository = command.find()
    cache = Cache(repository.cache_root)
    workspace.fetch(repository, cache, [Pointer(oid, 4), Pointer(oid, 5)])
    assert cache.find(oid, 4)


def test_what_is_nowhere_stays_missing(here):
    repository = command.find(str(here.path))
    cache = Cache(repository.cache_root)
    oid = Cache(f"{here.path}/elsewhere").put(b"data")
    workspace.fetch(repository, cache, [Pointer(oid, 4)])
    assert cache.find(oid, 4) is None


def test_a_linked_work_tree_has_the_cache_of_all(sandbox, here):
    here.write("a", "a")
    here.commit()
    here.git("remote", "add", "origin", str(sandbox.bare("o.git")))
    here.git("worktree", "add", "-q", "../linked")
    linked = workspace.open(str(sandbox.root / "linked"))
    assert linked.cache.root == work(here).cache.root
    blob = Blob(linked.cache.put(b"x"), 1)
    (store,) = linked.stores_to_push("origin")
    engine.upload(linked.cache, store, [blob])
    assert registry.of_repository("origin", str(sandbox.root / "o.git")).missing([blob]) == set()


def test_the_remote_that_git_push_takes(sandbox):
    repo = sandbox.repo("pushing")
    top = str(repo.path)
    assert remotes.default(top) == ""
    found = []
    for words in (
        "remote add up /x",
        "remote add origin /y",
        "config branch.main.remote up",
        "config remote.pushDefault third",
        "config --add branch.main.pushRemote fourth",
        "config --add branch.main.pushRemote fifth",
        "config --replace-all branch.main.pushRemote .",
        "checkout -q -b Feature/A.b",
        "config branch.Feature/A.b.pushRemote sixth",
    ):
        repo.git(*words.split())
        found.append(remotes.default(top))
    assert found == ["up", "origin", "up", "third", "fourth", "fifth", "third", "third", "sixth"]
    repo.git("config", "--unset", "remote.pushDefault")
    repo.git("commit", "-q", "--allow-empty", "-m", "first")
    repo.git("checkout", "-q", "--detach")
    assert remotes.default(top) == "origin"
