"""What a push takes for granted after an earlier one, and what it does not."""

import hashlib
import os
import shutil
import time

import pytest

from gitblob import workspace
from gitblob.ops import sync
from gitblob.ops.confirmed import WITNESSES
from gitblob.store.plain import PlainStore


def digest(data):
    return hashlib.sha256(data).hexdigest()


def blobs(root):
    return {path.parent.name + path.name for path in root.glob("[0-9a-f][0-9a-f]/*")}


def save(repo, **files):
    """A commit with new bytes in each of these files (NAME or NAME=bytes); the digests."""
    data = {f"{name}.bin": content or os.urandom(3000) for name, content in files.items()}
    for name, content in data.items():
        repo.write(name, content)
    repo.commit()
    return [digest(content) for content in data.values()]


@pytest.fixture
def asked(monkeypatch):
    """How many blobs each question to a store was about."""
    counts = []
    missing = PlainStore.missing

    def counted(self, blobs):
        counts.append(len(blobs))
        return missing(self, blobs)

    monkeypatch.setattr(PlainStore, "missing", counted)
    return counts


def before_push(repo, url, ref="refs/heads/main", old="0" * 40):
    """What the hook does for HEAD, in this process."""
    new = repo.git("rev-parse", "HEAD").strip()
    sync.before_push(workspace.open(), "origin", str(url), [sync.Ref("HEAD", new, ref, old)])
    return new


def test_the_store_is_asked_about_what_has_changed(repo, remote, asked, monkeypatch):
    monkeypatch.chdir(repo.path)
    save(repo, **dict.fromkeys("abcdefghijkl"))
    old = before_push(repo, remote)
    save(repo, a=None)
    old = before_push(repo, remote, old=old)
    repo.git("rm", "-q", "b.bin")
    repo.git("commit", "-q", "-m", "b is gone")
    old = before_push(repo, remote, old=old)
    before_push(repo, remote, ref="refs/heads/other")
    assert asked == [12, WITNESSES, 1, WITNESSES, WITNESSES]


def test_a_store_that_was_emptied_gets_everything_again(repo, remote):
    first = save(repo, a=None, b=None)
    repo.git("push", "-q")
    shutil.rmtree(remote / "gitblob")
    second = save(repo, c=None)
    repo.git("push", "-q")
    assert blobs(remote / "gitblob") == {*first, *second}


def test_a_store_that_was_made_anew_gets_everything_again(repo, remote, tmp_path):
    repo.gitblob("store", "add", "team", tmp_path / "team")
    first = save(repo, a=None, b=None)
    repo.git("push", "-q")
    shutil.rmtree(tmp_path / "team")
    save(repo, c=None)
    assert "is not there" in repo.git_result("push", ok=1).stderr
    repo.gitblob("store", "add", "team", tmp_path / "team")
    second = save(repo, d=None)
    repo.git("push", "-q")
    assert blobs(tmp_path / "team") > {*first, *second}


def test_a_push_brings_what_one_without_the_hook_left_out(repo, remote):
    """Also where no branch shows it any more (trap 5.3)."""
    save(repo, a=None)
    repo.git("push", "-q")
    left = save(repo, a=None)
    repo.git("push", "-q", "--no-verify")
    assert not blobs(remote / "gitblob").issuperset(left)
    save(repo, a=None)
    repo.git("push", "-q")
    assert blobs(remote / "gitblob").issuperset(left)


def test_what_others_have_lost_is_no_obstacle(repo, remote, installed):
    save(repo, a=None)
    repo.git("push", "-q")
    clone = installed.clone(remote)
    (lost,) = save(clone, a=None)
    clone.git("push", "-q", "--no-verify")
    (clone.path / ".git/gitblob" / lost[:2] / lost[2:]).unlink()
    save(clone, a=None)
    clone.git("push", "-q")
    repo.git("pull", "-q")
    (new,) = save(repo, b=None)
    repo.git("push", "-q")
    assert new in blobs(remote / "gitblob")
    assert lost in repo.gitblob("fsck", "--store", "origin", ok=1).stdout


def test_a_lost_file_of_the_pushed_commits_is_an_obstacle(repo, remote):
    save(repo, a=None)
    repo.git("push", "-q")
    (lost,) = save(repo, b=None)
    save(repo, b=None)
    (repo.path / ".git/gitblob" / lost[:2] / lost[2:]).unlink()
    assert "b.bin" in repo.git_result("push", ok=1).stderr
    assert "b.bin" in repo.git_result("push", ok=1).stderr


@pytest.mark.parametrize("how", ["revert", "older branch"])
def test_an_older_version_that_comes_back_is_asked_for(repo, remote, tmp_path, how):
    repo.gitblob("store", "add", "former", tmp_path / "former")
    first = save(repo, a=None)
    repo.git("push", "-q")
    repo.gitblob("store", "add", "latter", tmp_path / "latter", "--default")
    second = save(repo, a=None)
    repo.git("push", "-q")
    assert blobs(tmp_path / "latter") == {*second}
    if how == "revert":
        repo.git("checkout", "-q", "HEAD~1", "--", "a.bin")
        third = save(repo, b=None)
        repo.git("push", "-q")
    else:
        repo.git("switch", "-q", "-c", "topic", "HEAD~1")
        repo.git("checkout", "main", "--", ".gitblob.yaml")
        third = save(repo, b=None)
        repo.git("push", "-q", "origin", "topic")
    assert blobs(tmp_path / "latter") == {*first, *second, *third}


def test_another_remote_is_another_matter(repo, remote, installed, tmp_path):
    """What one remote had without the store's knowing, another one must not get."""
    repo.gitblob("store", "add", "team", tmp_path / "team")
    left = save(repo, a=None)
    repo.git("push", "-q", "--no-verify")
    save(repo, a=None)
    repo.git("push", "-q")
    assert not blobs(tmp_path / "team").issuperset(left)
    repo.git("push", "-q", str(installed.bare("other.git")), "main")
    assert blobs(tmp_path / "team").issuperset(left)


def test_by_hand_the_store_is_asked_about_everything(repo, remote):
    (oid,) = save(repo, a=None)
    repo.git("push", "-q")
    (remote / "gitblob" / oid[:2] / oid[2:]).unlink()
    assert oid in repo.gitblob("fsck", "--store", "origin", ok=1).stdout
    assert "sent 1" in repo.gitblob("push").stdout


@pytest.mark.parametrize(
    "damage", [b"", b"\xff\xfe", b"x\n", b"x\n--all\n", b"x\n\n--all\n", b"nothing\n\n" + b"0" * 40 + b"\n"]
)
def test_a_record_that_says_nonsense(repo, remote, damage):
    save(repo, a=None)
    repo.git("push", "-q")
    (record,) = (repo.path / ".git/gitblob/confirmed").iterdir()
    first = record.read_bytes().split(b"\n")[0]
    record.write_bytes(damage.replace(b"nothing", first).replace(b"x", first))
    (oid,) = save(repo, b=None)
    repo.git("push", "-q")
    assert oid in blobs(remote / "gitblob")


def test_commits_that_are_gone_from_this_clone(repo, remote):
    save(repo, a=None)
    repo.git("push", "-q")
    (record,) = (repo.path / ".git/gitblob/confirmed").iterdir()
    record.write_text("".join([*record.read_text().splitlines(keepends=True)[:2], "1" * 40 + "\n"]))
    (oid,) = save(repo, b=None)
    repo.git("push", "-q")
    assert oid in blobs(remote / "gitblob")


def test_a_remote_that_has_pruned_gets_everything_again(repo, installed):
    upstream = installed.bare("upstream.git")
    repo.git("push", "-q", str(upstream), "main")
    middle = installed.clone(upstream, "middle")
    repo.git("remote", "add", "origin", "../middle")
    repo.git("switch", "-q", "-c", "topic")
    (oid,) = save(repo, a=None)
    repo.git("push", "-q", "origin", "topic")
    middle.gitblob("push", "--all", "origin")
    middle.gitblob("prune")
    assert blobs(middle.path / ".git/gitblob") == set()
    save(repo, b=None)
    repo.git("push", "-q", "origin", "topic")
    assert oid in blobs(middle.path / ".git/gitblob")


def test_a_store_that_was_emptied_gets_the_history_again(repo, remote):
    first = save(repo, a=None)
    second = save(repo, a=None)
    repo.git("push", "-q")
    shutil.rmtree(remote / "gitblob")
    third = save(repo, a=None)
    repo.git("push", "-q")
    assert blobs(remote / "gitblob") == {*first, *second, *third}


def test_a_store_put_back_to_an_older_state_in_place_gets_what_it_has_lost(repo, remote):
    """As a snapshot or rsync does it: the marker keeps its inode and its times."""
    first = save(repo, a=None, b=None)
    repo.git("push", "-q")
    second = save(repo, a=None)
    repo.git("push", "-q")
    for oid in second:
        (remote / "gitblob" / oid[:2] / oid[2:]).unlink()
    third = save(repo, b=None)
    repo.git("push", "-q")
    assert blobs(remote / "gitblob") == {*first, *second, *third}


def test_what_other_branches_had_at_an_older_state_is_asked_for_again_too(repo, remote):
    repo.git("switch", "-q", "-c", "topic")
    lost = save(repo, a=None)
    repo.git("push", "-q", "origin", "topic")
    repo.git("switch", "-q", "main")
    lost += save(repo, b=None)
    repo.git("push", "-q")
    for oid in lost:
        (remote / "gitblob" / oid[:2] / oid[2:]).unlink()
    save(repo, c=None)
    repo.git("push", "-q")
    repo.git("switch", "-q", "topic")
    save(repo, d=None)
    repo.git("push", "-q", "origin", "topic")
    assert blobs(remote / "gitblob").issuperset(lost)


def test_a_record_that_cannot_cannot_be_written_stops_no_push(repo, remote):
    (oid,) = save(repo, a=None)
    shutil.rmtree(repo.path / ".git/gitblob/confirmed")
    repo.write(".git/gitblob/confirmed", "in the way")
    repo.git("push", "-q")
    assert oid in blobs(remote / "gitblob")


def test_a_blob_that_is_nowhere_does_not_make_every_push_ask_for_everything(repo, remote, asked, monkeypatch):
    monkeypatch.chdir(repo.path)
    (lost,) = save(repo, a=None)
    repo.git("push", "-q", "--no-verify")
    (repo.path / ".git/gitblob" / lost[:2] / lost[2:]).unlink()
    save(repo, a=None)
    old = before_push(repo, remote, old=repo.git("rev-parse", "HEAD~1").strip())
    save(repo, b=None)
    before_push(repo, remote, old=old)
    assert asked[-1] == 1


@pytest.fixture
def down(repo):
    """A store where nobody listens."""
    repo.write(".gitblob.yaml", "stores:\n  team: {url: 'http+dav://127.0.0.1:9/team'}\n")
    repo.gitblob("store", "trust", "team")
    return repo


def test_a_push_without_blobs_needs_no_store(down, remote):
    for name in ("one", "two"):
        down.git("commit", "-q", "--allow-empty", "-m", name)
        begin = time.monotonic()
        pushed = down.git_result("push", "origin", "main")
        assert time.monotonic() - begin < 3
        assert "127.0.0.1:9" not in pushed.stderr
    save(down, a=None)
    assert "store team" in down.git_result("push", "origin", "main", ok=1).stderr


def test_a_push_without_blobs_is_a_push(repo, remote):
    """What a later one without the hook left out is no less asked for."""
    repo.git("commit", "-q", "--allow-empty", "-m", "nothing to store")
    repo.git("push", "-q")
    left = save(repo, a=None)
    repo.git("push", "-q", "--no-verify")
    repo.git("rm", "-q", "a.bin")
    repo.git("commit", "-q", "-m", "a is gone")
    repo.git("push", "-q")
    assert blobs(remote / "gitblob") == {*left}
