"""moto: an S3 server in Python that honours conditions on writes, but checks no signature."""

import contextlib
from pathlib import Path

from support.servers import process
from support.servers.rclone import S3


@contextlib.contextmanager
def s3(folder: Path):
    """The server while it runs; all is in its memory."""
    port = process.free_port()
    argv = [process.program("moto_server"), "-H", "127.0.0.1", "-p", port]
    with process.running(argv, port, folder / "moto.log"):
        yield S3(f"http://127.0.0.1:{port}", folder, port=port)
