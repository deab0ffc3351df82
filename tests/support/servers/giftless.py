"""giftless: a real Git LFS server with neither Range nor locks, which believes any bytes and says 404 for a whole batch."""

import contextlib
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from support.servers import process

KEY = "throwaway-key-of-a-test-server-32b"
CONFIG = """\
LEGACY_ENDPOINTS: false
AUTH_PROVIDERS: [{{factory: 'giftless.auth.jwt:factory', options: {{algorithm: HS256, private_key: {key}}}}}]
PRE_AUTHORIZED_ACTION_PROVIDER: {{options: {{private_key: {key}}}}}
TRANSFER_ADAPTERS: {{basic: {{options: {{storage_options: {{path: {data}}}}}}}}}
"""
USER = "_jwt"
MINT = (
    f"import jwt, time; print(jwt.encode({{'exp': time.time() + 900, 'sub': 'ann', 'scopes': 'obj:*/*/*:*'}}, '{KEY}'))"
)


class Giftless(NamedTuple):
    """A running server. data: has the objects, by owner and repository."""

    port: int
    data: Path
    python: str

    def url(self, repository: str = "team/repo") -> str:
        """The LFS API of a repository; all that are named exist."""
        return f"http://127.0.0.1:{self.port}/{repository}.git/info/lfs"

    def token(self) -> str:
        """A password for USER."""
        return subprocess.run([self.python, "-c", MINT], capture_output=True, text=True, check=True).stdout.strip()


def python() -> str:
    """The Python of the environment that giftless is installed in (GITBLOB_TEST_GIFTLESS), see `process.missing`."""
    place = os.environ.get("GITBLOB_TEST_GIFTLESS", "")
    if not place or not list(Path(place).glob("lib/*/site-packages/giftless")):
        process.missing("giftless")
    return f"{place}/bin/python"


@contextlib.contextmanager
def serving(folder: Path):
    """The server while it runs; only who has a token may do anything, since nobody else can send what he may announce."""
    port, data, config = process.free_port(), folder / "objects", folder / "giftless.yaml"
    config.write_text(CONFIG.format(key=KEY, data=data))
    program = python()
    argv = [
        program, "-m", "flask", "--app", "giftless.wsgi_entrypoint:app", "run", "--host", "127.0.0.1",
        "--port", port, "--no-reload",
    ]  # fmt: skip
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIFTLESS_CONFIG_FILE": str(config), "LANG": "C.UTF-8"}
    with process.running(argv, port, folder / "giftless.log", env=env, cwd=folder):
        yield Giftless(port, data, program)
