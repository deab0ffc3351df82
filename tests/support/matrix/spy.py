"""Inside the filter process: writes down what git asks for, for `World.requests`.

A clean that Git itself cannot avoid is noted as "racy": the file is as new as the index, to the second, or whoever
rewrote the index has marked it or has not looked at it (size 0; technical/racy-git).
gitblob sits such a second out only for content so large that to read it twice would take longer; with MATRIX_PATIENT
set, any content counts as that large. What gitblob asks for is noted as "refresh": only Git can write a split index.
"""

import os
import subprocess

from gitblob import materialise
from gitblob.git import index, repository
from gitblob.git.filterprocess import Server


def watch(log: str) -> None:
    """Append `command path NUL` to this file at every request."""
    if "MATRIX_PATIENT" in os.environ:
        materialise.CLEAN_RATE = 1
    within = "MATRIX_WITHIN" in os.environ  # a filter process has started the git that has started this one
    os.environ["MATRIX_WITHIN"] = "1"
    ask = Server.request
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def request(server):
        found = ask(server)
        if found:
            command = found.command
            if command == b"clean":
                command = b"refresh" if within and _is_split() else b"racy" if _is_racy(found.path) else command
            os.write(fd, command + b" " + found.path + b"\0")
        return found

    Server.request = request


def _is_split() -> bool:
    return subprocess.check_output(["git", "rev-parse", "--shared-index-path"]) != b""


def _is_racy(path: bytes) -> bool:
    here = repository.here()
    try:
        second, written = int(os.stat(here.index).st_mtime), int(os.lstat(path).st_mtime)
        with open(here.index, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return False
    if written >= second:
        return True
    entries = [entry for entry in index.entries(data, here.is_sha256()) if entry.path == path]
    if not entries and _is_split():
        return b"\n  size: 0\t" in subprocess.check_output(["git", "ls-files", "--debug", "--", b":(literal)" + path])
    return any(not any(data[entry.offset + 36 : entry.offset + 40]) for entry in entries)
