"""Plain git between repositories on one machine: no store is named, no gitblob command is typed."""

import hashlib
import os

import pytest

LARGE = 6 << 20


def blobs(root):
    return {path.parent.name + path.name for path in root.glob("[0-9a-f][0-9a-f]/*")}


def digest(data):
    return hashlib.sha256(data).hexdigest()


def test_push_clone_pull_and_back(repo, remote, installed):
    first, second, small = os.urandom(LARGE), os.urandom(LARGE), os.urandom(5000)
    repo.write("a.bin", first)
    repo.write("d/b.bin", small)
    repo.commit("first")
    repo.git("push", "-q")
    assert blobs(remote / "gitblob") == {digest(first), digest(small)}
    colleague = installed.clone(remote)
    assert (colleague.read("a.bin"), colleague.read("d/b.bin"), colleague.status()) == (first, small, "")
    colleague.write("a.bin", second)
    colleague.commit("second")
    colleague.git("push", "-q")  # a clone that has only ever seen plain git
    assert digest(second) in blobs(remote / "gitblob")
    repo.git("pull", "-q")
    assert (repo.read("a.bin"), repo.status()) == (second, "")
    repo.git("checkout", "-q", "HEAD~1")
    assert (repo.read("a.bin"), repo.status()) == (first, "")


def test_a_transfer_on_one_file_system_costs_no_copy(repo, remote, installed):
    data = os.urandom(LARGE)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    name = f"gitblob/{digest(data)[:2]}/{digest(data)[2:]}"
    here, there = repo.path / ".git" / name, remote / name
    clone = installed.clone(remote)
    linked = os.stat(here).st_ino == os.stat(there).st_ino == os.stat(clone.path / ".git" / name).st_ino
    extents = [os.stat(path).st_blocks for path in (here, there)]
    assert linked or extents[0] == extents[1]  # hard links here; where there are reflinks, files of their own
    assert {os.stat(path).st_mode & 0o777 for path in (here, there)} == {0o444}


def test_a_work_tree_is_never_a_link_to_the_cache(repo, remote):
    """Or an edit in place would change history."""
    repo.write("a.bin", os.urandom(LARGE))
    repo.write("s.bin", os.urandom(999))
    repo.commit()
    for name in ("a.bin", "s.bin"):
        (repo.path / name).unlink()
    repo.git("checkout", "--", ".")
    for name in ("a.bin", "s.bin"):
        assert os.stat(repo.path / name).st_nlink == 1
        with open(repo.path / name, "r+b") as file:
            file.write(b"edited in place")
    assert repo.gitblob("fsck").stdout == ""


def test_a_clone_of_a_working_repository_finds_the_blobs_in_its_cache(repo, installed):
    data = os.urandom(LARGE)
    repo.write("a.bin", data)
    repo.commit()
    clone = installed.clone(repo.path)
    assert (clone.read("a.bin"), clone.status()) == (data, "")


@pytest.mark.parametrize("options", [("--depth", "1"), ("--shared",), ("--no-local",), ("--filter=blob:none",)])
def test_clones_of_every_kind(repo, remote, installed, options):
    data = os.urandom(LARGE)
    repo.git("-C", str(remote), "config", "uploadpack.allowFilter", "true")
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    clone = installed.clone(f"file://{remote}" if options[0] != "--shared" else remote, "clone", *options)
    assert (clone.read("a.bin"), clone.status()) == (data, "")


def test_a_relative_remote_and_a_push_from_a_folder(repo, installed):
    path = installed.bare("shared/x.git")
    repo.git("remote", "add", "origin", "../shared/x.git")
    data = os.urandom(2000)
    repo.write("d/a.bin", data)
    repo.commit()
    repo.git("-C", "d", "push", "-q", "origin", "main")
    assert blobs(path / "gitblob") == {digest(data)}


def test_no_ref_moves_when_a_blob_is_nowhere(repo, remote):
    data = os.urandom(LARGE)
    repo.write("lost.bin", data)
    repo.commit()
    os.unlink(repo.path / f".git/gitblob/{digest(data)[:2]}/{digest(data)[2:]}")
    before = repo.git("ls-remote", "origin")
    result = repo.git_result("push", ok=1)
    assert "lost.bin" in result.stderr
    assert "hint:" in result.stderr
    assert repo.git("ls-remote", "origin") == before


def test_a_blob_that_only_the_store_has_is_no_reason_to_refuse(repo, remote):
    data = os.urandom(5000)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    os.unlink(repo.path / f".git/gitblob/{digest(data)[:2]}/{digest(data)[2:]}")
    repo.git("switch", "-q", "-c", "again")
    repo.write("copy.bin", data)
    repo.commit()
    os.unlink(repo.path / f".git/gitblob/{digest(data)[:2]}/{digest(data)[2:]}")
    repo.git("push", "-q", "origin", "again")


def test_every_ref_of_a_push_counts_and_deletions_do_not(repo, remote):
    names = ["one", "two"]
    contents = {}
    for name in names:
        repo.git("switch", "-q", "-c", name, "main")
        contents[name] = os.urandom(3000)
        repo.write(f"{name}.bin", contents[name])
        repo.commit()
    repo.git("tag", "-a", "-m", "release", "v1", "two")
    repo.git("push", "-q", "origin", "one", "v1")
    assert blobs(remote / "gitblob") == {digest(data) for data in contents.values()}
    repo.git("push", "-q", "origin", ":one")
    repo.git("push", "-q", "--mirror", "origin")


def test_two_push_urls_both_get_the_blobs(repo, remote, installed):
    mirror = installed.bare("mirror.git")
    repo.git("remote", "set-url", "--add", "--push", "origin", str(remote))
    repo.git("remote", "set-url", "--add", "--push", "origin", str(mirror))
    data = os.urandom(4000)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    assert blobs(remote / "gitblob") == blobs(mirror / "gitblob") == {digest(data)}


def test_a_push_to_a_bare_url(repo, installed):
    path = installed.bare("elsewhere.git")
    data = os.urandom(4000)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q", str(path), "main")
    assert blobs(path / "gitblob") == {digest(data)}


def test_absent_content_never_breaks_a_clone(repo, remote, installed):
    data, small = os.urandom(LARGE), os.urandom(5000)
    repo.write("a.bin", data)
    repo.write("s.bin", small)
    repo.commit()
    repo.git("push", "-q")
    (remote / "gitblob").rename(remote / "away")
    result = installed.run("git", "clone", remote, "clone")
    assert "2 files" in result.stderr or "a.bin, s.bin" in result.stderr
    assert "gitblob pull" in result.stderr
    clone = type(repo)(installed, installed.root / "clone")
    assert clone.read("a.bin").startswith(b"# gitblob v1")
    assert clone.read("s.bin").startswith(b"# gitblob v1")
    assert clone.status() == ""
    assert clone.git("diff", "--stat") == ""
    assert clone.gitblob("pull", ok=3).stderr
    (remote / "away").rename(remote / "gitblob")
    clone.gitblob("pull")
    assert (clone.read("a.bin"), clone.read("s.bin"), clone.status()) == (data, small, "")


def test_the_next_hook_takes_up_what_a_checkout_left(repo, remote, installed):
    data = os.urandom(LARGE)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q")
    (remote / "gitblob").rename(remote / "away")
    clone = installed.clone(remote)
    (remote / "away").rename(remote / "gitblob")
    clone.git("checkout", "-q", "-b", "topic")
    assert (clone.read("a.bin"), clone.status()) == (data, "")
    assert not list((clone.path / ".git/gitblob/journal").glob("*"))


def test_one_damaged_blob_of_many_is_named_and_the_others_arrive(repo, remote, installed):
    contents = {f"{n}.bin": os.urandom(3000) for n in range(5)} | {"large.bin": os.urandom(LARGE)}
    for name, data in contents.items():
        repo.write(name, data)
    repo.commit()
    repo.git("push", "-q")
    bad = remote / "gitblob" / digest(contents["3.bin"])[:2] / digest(contents["3.bin"])[2:]
    bad.chmod(0o644)
    bad.write_bytes(b"x" * 3000)
    bad.chmod(0o444)
    repo.remove_worktree()  # hard links: the damage is in this cache as well
    result = installed.run("git", "clone", remote, "clone")
    clone = type(repo)(installed, installed.root / "clone")
    for name, data in contents.items():
        assert clone.read(name) == data or name == "3.bin"
    assert clone.read("3.bin").startswith(b"# gitblob v1")
    assert "gitblob pull" in result.stderr
    assert clone.status() == ""


def test_without_a_remote_blobs_stay_in_the_cache(repo):
    repo.write("a.bin", os.urandom(3000))
    repo.commit()
    assert "store" in repo.gitblob("status").stdout
    assert repo.gitblob("push", ok=None).returncode in {1, 15}
