r"""What a hostile server, or a URL that it chose, can do to a client: nothing but end the request with an error of ours."""

import contextlib
import gzip
import socket
import threading
import tracemalloc

import pytest
from unit.store.test_http import Logins, client, ok, serve

from gitblob.errors import StoreDenied, StoreError
from gitblob.store.access import Login
from gitblob.store.http import origin

MIB = 1 << 20


@contextlib.contextmanager
def pouring(head, piece):
    """A server that answers with a head, and a piece of a body again and again; yields its URL."""
    listening = socket.create_server(("127.0.0.1", 0))

    def pour(there):
        with there, contextlib.suppress(OSError):
            there.recv(1 << 16)
            there.sendall(head)
            while True:
                there.sendall(piece)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=pour, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


def test_a_login_goes_to_no_host_that_only_one_reader_of_the_url_sees():
    r"""For `http://evil\@good/` Python says good, and urllib3 would ask evil."""
    with serve(ok) as (good, _), serve(ok, "localhost") as (evil, seen):
        url = f"{evil}\\@{good.removeprefix('http://')}/x"
        logins = Logins(Login("u", "p"))
        for base in (good, url):
            with pytest.raises(StoreError, match="no URL that can be asked"):
                client(base, logins, headers=(("Authorization", "secret"),)).request("GET", url)
        redirecting = serve(lambda *_: (302, {"Location": url}, b""))
        with redirecting as (base, _), pytest.raises(StoreError, match="no URL that can be asked"):
            client(base, logins).request("GET", base)
    assert not seen
    assert not logins.said


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Host.Example/x", ("https", "host.example", 443)),
        ("http://user:pw@h:81/x@y", ("http", "h", 81)),
        ("http://[::1]:80/", ("http", "[::1]", 80)),
    ],
)
def test_origins(url, expected):
    assert origin.of(url) == expected


@pytest.mark.parametrize(
    "url",
    ["", "/x", "http:///x", "http://[::1", "http://h:99999/", "http://h:x/", "file:///etc/passwd", "ftp://h/",
     "http://a\\.b/", "http://a\\b@c/", "http://a\tb/", "http://h%2fx/\\@y:1", f"http://{'a' * 300}é/"],
)  # fmt: skip
def test_urls_that_lead_nowhere(url):
    """As the place of a request, and as a redirect; neither shows as a bug of ours."""
    with serve(ok) as (base, _), pytest.raises(StoreError):
        client(base).request("GET", url)
    redirecting = serve(lambda *_: (302, {"Location": url.encode().decode("latin-1")}, b""))
    with redirecting as (base, _), pytest.raises(StoreError):
        client(base).request("GET", base + "/x")


@pytest.mark.parametrize("header", [("X", "a\r\nHost: evil"), ("X\r\nY", "a"), ("", "a"), ("X", "€"), ("X", "a\0")])
def test_headers_that_cannot_be_sent(header):
    with serve(ok) as (base, seen):
        with pytest.raises(StoreError, match="header"):
            client(base).request("GET", base, headers=dict([header]))
        assert not seen


@pytest.mark.parametrize("status", [b"401 Who", b"302 Found", b"403 No"])
def test_an_endless_body_beside_an_error_is_not_read(status):
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: 999999999999\r\nLocation: /\r\n\r\n"
    with pouring(head, b"x" * MIB) as base:
        tracemalloc.start()
        try:
            with pytest.raises((StoreError, StoreDenied)):
                client(base, Logins(Login("u", "p"))).request("GET", base)
            assert tracemalloc.get_traced_memory()[1] < 16 * MIB
        finally:
            tracemalloc.stop()


def test_a_body_that_grows_a_thousandfold_is_not_held():
    """It is asked for as it is; a server may compress it all the same."""
    packed = gzip.compress(bytes(256 * MIB))
    with serve(lambda *_: (200, {"Content-Encoding": "gzip"}, packed)) as (base, _):
        tracemalloc.start()
        try:
            with pytest.raises(StoreError, match="longer than"):
                client(base).request("GET", base)
            assert tracemalloc.get_traced_memory()[1] < 32 * MIB
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("status", [200, 500])
def test_json_without_a_bottom(status):
    deep = serve(lambda *_: (status, {"Content-Type": "application/json"}, b"[" * 100_000))
    with deep as (base, _), pytest.raises(StoreError):
        client(base).request("GET", base).json()
