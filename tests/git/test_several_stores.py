"""A push to several stores, stores that need not have everything, stores that are only read."""

import hashlib
import json
import os
import shutil

import pytest


def blobs(root):
    return {path.parent.name + path.name for path in root.glob("[0-9a-f][0-9a-f]/*")}


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def places(repo, remote):
    """Three stores; nothing is named yet."""
    for name in ("team", "backup", "upstream"):
        repo.gitblob("store", "add", name, repo.sandbox.root / name)
    (repo.path / ".gitblob.yaml").unlink()
    return {name: repo.sandbox.root / name for name in ("team", "backup", "upstream")}


def settings(repo, places, more, **extra):
    stores = "".join(f"  {name}: {{url: {path}{extra.get(name, '')}}}\n" for name, path in places.items())
    repo.write(".gitblob.yaml", f"stores:\n{stores}{more}")


def add(repo, name="a.bin"):
    data = os.urandom(3000)
    repo.write(name, data)
    repo.commit()
    return digest(data)


def test_a_push_goes_to_all(repo, places):
    settings(repo, places, "default: [team, backup]\nremotes: {other: [upstream]}\n")
    blob = add(repo)
    repo.git("push", "-q")
    assert blobs(places["team"]) == blobs(places["backup"]) == {blob}
    assert blobs(places["upstream"]) == set()
    repo.git("remote", "add", "other", str(repo.sandbox.bare("other.git")))
    repo.git("push", "-q", "other", "main")
    assert blobs(places["upstream"]) == {blob}


def test_a_required_store_that_fails_fails_the_push(repo, places, remote):
    settings(repo, places, "default: [team, backup]\n")
    new = add(repo) and repo.git("rev-parse", "HEAD").strip()
    shutil.rmtree(places["backup"])
    assert "backup" in repo.git_result("push", ok=1).stderr
    assert new not in repo.git("ls-remote", "origin")


def test_one_that_is_not_required_gets_it_later(repo, places):
    settings(repo, places, "default: [team, backup]\n", backup=", required: false")
    first = add(repo)
    away = places["backup"].rename(places["backup"].with_name("away"))
    pushed = repo.git_result("push")
    assert "store backup" in pushed.stderr
    assert "did not get the content of this push" in pushed.stderr
    assert pushed.stderr.count("store backup") == 1
    assert blobs(places["team"]) == {first}
    away.rename(places["backup"])
    second = add(repo, "b.bin")
    assert "warning" not in repo.git_result("push").stderr
    assert blobs(places["backup"]) == {first, second}


def test_somebody_must_have_it(repo, places):
    settings(repo, places, "default: [backup]\n", backup=", required: false")
    add(repo)
    shutil.rmtree(places["backup"])
    assert "is not there" in repo.git_result("push", ok=1).stderr


def test_a_fork_reads_upstreams_store_and_writes_its_own(repo, places, remote):
    settings(repo, places, "default: upstream\n")
    theirs = add(repo)
    repo.git("push", "-q")
    settings(repo, places, "default: [upstream, team]\n", upstream=", read_only: true")
    mine = add(repo, "b.bin")
    repo.git("push", "-q")
    assert blobs(places["upstream"]) == {theirs}
    assert blobs(places["team"]) == {theirs, mine}
    clone = repo.sandbox.clone(remote, "clone")
    assert (digest(clone.read("a.bin")), digest(clone.read("b.bin"))) == (theirs, mine)


def test_only_a_read_only_store_and_a_remote_that_is_a_path(repo, places, remote):
    settings(repo, places, "default: upstream\n", upstream=", read_only: true")
    mine = add(repo)
    repo.git("push", "-q")
    assert blobs(places["upstream"]) == set()
    assert blobs(remote / "gitblob") == {mine}


def test_a_read_only_store_is_checked_without_writing(repo, places):
    settings(repo, places, "default: upstream\n", upstream=", read_only: true")
    assert "read-only" in repo.gitblob("store", "check", "upstream").stdout


def test_copy(repo, places, remote):
    settings(repo, places, "default: team\n")
    first = add(repo)
    repo.git("push", "-q")
    second = add(repo, "b.bin")
    repo.git("push", "-q")
    cached = repo.path / ".git/gitblob"
    shutil.rmtree(cached)
    assert repo.gitblob("store", "copy", "--from", "team", "--to", "backup", "HEAD~1").stdout == (
        "1 blob(s) needed, 1 sent (2.9 KiB)\n"
    )
    assert blobs(places["backup"]) == {first}
    assert (
        "2 blob(s) needed, 1 sent" in repo.gitblob("store", "copy", "--from", "team", "--to", "backup", "--all").stdout
    )
    assert blobs(places["backup"]) == {first, second}
    assert blobs(cached) == set(os.listdir(cached / "tmp")) == set()
    again = repo.gitblob("store", "copy", "--from", "team", "--to", "backup").stdout
    assert again == "2 blob(s) needed, 0 sent (0 B)\n"


def test_copy_goes_on_without_what_is_nowhere(repo, places):
    settings(repo, places, "default: team\n")
    gone, good = [add(repo, f"{number}.bin") for number in range(2)]
    repo.git("push", "-q")
    shutil.rmtree(repo.path / ".git/gitblob")
    (places["team"] / gone[:2] / gone[2:]).unlink()
    done = repo.gitblob("store", "copy", "--from", "team", "--to", "backup", "--all", ok=3)
    assert gone in done.stderr
    assert blobs(places["backup"]) == {good}


def test_copy_takes_no_wrong_bytes(repo, places):
    settings(repo, places, "default: team\n")
    good, damaged = add(repo), add(repo, "b.bin")
    repo.git("push", "-q")
    shutil.rmtree(repo.path / ".git/gitblob")
    path = places["team"] / damaged[:2] / damaged[2:]
    path.chmod(0o644)
    path.write_bytes(bytes(3000))
    done = repo.gitblob("store", "copy", "--from", "team", "--to", "backup", "--all", ok=3)
    assert damaged in done.stderr
    assert blobs(places["backup"]) == {good}


def test_copy_of_nonsense(repo, places):
    settings(repo, places, "default: team\n", backup=", read_only: true")
    add(repo)
    repo.git("push", "-q")
    assert "are the same store" in repo.gitblob("store", "copy", "--from", "team", "--to", "team", ok=2).stderr
    assert (
        "names no commits"
        in repo.gitblob("store", "copy", "--from", "team", "--to", "upstream", "--", "--x", ok=2).stderr
    )
    assert "is read-only here" in repo.gitblob("store", "copy", "--from", "team", "--to", "backup", ok=15).stderr


def test_status_says_what_is_on_which_store(repo, places, remote):
    settings(repo, places, "default: team\n")
    add(repo)
    repo.git("push", "-q")
    second = add(repo, "b.bin")
    shutil.rmtree(places["upstream"])
    found = json.loads(repo.gitblob("status", "--stores", "--json").stdout)
    assert [len(store["there"]) for store in found["stores"]] == [1, 0, 0, 0]
    assert [blob["oid"] for blob in found["stores"][0]["missing"]] == [f"sha256:{second}"]
    assert [bool(store["problem"]) for store in found["stores"]] == [False, False, True, False]
    assert found["nowhere"] == ["b.bin"]
    shown = repo.gitblob("status", "--stores").stdout
    assert f"store team ({places['team']}): has 1 blob (2.9 KiB), lacks 1 blob (2.9 KiB)\n" in shown
    assert f"could not be asked: store upstream ({places['upstream']}) is not there\n" in shown
    assert shown.endswith("on no store that could be asked: 1 file\n  b.bin\n")


def test_one_store_that_cannot_be_opened_does_not_keep_others_from_being_checked(repo, places):
    repo.write(".gitblob.yaml", f"stores: {{other: 'later://h', team: {places['team']}}}\n")
    done = repo.gitblob("store", "check", ok=15)
    assert "problem reach" in done.stdout
    assert "ok delete" in done.stdout
    assert "does not know" in done.stderr


def test_doctor_looks_at_each(repo, places):
    repo.write(".gitblob.yaml", f"stores: {{other: 'later://h', team: {places['team']}, s: 's3://bucket'}}\n")
    shown = repo.gitblob("doctor", ok=None).stdout
    assert "does not know" in shown
    assert f"store team ({places['team']}) is there" in shown
    assert "`gitblob store trust s`" in shown
