"""fsck on a store without digests, a real S3 server: proof from pointers, sizes, bytes, repair."""

import os

import pytest

from gitblob.model import pointer

SIZES = (1, 3000, 9 << 20)


@pytest.fixture
def pushed(repo, remote, rclone_s3):
    """Blobs of these sizes on the store `cloud`; `folder` is what the server keeps them in."""
    bucket = rclone_s3.bucket("fsck")
    repo.sandbox.env.update(rclone_s3.environment)
    options = ["--default", "--option", f"endpoint={rclone_s3.endpoint}"]
    repo.gitblob("store", "add", "cloud", f"s3://{bucket}/blobs", *options)
    for number, size in enumerate(SIZES):
        repo.write(f"{number}.bin", os.urandom(size))
    repo.commit()
    repo.git("push", "-q")
    repo.folder = rclone_s3.folder / bucket / "blobs"
    return repo


def test_what_can_be_proved(pushed, rclone_s3):
    done = pushed.gitblob("fsck", "--store", "cloud", "HEAD")
    assert "store cloud: 3 of 3 blob(s) are there" in done.stderr
    assert "3 blob(s) compared by size only" in pushed.gitblob("fsck", "--store", "cloud").stderr
    done = pushed.gitblob("fsck", "--store", "cloud", "--download")
    assert "nothing found" in done.stderr
    assert "size only" not in done.stderr

    path = pushed.folder / pointer.decode(pushed.stored("2.bin")).oid.key
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert pushed.gitblob("fsck", "--store", "cloud").stdout == ""
    done = pushed.gitblob("fsck", "--store", "cloud", "--download", ok=1)
    assert done.stdout.startswith("store-corrupt: ")
    pushed.gitblob("fsck", "--store", "cloud", "--download", "--repair")
    assert path.read_bytes() == data

    key = f"blobs/{pointer.decode(pushed.stored('1.bin')).oid.key}"
    rclone_s3.client().delete_object(Bucket="fsck", Key=key)  # behind its back it would remember the file
    done = pushed.gitblob("fsck", "--store", "cloud", "HEAD", ok=1)
    assert ": 1.bin: store cloud lacks its content" in done.stdout
