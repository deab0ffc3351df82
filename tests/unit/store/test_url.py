"""Which URLs of stores are taken."""

import pytest

from gitblob.store import url


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("stores/blob", "stores/blob"),
        ("a/../b", "a/../b"),
        ("/mnt/a b", "/mnt/a b"),
        ("file:///mnt/a%20b", "/mnt/a b"),
        ("file://localhost/mnt", "/mnt"),
        ("s3://bucket/prefix", None),
        ("ssh://me@host/path", None),
        ("host:path", None),
        ("dir/with:colon", "dir/with:colon"),
    ],
)
def test_taken(given, path):
    assert url.refusal(given) is None
    assert url.directory(given) == path


@pytest.mark.parametrize(
    "given",
    [
        "", " a", "a\n", "a\x1bb", "-a", "--upload-pack=x", "~/blobs", "..", "../a", "a/../../b", ".", "./", "a/..",
        ".git", ".git/objects", "a/.GIT/b", "file://host/path", "file://relative", "https://u:p@h/x", "https://token@h/x",
        "https://h/x?sig=1", "s3://b/k?AWSAccessKey=1&secret=2", "ssh://-oProxyCommand=x/y", "file:///a%0ab", "http://[::1",
        "a\u2028b", "lfs+https://evil.example\\.good.example/x", "lfs+https://evil\\@good/x", "lfs+https://g\u043e\u043ed/x",
        "ssh://good%40evil/x", "ssh://%2doProxyCommand=x/y", "s3://evil.example\\x", "shelf://a\\b", "lfs+https://h:x/y",
        "lfs+https://h:123456/y", "https+dav://a b/x", "sftp://h%0a/x",
    ],
)  # fmt: skip
def test_refused(given):
    assert url.refusal(given)


def test_what_is_shown_holds_no_secret():
    assert url.shown("https://me:pw@host/x?token=1") == "https://host/x"
    assert url.shown("/a/b") == "/a/b"
