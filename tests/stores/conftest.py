"""Real servers, one of each per test process, with throwaway credentials on loopback."""

import pytest
from support.servers import moto, rclone


@pytest.fixture(scope="session")
def rclone_s3(tmp_path_factory):
    """`rclone serve s3`."""
    with rclone.s3(tmp_path_factory.mktemp("rclone-s3")) as server:
        yield server


@pytest.fixture(scope="session")
def moto_s3(tmp_path_factory):
    """moto's S3."""
    with moto.s3(tmp_path_factory.mktemp("moto-s3")) as server:
        yield server
