"""S3 against real servers: what every backend must do, and what only S3 has."""

import itertools

import pytest

from gitblob.store.access import Access
from gitblob.store.cloud import s3
from gitblob.store.conformance import BackendConformance

NUMBERS = itertools.count()


@pytest.fixture
def bucket(rclone_s3, monkeypatch):
    """A new bucket, and its server's credentials where AWS clients look."""
    for name, value in rclone_s3.environment.items():
        monkeypatch.setenv(name, value)
    return rclone_s3.bucket(f"bucket{next(NUMBERS)}")


class TestRclone(BackendConformance):
    rooted = False

    @pytest.fixture
    def backend(self, rclone_s3, bucket):
        return s3.make("team", f"s3://{bucket}/a/prefix", {"endpoint": rclone_s3.endpoint}, Access())
