"""Start a server, wait until it answers, end it by its own process group."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def missing(name: str) -> NoReturn:
    """A server is not installed: the test is skipped, or fails where all are promised (GITBLOB_TEST_SERVERS=all)."""
    if os.environ.get("GITBLOB_TEST_SERVERS") == "all":
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"{name} is not installed")


def program(name: str, *folders) -> str:
    """Where a server's program is: beside this Python, in these folders, on the PATH. See `missing`."""
    places = os.pathsep.join(map(str, [Path(sys.executable).parent, *folders, os.environ["PATH"], "/usr/sbin"]))
    found = shutil.which(name, path=places)
    if not found:
        missing(name)
    return found


@contextlib.contextmanager
def running(argv, port: int, log: Path, env=None, cwd=None, seconds: float = 30):
    """The server while it runs; its output is in `log`. Fails with that output if it never listens."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )
    try:
        _wait(process, port, log, seconds)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process, port, log, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail(f"{process.args[0]} does not listen:\n{log.read_text(errors='replace')[-3000:]}")
