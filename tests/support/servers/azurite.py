"""Azurite: Microsoft's own emulator of Azure Blob Storage."""

import base64
import contextlib
import hashlib
import hmac
import os
import urllib.request
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple

from support.servers import process

ACCOUNT = "devstoreaccount1"  # and its key: both are in Azurite's documentation, and the same everywhere
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
VERSION = "2021-12-02"


class Azurite(NamedTuple):
    """A running server."""

    endpoint: str
    account: str = ACCOUNT
    key: str = KEY

    def container(self, name: str) -> str:
        """A new container (Create Container, signed by "Authorize with Shared Key"); its name."""
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": VERSION}
        canonical = "".join(f"{key}:{value}\n" for key, value in headers.items())
        path = f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"  # the account's name is in the URL, too
        signed = "PUT" + "\n" * 12 + canonical + path
        digest = hmac.digest(base64.b64decode(KEY), signed.encode(), hashlib.sha256)
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        url = f"{self.endpoint}/{name}?restype=container"
        with urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers)) as answer:
            assert answer.status == 201
        return name


@contextlib.contextmanager
def blobs(folder: Path):
    """The server while it runs."""
    port = process.free_port()
    argv = [
        process.program("azurite-blob", os.environ.get("GITBLOB_TEST_NPM_BIN", "/nowhere")), "--silent",
        "--skipApiVersionCheck", "--location", folder, "--blobHost", "127.0.0.1", "--blobPort", port,
    ]  # fmt: skip
    with process.running(argv, port, folder / "azurite.log"):
        yield Azurite(f"http://127.0.0.1:{port}/{ACCOUNT}")
