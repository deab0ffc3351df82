"""What the filter tells a person: one line, readable, never in a pipe what belongs on a terminal."""

import errno
import os

import pytest

from gitblob.errors import StoreUnavailable
from gitblob.filter import report


@pytest.fixture
def written(monkeypatch):
    pieces = []
    monkeypatch.setattr(os, "write", lambda fd, data: pieces.append(data) or len(data))
    return pieces


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(report.time, "monotonic", lambda: now[0])
    return now


def test_progress_with_bytes_and_time_left_on_a_terminal(written, clock, monkeypatch):
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setenv("TERM", "xterm")
    meter = report.Meter()
    meter.begin("download", 3, 4 << 30)
    meter.advance(1 << 20)
    assert written == []  # what is quick needs no progress
    clock[0] += 2
    meter.advance((1 << 30) - (1 << 20))
    assert written == [b"\rgitblob: download 3 files: 1.0 GiB of 4.0 GiB, 6 s left\x1b[K"]
    meter.advance(1 << 30)
    assert len(written) == 1  # ten times a second at most
    meter.end()
    assert written[1:] == [b"\r\x1b[K"]


def test_silence_in_a_pipe(written, clock, monkeypatch):
    monkeypatch.setattr(os, "isatty", lambda _: False)
    meter = report.Meter()
    meter.begin("download", 1, 1 << 30)
    clock[0] += 9
    meter.advance(1 << 29)
    meter.end()
    assert written == []


def test_errors_name_the_path_and_the_remedy(written):
    report.failed(OSError(errno.ENOSPC, "No space left on device", "/cache/tmp/x"))
    report.failed(StoreUnavailable("store main (/mnt) is not there", "is it mounted?"))
    report.refused(b"a\x1b[31m\n.bin", OSError(errno.EIO, "Input/output error"))
    text = b"".join(written).decode()
    assert text == (
        "gitblob: /cache/tmp/x: No space left on device\n"
        "gitblob:   hint: make room (`gitblob prune` frees the cache), then do it again\n"
        "gitblob: store main (/mnt) is not there\n"
        "gitblob:   hint: is it mounted?\n"
        "gitblob: 'a\\x1b[31m\\n.bin': Input/output error\n"
    )
