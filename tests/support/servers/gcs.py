"""gcp-storage-emulator: a part of Google Cloud Storage's JSON API."""

import contextlib
from pathlib import Path

from support.servers import process


@contextlib.contextmanager
def storage(folder: Path, bucket: str):
    """Its endpoint while it runs, with one bucket."""
    port = process.free_port()
    argv = [
        process.program("gcp-storage-emulator"), "start", "--host=127.0.0.1", f"--port={port}", "--in-memory",
        f"--default-bucket={bucket}",
    ]  # fmt: skip
    with process.running(argv, port, folder / "gcs.log"):
        yield f"http://127.0.0.1:{port}"
