"""`rclone serve webdav`: Go's WebDAV, which ignores If-None-Match."""

import contextlib
from pathlib import Path

from support.servers import process
from support.servers.dav import Dav

USER, PASSWORD = "u", "p"


@contextlib.contextmanager
def serve(folder: Path):
    """The server while it runs."""
    port, data = process.free_port(), folder / "data"
    data.mkdir()
    argv = [process.program("rclone"), "serve", "webdav", "--addr", f"127.0.0.1:{port}", "--user", USER]
    argv += ["--pass", PASSWORD, "--config", "/dev/null", "--vfs-cache-mode", "off", data]
    with process.running(argv, port, folder / "rclone.log"):
        yield Dav(f"http://127.0.0.1:{port}", port, data, USER, PASSWORD)
