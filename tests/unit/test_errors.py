"""Errors that leave a worker process, and hints that a program's traceback shows."""

import pickle
import sys
import traceback

import pytest

from gitblob.api.paths import NoSuchFile
from gitblob.errors import BlobMissing, GitblobError, PartialFailure, StoreUnavailable
from gitblob.git.command import GitFailed


@pytest.mark.parametrize(
    "error",
    [
        BlobMissing("a is gone", "look there"),
        PartialFailure("2 failed", [("a", "x"), ("b", "y")], "again"),
        StoreUnavailable("later", retry_after=2.5),
        GitFailed(("fetch",), 128, b"fatal: no\n"),
        NoSuchFile("no a", "there is b"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_from_another_process(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a traceback shows no notes (PEP 678)")
def test_a_traceback_shows_the_hint():
    shown = "".join(traceback.format_exception(GitblobError("it failed", "try `this`")))
    assert shown.endswith("GitblobError: it failed\nhint: try `this`\n")
