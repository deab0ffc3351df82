"""Two stores of different kinds for one push, and a copy from one service to another, on real servers."""

import os
import shutil

import pytest
from support.servers import rclone, wsgidav


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with rclone.s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="module")
def dav(tmp_path_factory):
    with wsgidav.serve(tmp_path_factory.mktemp("dav")) as server:
        yield server


def test_a_push_to_two_services_and_a_copy_to_a_third_place(repo, remote, s3, dav):
    repo.sandbox.env.update(s3.environment)
    helper = f"!f() {{ echo username={dav.user}; echo password={dav.password}; }}; f"
    repo.git("config", "--global", "credential.helper", helper)
    bucket = s3.bucket("mirror")
    repo.gitblob("store", "add", "team", f"s3://{bucket}/a", "--option", f"endpoint={s3.endpoint}")
    repo.gitblob("store", "add", "backup", dav.place())
    repo.gitblob("store", "add", "third", f"s3://{bucket}/b", "--option", f"endpoint={s3.endpoint}")
    text = repo.read(".gitblob.yaml").decode()
    repo.write(".gitblob.yaml", text.replace("default: team", "default: [team, backup]"))
    files = {f"{number}.bin": os.urandom(20_000) for number in range(20)}
    for name, data in files.items():
        repo.write(name, data)
    repo.commit()
    repo.git("push", "-q")
    shown = repo.gitblob("status", "--stores").stdout
    assert shown.count("has 20 blobs (390.6 KiB), lacks 0 blobs (0 B)") == 2
    shutil.rmtree(repo.path / ".git/gitblob")
    done = repo.gitblob("store", "copy", "--from", "backup", "--to", "third", "--all")
    assert done.stdout == "20 blob(s) needed, 20 sent (390.6 KiB)\n"
    assert repo.gitblob("store", "copy", "--from", "backup", "--to", "third", "--all").stdout.endswith("0 sent (0 B)\n")
    repo.write(".gitblob.yaml", "".join(line for line in repo.read(".gitblob.yaml").decode().splitlines(True)
                                        if not line.startswith("default")) + "default: third\n")  # fmt: skip
    repo.commit("Use the third", ".gitblob.yaml")
    repo.git("push", "-q", "--no-verify")
    clone = repo.sandbox.clone(remote)
    assert {name: clone.read(name) for name in files} == files
