"""Without the extra `cloud` all other stores work, and those that need it say how it is installed."""

import sys

import pytest

from gitblob.errors import StoreError
from gitblob.store import registry
from gitblob.store.access import Access

URLS = {
    "s3://bucket/x": {"region": "us-east-1"},
    "gs://bucket/x": {},
    "az://container/x": {"account": "me"},
}


@pytest.mark.parametrize("url", URLS)
def test_a_library_that_is_missing(url, monkeypatch):
    for name in ("opendal", "botocore", "botocore.session", "botocore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(StoreError, match=r"^store team .*needs (opendal|botocore), which is not installed") as caught:
        registry.open("team", url, Access(), URLS[url]).exists()
    assert "gitblob[cloud]" in caught.value.hint
    assert "install.sh" in caught.value.hint
