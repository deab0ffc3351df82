"""A WebDAV server that answers nonsense, or without end."""

import contextlib
import socket
import threading

import pytest
from stores.test_lfs import Watching

from gitblob.errors import StoreError
from gitblob.model import layout
from gitblob.model.oid import Oid
from gitblob.store import registry, retry
from gitblob.store.access import Access
from gitblob.store.base import Blob

BLOB = Blob(Oid("ab" * 32), 100_000)
ENDLESS = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@contextlib.contextmanager
def answering(head, body=b"", again=False):
    """A store whose server answers every question but that for the marker like this; again: without end."""
    listening = socket.create_server(("127.0.0.1", 0))
    marker = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(layout.MARKER_TEXT) + layout.MARKER_TEXT

    def answer(there):
        with there, contextlib.suppress(OSError):
            while asked := there.recv(1 << 16):
                if f"/{layout.MARKER} ".encode() in asked:
                    there.sendall(marker)
                    continue
                there.sendall(head + body)
                while again:
                    there.sendall(body)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield registry.open("team", f"http+dav://127.0.0.1:{listening.getsockname()[1]}/x", Access())
    finally:
        listening.close()


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    monkeypatch.setattr(retry, "FIRST", 0.01)


def test_a_file_without_end_does_not_fill_the_disk(tmp_path):
    watch, path = Watching(), tmp_path / "here"
    with answering(ENDLESS, b"x" * (1 << 16), again=True) as store:
        store.get([(BLOB, str(path))], watch)
    assert not path.exists()
    assert (watch.bytes, watch.arrived) == (0, [])


@pytest.mark.parametrize("told", ["bytes", "bytes x-y/z", "bytes 7-9/100000", f"bytes {'9' * 5000}-/*", "lines 0-5/9"])
def test_a_range_that_is_none(told):
    head = f"HTTP/1.1 206 Partial\r\nContent-Range: {told}\r\nContent-Length: 3\r\n\r\n".encode()
    with answering(head, b"abc") as store, pytest.raises(StoreError, match="another range"):
        list(store.read(BLOB, 5, 8))


@pytest.mark.parametrize(
    ("href", "size"), [("http://[", "5"), ("/x/ab/" + "ab" * 31, "9" * 5000), ("/x/ab/" + "ab" * 31, "٣")]
)
def test_a_list_that_makes_no_sense(href, size):
    body = f"""<D:multistatus xmlns:D="DAV:"><D:response><D:href>{href}</D:href><D:propstat><D:prop>
<D:getcontentlength>{size}</D:getcontentlength></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
</D:multistatus>""".encode()
    head = b"HTTP/1.1 207 Multi\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body)
    with answering(head, body) as store, contextlib.suppress(StoreError):
        assert list(store.blobs("ab")) == []
