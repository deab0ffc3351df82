"""`rclone serve s3`: a real binary that checks signatures, ignores conditions on writes and lists parts."""

import contextlib
from pathlib import Path
from typing import NamedTuple

from support.servers import process

KEY, SECRET = "testkey", "testsecret"


class S3(NamedTuple):
    """A running server. folder: has the buckets as directories."""

    endpoint: str
    folder: Path
    key: str = KEY
    secret: str = SECRET
    port: int = 0

    def client(self):
        """Amazon's own client for it."""
        from botocore.config import Config
        from botocore.session import Session

        return Session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
        )

    def bucket(self, name: str) -> str:
        """A new bucket; its name. Not by a directory: the server looks for new ones every few minutes."""
        self.client().create_bucket(Bucket=name)
        return name

    @property
    def environment(self) -> dict[str, str]:
        """What AWS clients read."""
        return {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextlib.contextmanager
def s3(folder: Path, *options: str):
    """The server while it runs."""
    port = process.free_port()
    data = folder / "s3"
    data.mkdir(parents=True, exist_ok=True)
    argv = [
        process.program("rclone"), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}",
        "--vfs-cache-mode", "off", "--config", "/dev/null", *options, data,
    ]  # fmt: skip
    with process.running(argv, port, folder / "rclone-s3.log"):
        yield S3(f"http://127.0.0.1:{port}", data, port=port)


@contextlib.contextmanager
def sftp(folder: Path, authorized: Path, host_key: Path):
    """`rclone serve sftp` of folder/data for the owner of a key; its port."""
    port = process.free_port()
    argv = [
        process.program("rclone"), "serve", "sftp", "--addr", f"127.0.0.1:{port}", "--authorized-keys", authorized,
        "--key", host_key, "--dir-cache-time", "0s", "--config", "/dev/null", folder / "data",
    ]  # fmt: skip
    with process.running(argv, port, folder / "rclone-sftp.log"):
        yield port
