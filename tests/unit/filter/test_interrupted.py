"""What the filter does when it is interrupted."""

import subprocess
import sys

TWICE = """
import os, signal
from gitblob.filter import process
process._on_signals()
try:
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
except process.Interrupted:
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)
    print("tidied")
"""


def test_a_second_signal_does_not_disturb_the_tidying():
    """Ctrl-C reaches the filter from the terminal, and once more from git, which ends its children."""
    done = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, check=False, timeout=20)
    assert (done.stdout, done.returncode) == ("tidied\n", 0), done.stderr
