"""No ref moves before a store that others reach has what it points to."""

import hashlib
import os

import pytest


def blobs(root):
    return {path.parent.name + path.name for path in root.glob("[0-9a-f][0-9a-f]/*")}


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def far(repo):
    """A remote of a kind that holds no blobs: a program that git starts and speaks to."""
    path = repo.sandbox.bare("far.git")
    repo.git("config", "protocol.ext.allow", "always")
    repo.git("remote", "add", "far", f"ext::git %s {path}")


def test_a_store_in_the_work_tree_is_no_reason_to_push_to_a_remote_without_one(repo, far):
    repo.gitblob("store", "add", "data", "stores/blob")
    repo.write("a.bin", os.urandom(3000))
    repo.commit()
    shown = repo.gitblob("status").stdout
    assert "store data (stores/blob) is private to this clone" in shown
    assert "nothing to upload" not in shown
    refused = repo.git_result("push", "far", "main", ok=1).stderr
    assert "store data (stores/blob) is private to this clone" in refused
    assert "git push --no-verify" in refused
    assert not repo.git("ls-remote", "far")
    assert repo.gitblob("push", "far", ok=15).stderr
    repo.git("push", "-q", "--no-verify", "far", "main")


def test_a_store_in_the_work_tree_and_a_remote_that_is_a_path_go_together(repo, remote):
    repo.gitblob("store", "add", "data", "stores/blob")
    data = os.urandom(3000)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    assert blobs(remote / "gitblob") == blobs(repo.path / "stores/blob") == {digest(data)}
    assert "store data (stores/blob, private to this clone): nothing to upload" in repo.gitblob("status").stdout


def test_status_without_a_remote_calls_the_store_private(repo):
    repo.gitblob("store", "add", "data", "stores/blob")
    assert "private to this clone" in repo.gitblob("status").stdout


@pytest.mark.parametrize("replaced", ["commit", "blob"])
def test_replaced_objects_are_pushed_as_they_are(repo, remote, replaced):
    """send-pack does not honour git-replace(1)."""
    data = os.urandom(3000)
    old = repo.git("rev-parse", "HEAD").strip()
    repo.write("a.bin", data)
    repo.commit()
    if replaced == "commit":
        empty = repo.git("commit-tree", "-p", old, "-m", "without the file", f"{old}^{{tree}}").strip()
        repo.git("replace", "HEAD", empty)
    else:
        repo.git("replace", "HEAD:a.bin", repo.git("hash-object", "-w", "--stdin", data="no pointer\n").strip())
    repo.git("push", "-q", "origin", "HEAD:main")
    assert blobs(remote / "gitblob") == {digest(data)}
    (remote / "gitblob" / digest(data)[:2] / digest(data)[2:]).unlink()
    repo.gitblob("store", "add", "team", repo.sandbox.root / "team")
    assert digest(data) in repo.gitblob("fsck", "--store", "team", ok=1).stdout


@pytest.mark.parametrize("how", ["another store", "a push without the hook"])
def test_a_pushed_tip_has_all_its_files_on_the_store(repo, remote, installed, tmp_path, how):
    first, second = os.urandom(3000), os.urandom(3000)
    repo.gitblob("store", "add", "s1", tmp_path / "s1")
    repo.write("a.bin", first)
    repo.commit()
    repo.git("push", "-q", *(["--no-verify"] if how == "a push without the hook" else []))
    repo.gitblob("store", "remove", "s1")
    repo.gitblob("store", "add", "s2", tmp_path / "s2")
    repo.write("b.bin", second)
    repo.commit()
    repo.git("push", "-q")
    assert blobs(tmp_path / "s2") == {digest(first), digest(second)}
    clone = installed.clone(remote)
    assert (clone.read("a.bin"), clone.read("b.bin")) == (first, second)


def test_a_tip_whose_old_file_is_nowhere_is_refused_by_name(repo, remote, tmp_path):
    data = os.urandom(3000)
    repo.write("d/old\nfile.bin", data)
    repo.commit()
    repo.git("push", "-q")
    repo.gitblob("store", "add", "s2", tmp_path / "s2")
    repo.write("b.bin", b"x" * 2000)
    repo.commit()
    for root in (repo.path / ".git/gitblob", remote / "gitblob"):
        (root / digest(data)[:2] / digest(data)[2:]).unlink()
    refused = repo.git_result("push", ok=1).stderr
    assert "lacks 1 blob(s)" in refused
    assert r"d/old\nfile.bin" in refused


def test_tags_of_trees_and_blobs_can_be_pushed(repo, remote):
    contents = [os.urandom(3000), os.urandom(3000)]
    for name, data in zip(("a.bin", "b.bin"), contents, strict=True):
        repo.write(f"{name[0]}/{name}", data)
    repo.commit()
    repo.git("push", "-q")
    for data in contents:
        (remote / "gitblob" / digest(data)[:2] / digest(data)[2:]).unlink()
    repo.git("tag", "tree", "HEAD:a")
    repo.git("tag", "-a", "-m", "one file", "blob", "HEAD:b/b.bin")
    repo.git("push", "-q", "origin", "tree", "blob")
    assert blobs(remote / "gitblob") == {digest(data) for data in contents}


def test_a_fetch_asks_the_former_default_too(repo, remote, installed, tmp_path):
    old, new = os.urandom(3000), os.urandom(3000)
    repo.gitblob("store", "add", "former", tmp_path / "former")
    repo.write("a.bin", old)
    repo.commit()
    repo.git("push", "-q")
    repo.gitblob("store", "add", "latter", tmp_path / "latter", "--default")
    repo.write("a.bin", new)
    repo.commit()
    repo.git("push", "-q")
    clone = installed.clone(remote)
    clone.git("checkout", "-q", "HEAD~1")
    assert clone.read("a.bin") == old


def test_a_last_store_that_fails_matters_only_for_what_is_missing(repo, remote, installed, tmp_path):
    contents = {"a.bin": os.urandom(3000), "b.bin": os.urandom(3000)}
    repo.gitblob("store", "add", "archive", tmp_path / "archive")
    repo.gitblob("store", "add", "team", tmp_path / "team", "--default")
    for name, data in contents.items():
        repo.write(name, data)
    repo.commit()
    repo.git("push", "-q")
    (tmp_path / "archive").rename(tmp_path / "away")
    (tmp_path / "team").rename(tmp_path / "moved")
    clone = installed.clone(remote)
    (tmp_path / "moved").rename(tmp_path / "team")
    assert "nothing found" in clone.gitblob("fsck").stderr
    gone = digest(contents["b.bin"])
    (tmp_path / "team" / gone[:2] / gone[2:]).unlink()
    assert "archive" in clone.gitblob("pull", ok=15).stderr
    assert clone.read("a.bin") == contents["a.bin"]
    (tmp_path / "away").rename(tmp_path / "archive")
    assert "b.bin" in clone.gitblob("pull", ok=3).stderr


@pytest.mark.parametrize("how", ["link", "file", "bare"])
def test_no_git_directory_is_a_store(repo, remote, installed, how):
    """Or prune would take the cache for a store that has it all, and free the only copy."""
    data = os.urandom(3000)
    repo.write("a.bin", data)
    repo.commit()
    (repo.path / "cache").symlink_to(".git/gitblob")
    urls = {"link": "cache", "file": f"file://{repo.path}/.%67it/gitblob", "bare": f"{remote}/gitblob"}
    refused = repo.gitblob("store", "add", "data", urls[how], ok=15).stderr
    assert "lies in a git directory" in refused
    repo.write(".gitblob.yaml", f"stores: {{data: '{urls[how]}'}}\n")
    repo.git("rm", "-q", "--cached", "a.bin")
    repo.git("commit", "-q", "--no-verify", "-m", "no longer in use")
    repo.git("remote", "remove", "origin")
    repo.gitblob("prune", ok=None)
    assert digest(data) in blobs(repo.path / ".git/gitblob")


def test_fsck_takes_the_name_of_a_remote(repo, remote):
    data = os.urandom(3000)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    assert "nothing found" in repo.gitblob("fsck", "--store", "origin").stderr
    (remote / "gitblob" / digest(data)[:2] / digest(data)[2:]).unlink()
    assert digest(data) in repo.gitblob("fsck", "--store", "origin", ok=1).stdout
    repo.gitblob("fsck", "--store", "origin", "--repair")
    assert blobs(remote / "gitblob") == {digest(data)}
    assert "there is no store 'nope'" in repo.gitblob("fsck", "--store", "nope", ok=15).stderr
