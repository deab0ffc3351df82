"""wsgidav: PROPFIND to any depth, conditions on writes, a torn PUT leaves a torn file."""

import contextlib
import json
from pathlib import Path

from support.servers import process
from support.servers.dav import Dav

USER, PASSWORD = "u", "p word:ü"


@contextlib.contextmanager
def serve(folder: Path, data: Path | None = None):
    """The server while it runs. data: where its files lie."""
    port = process.free_port()
    data = data or folder / "data"
    data.mkdir(exist_ok=True)
    config = {
        "host": "127.0.0.1",
        "port": port,
        "provider_mapping": {"/": str(data)},
        "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
        "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
        "lock_storage": False,
        "verbose": 1,
        "logging": {"enable_loggers": []},
    }
    file = folder / "wsgidav.json"
    file.write_text(json.dumps(config))
    argv = [process.program("wsgidav"), "--config", file]
    with process.running(argv, port, folder / "wsgidav.log"):
        yield Dav(f"http://127.0.0.1:{port}", port, data, USER, PASSWORD)
