"""Plain git with a store in a bucket: what one pushes another has after a clone, and nothing is pushed without it."""

import itertools
import os

import pytest

NUMBERS = itertools.count()
BIG = os.urandom(1 << 20) * 65  # goes up in parts


@pytest.fixture
def team(rclone_s3, repo, installed):
    """`repo` with a store in a new bucket and a bare remote; the bucket's folder."""
    installed.env.update(rclone_s3.environment)
    bucket = rclone_s3.bucket(f"git{next(NUMBERS)}")
    url = f"s3://{bucket}/project"
    repo.gitblob("store", "add", "team", url, "--default", "--option", f"endpoint={rclone_s3.endpoint}")
    repo.commit("store")
    installed.run("git", "init", "-q", "--bare", "origin.git")
    repo.git("remote", "add", "origin", str(installed.root / "origin.git"))
    return rclone_s3.folder / bucket


def test_push_and_clone(team, repo, installed):
    repo.write("small.bin", b"\0small")
    repo.write("big.bin", BIG)
    repo.commit("data")
    repo.git("push", "-q", "-u", "origin", "main")
    names = [path for path in team.rglob("*") if path.is_file()]
    assert len(names) == 3, names
    assert not (installed.root / "origin.git" / "gitblob").exists()
    clone = installed.clone(installed.root / "origin.git")
    clone.gitblob("pull")
    assert clone.read("small.bin") == b"\0small"
    assert clone.read("big.bin") == BIG
    assert clone.status() == ""


def test_wrong_credentials_refuse_the_push(team, repo, installed):
    repo.write("small.bin", b"\0small")
    repo.commit("data")
    repo.git("push", "-q", "origin", "main~1:refs/heads/main")
    before = installed.run("git", "ls-remote", "origin", cwd=repo.path).stdout
    done = repo.git_result("push", "origin", "main", ok=None, env={"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert done.returncode
    assert "does not accept the credentials" in done.stderr
    assert "AWS_SECRET_ACCESS_KEY" in done.stderr
    assert installed.run("git", "ls-remote", "origin", cwd=repo.path).stdout == before
    repo.git("push", "-q", "origin", "main")
    assert len([path for path in team.rglob("*") if path.is_file()]) == 2
