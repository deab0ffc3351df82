"""nginx with its own dav module, which has no PROPFIND."""

import contextlib
import os
from pathlib import Path

from support.servers import process
from support.servers.dav import Dav

CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
{user}
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 1m;
  server {{
    listen 127.0.0.1:{port};
    root {data};
    location / {{ dav_methods PUT DELETE MKCOL COPY MOVE; create_full_put_path on; }}
  }}
}}
"""


@contextlib.contextmanager
def serve(folder: Path):
    """The server while it runs, for everybody; bodies up to 1 MiB."""
    program = process.program("nginx")
    port, data = process.free_port(), folder / "data"
    data.mkdir()
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(CONFIG.format(folder=folder, port=port, data=data, user=user))
    with process.running([program, "-c", config, "-p", folder], port, folder / "nginx.log"):
        yield Dav(f"http://127.0.0.1:{port}", port, data)
