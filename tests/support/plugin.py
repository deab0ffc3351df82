"""A package beside gitblob that brings a kind of store, as an installer would leave it."""

from pathlib import Path

# Connects to the host of its URL whatever it is asked, and gets nowhere.
KNOCK = """
import socket
from urllib.parse import urlsplit
from gitblob.errors import StoreUnavailable
from gitblob.store.base import Capabilities

class Knock:
    capabilities = Capabilities(parallelism=1, remote=True)

    def __init__(self, label, url):
        self.label, parts = label, urlsplit(url)
        self._address = (parts.hostname, parts.port)

    def _knock(self, *_, **__):
        try:
            with socket.create_connection(self._address, 5):
                raise StoreUnavailable(f"store {self.label}: nobody is at home")
        except OSError as error:
            raise StoreUnavailable(f"store {self.label}: {error}") from error

    head = get = fetch = put = version = digest = list = delete = flush = _knock

def store(name, url, options, access):
    return Knock(name, url)

store.OPTIONS = frozenset({"endpoint", "region"})
"""


def install(folder: Path, kind: str, source: str) -> Path:
    """Make a package that brings this kind; the folder that has to be on PYTHONPATH."""
    info = folder / f"{kind}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {kind}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[gitblob.stores]\n{kind} = {kind}:store\n")
    (folder / f"{kind}.py").write_text(source)
    return folder
