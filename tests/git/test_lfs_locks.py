"""File locks of a Git LFS server, by our commands and by the real git-lfs client's."""

import json

import pytest
from support.servers import process
from support.servers.lfs_server import LfsServer


@pytest.fixture
def host(sandbox):
    with LfsServer(sandbox.root / "objects", git=sandbox.root, users={"ann": "a", "bob": "b"}) as host:
        sandbox.bare("team/repo.git")
        yield host


def clone_of(installed, host, user, name):
    """A clone of the host's repository by a user whose password is his initial."""
    return installed.clone(f"http://{user}:{user[0]}@127.0.0.1:{host.port}/team/repo.git", name)


@pytest.fixture
def ann(repo, host, installed):
    """Has pushed a.bin and b.bin."""
    repo.git("remote", "add", "origin", f"http://ann:a@127.0.0.1:{host.port}/team/repo.git")
    repo.write("a.bin", b"a" * 1000)
    repo.write("d/b.bin", b"b" * 1000)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    return repo


@pytest.fixture
def bob(ann, host, installed):
    return clone_of(installed, host, "bob", "bob")


def test_lock_list_unlock(ann, bob):
    assert ann.gitblob("lock", "a.bin").stdout == "locked a.bin\n"
    refused = bob.gitblob("lock", "a.bin", ok=11)
    assert "a.bin is locked by ann since 20" in refused.stderr
    bob.gitblob("lock", "d/b.bin")
    listed = json.loads(bob.gitblob("locks", "--json").stdout)
    assert [(lock["path"], lock["owner"], lock["mine"]) for lock in listed] == [
        ("a.bin", "ann", False),
        ("d/b.bin", "bob", True),
    ]
    assert [lock["path"] for lock in json.loads(ann.gitblob("locks", "--mine", "--json").stdout)] == ["a.bin"]
    assert "bob (you)" in bob.gitblob("locks").stdout
    denied = bob.gitblob("unlock", "a.bin", ok=15)
    assert "stays locked by ann" in denied.stderr
    assert "--force" in denied.stderr
    bob.gitblob("unlock", "--force", "a.bin")
    assert "not locked" in bob.gitblob("unlock", "a.bin", ok=2).stderr
    assert [lock["path"] for lock in json.loads(ann.gitblob("locks", "--json").stdout)] == ["d/b.bin"]


def test_more_locks_than_one_answer_holds(ann):
    paths = [f"{number}.bin" for number in range(7)]
    ann.gitblob("lock", *paths)
    assert [lock["path"] for lock in json.loads(ann.gitblob("locks", "--json").stdout)] == paths


def test_a_file_with_changes_stays_locked(ann):
    ann.gitblob("lock", "a.bin")
    ann.write("a.bin", b"changed" * 1000)
    assert "changes that are not committed" in ann.gitblob("unlock", "a.bin", ok=2).stderr
    ann.gitblob("unlock", "--force", "a.bin")


@pytest.mark.parametrize("change", ["edit", "remove", "rename"])
def test_a_push_of_what_another_has_locked(ann, bob, host, change):
    ann.gitblob("lock", "d/b.bin")
    if change == "edit":
        bob.write("d/b.bin", b"by bob" * 1000)
    else:
        bob.git(*(["mv", "d/b.bin", "c.bin"] if change == "rename" else ["rm", "-q", "d/b.bin"]))
        bob.write("new.bin", b"a pointer of this push" * 100)
    bob.commit()
    before = host.holds()
    refused = bob.git_result("push", ok=1)
    assert "d/b.bin is locked by ann since 20" in refused.stderr
    assert "gitblob unlock" in refused.stderr
    assert host.holds() == before
    ann.git("fetch", "-q")
    assert ann.git("rev-parse", "origin/main") == ann.git("rev-parse", "main")
    ann.gitblob("unlock", "d/b.bin")
    bob.git("push", "-q")


def test_other_files_and_ones_own(ann, bob):
    ann.gitblob("lock", "d/b.bin")
    bob.write("a.bin", b"by bob" * 1000)
    bob.commit()
    bob.git("push", "-q")
    ann.write("d/b.bin", b"by ann" * 1000)
    ann.commit()
    ann.git("pull", "-q", "--rebase")
    ann.git("push", "-q")


def test_a_push_without_pointers_asks_for_no_locks(ann, host):
    asked = host.count("POST", "locks/verify")
    ann.write("code.py", "pass\n")
    ann.commit()
    ann.git("push", "-q")
    assert host.count("POST", "locks/verify") == asked


def test_a_server_without_locks(ann, host):
    host.locking = False
    ann.write("a.bin", b"new" * 1000)
    ann.commit()
    ann.git("push", "-q")
    assert "has no locks" in ann.gitblob("lock", "a.bin", ok=15).stderr
    assert "has no locks" in ann.gitblob("locks", ok=15).stderr


def test_a_mirror_that_is_down_keeps_no_push_back(ann, host, sandbox, tmp_path):
    """Nor for its locks, where the settings do not require it."""
    helper = "!f() { test $1 = get && printf 'username=ann\\npassword=a\\n'; }; f"
    sandbox.run("git", "config", "--global", "credential.helper", helper)
    with LfsServer(tmp_path / "mirror") as mirror:
        sandbox.run("git", "config", "--global", "gitblob.trust", f"lfs+{mirror.host}")
    stores = f"  own: lfs+{host.url}\n  mirror: {{url: 'lfs+{mirror.url}', required: false}}\n"
    ann.write(".gitblob.yaml", f"stores:\n{stores}default: [own, mirror]\n")
    ann.write("a.bin", b"new" * 1000)
    ann.commit()
    pushed = ann.git_result("push", ok=0)
    assert "mirror" in pushed.stderr
    assert len(host.holds()) == 3


def test_a_store_without_locks(repo, remote):
    assert "only Git LFS servers have locks" in repo.gitblob("lock", "a.bin", ok=15).stderr


def test_the_real_client_and_ours_see_the_same_locks(ann, bob, host):
    process.program("git-lfs")
    bob.git("config", f"lfs.http://127.0.0.1:{host.port}/team/repo.git/info/lfs.locksverify", "true")
    bob.git("lfs", "lock", "a.bin")
    assert "a.bin is locked by bob" in ann.gitblob("lock", "a.bin", ok=11).stderr
    ann.gitblob("lock", "d/b.bin")
    assert "ann" in bob.git("lfs", "locks")
    listed = json.loads(bob.git("lfs", "locks", "--verify", "--json"))
    assert [lock["path"] for lock in listed["ours"]] == ["a.bin"]
    assert [lock["path"] for lock in listed["theirs"]] == ["d/b.bin"]
    bob.git("lfs", "unlock", "a.bin")
    bob.git("lfs", "unlock", "--force", "d/b.bin")
    assert json.loads(ann.gitblob("locks", "--json").stdout) == []
