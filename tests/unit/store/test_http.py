"""Requests to small servers that do what real ones rarely do: redirect, demand other logins, lie about lengths."""

import contextlib
import http.server
import threading

import pytest

from gitblob.errors import BlobMissing, GitblobError, StoreDenied, StoreError, StoreUnavailable
from gitblob.store.access import Http, Login
from gitblob.store.http import Client, Upload, failures, response

SECRET = "c2VjcmV0"
BROKEN = r"ended too early|connection broke"


class Logins:
    def __init__(self, *known):
        self.known, self.said = list(known), []

    def fill(self, url):
        self.said.append(("fill", url))
        return self.known.pop(0) if self.known else None

    def approve(self, url, login):
        self.said.append(("approve", login.user))

    def reject(self, url, login):
        self.said.append(("reject", login.user))


@contextlib.contextmanager
def serve(answer, host="127.0.0.1"):
    """A server that calls answer(request, body) -> (status, headers, body); yields its URL and what it has seen."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def serve(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append((self.command, self.path, dict(self.headers), body))
            status, headers, data = answer(self, body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_HEAD = do_POST = do_PUT = serve

    server = http.server.ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://{host}:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def client(base, logins=None, **told):
    return Client("team", base, logins, http=lambda _: Http(**told))


def ok(request, body):
    return 200, {}, b"{}"


def basic_only(request, body):
    return (200, {}, b"{}") if request.headers.get("Authorization") else (401, {}, b"who?")


def test_a_login_is_sent_from_the_second_request_on():
    with serve(basic_only) as (base, seen):
        logins = Logins(Login("u", "p"))
        asking = client(base + "/lfs", logins)
        for _ in range(3):
            asking.request("GET", base + "/lfs/x")
        assert logins.said == [("fill", base + "/lfs"), ("approve", "u")]
        assert [("Authorization" in headers) for _, _, headers, _ in seen] == [False, True, True, True]
        assert all(headers["User-Agent"].startswith("gitblob/") for _, _, headers, _ in seen)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_another_host_gets_neither_login_nor_headers(method):
    """Not by a redirect, and not as the place of a request."""
    with serve(ok, "localhost") as (other, elsewhere):
        target = f"{other}/there?token={SECRET}"
        with serve(lambda request, _: (307, {"Location": target}, b"")) as (base, seen):
            told = {"headers": (("Authorization", f"basic {SECRET}"),)}
            asking = client(base, Logins(Login("u", "p")), **told)
            body = b"{}" if method == "POST" else None
            asking.request(method, base + "/x", body=body, headers={"Cookie": SECRET, "X-Plain": "1"})
            asking.request(method, other + "/y", body=body)
        assert seen[0][2]["Authorization"] == f"basic {SECRET}"
        assert [(word, path) for word, path, _, _ in elsewhere] == [(method, f"/there?token={SECRET}"), (method, "/y")]
        assert not any(SECRET in str(headers) for _, _, headers, _ in elsewhere)
        assert elsewhere[0][2]["X-Plain"] == "1"
        assert elsewhere[0][3] == (body or b"")


def test_each_host_has_its_own_proxy():
    """As the href of Git LFS may lead out of the network that the server is in."""
    with serve(ok) as (proxy, through), serve(ok) as (base, direct):
        asking = Client("team", base, None, http=lambda url: Http(proxy=proxy if "far.invalid" in url else None))
        asking.request("GET", "http://far.invalid/x")
        asking.request("GET", base + "/y")
        assert [path for _, path, _, _ in through] == ["http://far.invalid/x"]
        assert [path for _, path, _, _ in direct] == ["/y"]


def test_a_401_elsewhere_asks_nobody():
    with serve(basic_only) as (other, _), serve(ok) as (base, _):
        logins = Logins(Login("u", "p"))
        with pytest.raises(StoreDenied, match="401"):
            client(base, logins).request("GET", other + "/x")
        assert logins.said == []


def test_a_request_that_is_not_to_be_authorised():
    """As with the href of Git LFS that carries a login of its own."""
    with serve(ok) as (base, seen):
        told = {"headers": (("Authorization", f"basic {SECRET}"),)}
        client(base, **told).request("GET", base + "/x", headers={"Authorization": "Bearer 1"}, authorise=False)
        assert seen[0][2]["Authorization"] == "Bearer 1"


def test_an_upload_is_not_redirected(tmp_path):
    (tmp_path / "f").write_bytes(b"x")
    with serve(lambda *_: (307, {"Location": "/y"}, b"")) as (base, seen), Upload(str(tmp_path / "f")) as upload:
        with pytest.raises(StoreError, match="307"):
            client(base).request("PUT", base + "/x", body=upload)
        assert len(seen) == 1


def test_redirects_end():
    with serve(lambda *_: (302, {"Location": "/again"}, b"")) as (base, seen):
        with pytest.raises(StoreError, match="again and again"):
            client(base).request("GET", base + "/x")
        assert len(seen) < 10


def test_an_upload_is_sent_again_after_a_login(tmp_path):
    """From its start, hashed once, counted once."""
    data = bytes(range(256)) * 4000
    (tmp_path / "f").write_bytes(data)
    moved = []
    with serve(basic_only) as (base, seen), Upload(str(tmp_path / "f"), moved.append) as upload:
        client(base, Logins(Login("u", "p"))).request("PUT", base + "/x", body=upload)
    assert [body == data for _, _, _, body in seen] == [True, True]
    assert sum(moved) == len(data)
    assert upload.oid == __import__("hashlib").sha256(data).hexdigest()


def test_a_file_that_becomes_shorter_while_it_is_sent(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(bytes(3 << 20))
    short = pytest.raises(GitblobError, match="became shorter")
    with serve(ok) as (base, _), Upload(str(path), lambda _: path.write_bytes(b"")) as upload, short:
        client(base).request("PUT", base + "/x", body=upload)
    with pytest.raises(BlobMissing, match="is gone"):
        Upload(str(tmp_path / "none"))


@pytest.mark.parametrize("offered", ["Digest realm=x", "Negotiate", "Bearer"])
def test_other_logins_than_basic_are_named(offered):
    with serve(lambda *_: (401, {"WWW-Authenticate": offered}, b"")) as (base, _):
        logins = Logins(Login("u", "p"))
        with pytest.raises(StoreDenied, match=offered.split()[0]):
            client(base, logins).request("GET", base + "/x")
        assert logins.said == []


def test_a_refused_login_is_not_tried_again():
    with serve(lambda *_: (401, {}, b"")) as (base, _):
        logins = Logins(Login("u", "p-secret"), Login("v", "q"))
        asking = client(base, logins)
        for _ in range(2):
            with pytest.raises(StoreDenied) as error:
                asking.request("GET", base + "/x")
            assert "p-secret" not in str(error.value)
        assert logins.said == [("fill", base), ("reject", "u")]


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (403, StoreDenied, "may not do that"),
        (404, StoreError, "URL right"),
        (405, StoreError, "does not offer"),
        (408, StoreUnavailable, "later"),
        (413, StoreError, "size"),
        (423, StoreUnavailable, "later"),
        (429, StoreUnavailable, "later"),
        (500, StoreUnavailable, "log"),
        (502, StoreUnavailable, "later"),
        (507, StoreError, "full"),
    ],
)
def test_what_a_status_means(status, kind, hint):
    with serve(lambda *_: (status, {"Retry-After": "3", "Content-Type": "x/json"}, b'{"message": "so\\nit is"}')) as (
        base,
        _,
    ):
        with pytest.raises(StoreError) as error:
            client(base).request("GET", f"{base}/x?key={SECRET}")
        if status != 403:
            assert type(error.value) is kind
            assert hint in error.value.hint
        assert f"GET {base}/x: {status}" in error.value.message
        assert error.value.message.endswith(": so it is")
        assert SECRET not in error.value.message
        assert getattr(error.value, "retry_after", 3) == 3


def test_retry_after_may_be_a_date():
    error = failures.of_status("x", 503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"")
    assert error.retry_after == 0
    assert failures.of_status("x", 503, {"Retry-After": "soon"}, b"").retry_after is None
    assert type(failures.of_status("x", 403, {}, b"")) is StoreDenied
    assert type(failures.of_status("x", 403, {"Retry-After": "60"}, b"")) is StoreUnavailable


def test_a_body_that_ends_too_early():
    with serve(lambda request, _: (200, {"Content-Length": "10", "Connection": "close"}, b"1234")) as (base, _):
        with pytest.raises(StoreUnavailable, match=BROKEN):
            client(base).request("GET", base + "/x")
        with (
            client(base).request("GET", base + "/x", stream=True) as answer,
            pytest.raises(StoreUnavailable, match=BROKEN),
        ):
            list(answer.stream())


def test_an_answer_that_is_no_json_or_too_long(monkeypatch):
    with serve(lambda *_: (200, {}, b"<html>")) as (base, _):
        with pytest.raises(StoreError, match="no JSON"):
            client(base).request("GET", base).json()
        monkeypatch.setattr(response, "LIMIT", 3)
        with pytest.raises(StoreError, match="longer than"):
            client(base).request("GET", base)


def test_a_proxy_gets_its_login_and_nobody_sees_it():
    with serve(ok) as (proxy, seen):
        address = proxy.replace("http://", "http://me:pass%20word@")
        client("http://far.invalid/", proxy=address).request("GET", "http://far.invalid/x")
        assert seen[0][1] == "http://far.invalid/x"
        assert seen[0][2]["proxy-authorization"] == "Basic bWU6cGFzcyB3b3Jk"
    with pytest.raises(StoreUnavailable) as error:
        client("http://far.invalid/", proxy=address).request("GET", "http://far.invalid/x")
    assert "pass" not in str(error.value)
    with pytest.raises(StoreError, match="a proxy must be"):
        client("http://far.invalid/", proxy="socks5://h:1").request("GET", "http://far.invalid/x")


def test_a_server_that_goes_silent(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr("gitblob.store.http.pool.SILENCE", 0.2)

    def wait(*_):
        over.wait(5)
        return 200, {}, b""

    with serve(wait) as (base, _):
        with pytest.raises(StoreUnavailable, match="went silent"):
            client(base).request("GET", base + "/x")
        over.set()
