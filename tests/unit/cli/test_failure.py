import errno
import re
from pathlib import Path

import pytest

from gitblob.cli import failure
from gitblob.cli.console import Console
from gitblob.errors import PartialFailure, StoreUnavailable, UsageError


def report(error: BaseException, capsys) -> "tuple[int, str]":
    code = failure.report(error, Console())
    out, err = capsys.readouterr()
    assert out == ""
    return code, err


def test_a_known_error_has_message_hint_and_exit_code(capsys):
    assert report(StoreUnavailable("store team is not there", "is it mounted?"), capsys) == (
        15,
        "gitblob: error: store team is not there\n  hint: is it mounted?\n",
    )


def test_a_partial_failure_lists_the_first_failures(capsys):
    failures = [(f"file\n{n}", "gone") for n in range(12)]
    code, err = report(PartialFailure("12 files failed", failures, "try again"), capsys)
    assert code == 3
    assert err.splitlines()[:2] == ["gitblob: error: 12 files failed", '  "file\\n0": gone']
    assert err.splitlines()[-2:] == ["  and 2 more", "  hint: try again"]
    assert len(err.splitlines()) == 13


def test_an_interrupt(capsys):
    assert report(KeyboardInterrupt(), capsys) == (130, "gitblob: interrupted\n")


def test_an_error_of_the_system_names_the_path(capsys):
    error = PermissionError(errno.EACCES, "Permission denied", "/a/b\n")
    assert report(error, capsys) == (1, 'gitblob: error: "/a/b\\n": permission denied\n')


def test_a_full_disk_has_a_hint_even_without_a_path(capsys):
    code, err = report(OSError(errno.ENOSPC, "No space left on device"), capsys)
    assert code == 1
    assert "no space left on device\n  hint: free some space" in err


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(errno.EBADF, "Bad file descriptor")])
def test_anything_else_is_a_bug_with_a_log(error, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, err = report(error, capsys)
    assert code == 70
    assert "this is a bug in gitblob" in err
    log = Path(re.search(r"log (\S+)", err)[1])
    assert log.parent == tmp_path
    assert re.match(r"gitblob \d\S*, git \d\S*, Python 3\S*, ", log.read_text())
    assert str(error) in log.read_text()


def test_the_traceback_is_shown_on_demand(capsys, monkeypatch):
    monkeypatch.setenv("GITBLOB_TRACE", "1")
    _, err = report(UsageError("no"), capsys)
    assert "gitblob.errors.UsageError: no" in err


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.EFBIG])
def test_what_a_disk_refuses_is_no_bug(number, capsys):
    """write(2) names no file."""
    assert report(OSError(number, "Refused"), capsys) == (1, "gitblob: error: refused\n")
