"""What a person sees: a pseudo-terminal stands in for the real one."""

import os
import pty
import subprocess
import sys

import pytest

TRANSFER = """
import time
from gitblob.cli.console import Console
progress = Console().progress()
progress.begin("upload", 2, 2 << 20)
for name in "ab":
    progress.advance(1 << 20)
    progress.done(name)
    time.sleep(0.15)
progress.end()
Console().result("done")
"""


def on_terminal(argv, env, columns=100) -> "tuple[int, str]":
    """Run a program on a pseudo-terminal; exit code and everything it wrote there."""
    master, slave = pty.openpty()
    os.set_inheritable(slave, True)
    environment = {**env, "TERM": "xterm-256color", "COLUMNS": str(columns)}
    process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True)
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 65536):
            shown += data
    except OSError:
        pass  # the other side has been closed
    finally:
        os.close(master)
    return process.wait(timeout=30), shown.decode()


def test_progress_on_a_terminal(sandbox):
    code, shown = on_terminal([sys.executable, "-c", TRANSFER], sandbox.env)
    assert code == 0
    assert "upload 1/2" in shown
    assert "MiB" in shown
    assert shown.endswith("done\r\n")


def test_progress_in_a_pipe(sandbox):
    done = sandbox.run(sys.executable, "-c", TRANSFER)
    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.mark.parametrize(("variable", "pager"), [("PAGER", "sed s/^/pager:/"), ("GIT_PAGER", "sed s/^/pager:/")])
def test_a_manual_page_goes_through_gits_pager(sandbox, variable, pager):
    code, shown = on_terminal(["gitblob", "help", "glossary"], {**sandbox.env, variable: pager})
    assert code == 0
    assert shown.startswith("pager:# glossary: ")


def test_no_pager_in_a_pipe(sandbox):
    shown = sandbox.run("gitblob", "help", "glossary", env={"PAGER": "sed s/^/pager:/"})
    assert shown.stdout.startswith("# glossary: ")


def test_colours_on_a_terminal(sandbox):
    assert "\x1b[1;31merror:\x1b[m" in on_terminal(["gitblob", "nothing"], sandbox.env)[1]
    assert "\x1b" not in on_terminal(["gitblob", "nothing"], {**sandbox.env, "NO_COLOR": "1"})[1]
