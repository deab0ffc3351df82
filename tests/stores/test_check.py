"""`gitblob store check` against real servers: every step, and for each failure its remedy."""

import itertools
import re
import socket

import pytest
from support.servers import apache, process

from gitblob.model import layout

NUMBERS = itertools.count()


@pytest.fixture
def here(installed, rclone_s3):
    repo = installed.repo()
    repo.sandbox.env.update(rclone_s3.environment)
    return repo


def name(here, url, endpoint):
    """Name a store and approve it, asking nobody."""
    here.write(".gitblob.yaml", f"stores: {{team: {{url: '{url}', endpoint: '{endpoint}', region: us-east-1}}}}\n")
    here.gitblob("store", "trust", "team")


def failed(here, step, **env):
    """The error and its hint, where this step is the one that fails."""
    done = here.gitblob("store", "check", "team", ok=15, env=env)
    assert done.stdout.splitlines()[-1] == f"problem {step}"
    assert re.match(r"gitblob: error: (store )?team \(\w", done.stderr)
    for secret in ("testsecret", "nonsense", apache.PASSWORD):
        assert secret not in done.stderr + done.stdout
    return done.stderr


@pytest.fixture
def bucket(rclone_s3):
    return rclone_s3.bucket(f"check{next(NUMBERS)}")


def test_every_step(here, rclone_s3, bucket):
    added = here.gitblob("store", "add", "team", f"s3://{bucket}/x", "--option", f"endpoint={rclone_s3.endpoint}")
    assert added.stdout.startswith("made store team")
    shown = here.gitblob("store", "check", "team").stdout
    assert [line.split(":")[0] for line in shown.splitlines()[1:]] == [
        "ok reach", "ok write", "ok ask", "ok list", "ok read", "ok delete",
    ]  # fmt: skip


def test_a_wrong_secret(here, rclone_s3, bucket):
    name(here, f"s3://{bucket}/x", rclone_s3.endpoint)
    said = failed(here, "reach", AWS_SECRET_ACCESS_KEY="nonsense")
    assert "does not accept the credentials" in said
    assert "hint: " in said


def test_no_credentials(here, rclone_s3, bucket):
    name(here, f"s3://{bucket}/x", rclone_s3.endpoint)
    for key in rclone_s3.environment:
        if key != "AWS_EC2_METADATA_DISABLED":
            del here.sandbox.env[key]
    said = failed(here, "reach")
    assert "credentials" in said
    assert "hint: " in said


def test_no_such_bucket(here, rclone_s3):
    name(here, "s3://nowhere/x", rclone_s3.endpoint)
    said = failed(here, "reach")
    assert "there is no such bucket" in said
    assert "hint: " in said


def test_a_bucket_that_is_no_store_yet(here, rclone_s3, bucket):
    name(here, f"s3://{bucket}/x", rclone_s3.endpoint)
    said = failed(here, "reach")
    assert "is not a store" in said
    assert "`gitblob store add`" in said


def test_a_newer_format(here, rclone_s3, bucket):
    rclone_s3.client().put_object(Bucket=bucket, Key="x/gitblob-store", Body=b"gitblob store, format 9\n")
    name(here, f"s3://{bucket}/x", rclone_s3.endpoint)
    assert "newer gitblob" in failed(here, "reach")


def test_nobody_listens(here):
    name(here, "s3://b/x", f"http://127.0.0.1:{process.free_port()}")
    said = failed(here, "reach")
    assert "refused" in said
    assert "hint: " in said


def test_no_such_host(here):
    name(here, "s3://b/x", "http://no-such-host.invalid")
    said = failed(here, "reach")
    assert "resolve" in said
    assert "hint: " in said


def test_no_tls_there(here, rclone_s3):
    name(here, "s3://b/x", rclone_s3.endpoint.replace("http:", "https:"))
    said = failed(here, "reach")
    assert "secure connection" in said
    assert "hint: " in said


@pytest.fixture(scope="module")
def dav(tmp_path_factory):
    with apache.serve(tmp_path_factory.mktemp("apache")) as server:
        yield server


def login(here, user, password):
    """What a credential helper of the user says."""
    here.git(
        "config", "--global", "credential.helper", f"!f() {{ echo username={user}; echo password={password}; }}; f"
    )


def test_webdav(here, dav):
    login(here, dav.user, dav.password)
    here.gitblob("store", "add", "team", dav.place())
    shown = here.gitblob("store", "check", "team").stdout
    assert shown.splitlines()[-1].startswith("ok delete: ")


def test_webdav_and_a_wrong_password(here, dav):
    here.write(".gitblob.yaml", f"stores: {{team: '{dav.place()}'}}\n")
    here.gitblob("store", "trust", "team")
    login(here, dav.user, "nonsense")
    assert "hint: " in failed(here, "reach")


def test_webdav_and_a_login_that_may_not_write(here, dav):
    (dav.folder / "forbidden").mkdir(exist_ok=True)
    (dav.folder / "forbidden" / layout.MARKER).write_bytes(layout.MARKER_TEXT)
    here.write(".gitblob.yaml", f"stores: {{team: '{dav.url('forbidden')}'}}\n")
    here.gitblob("store", "trust", "team")
    login(here, dav.user, dav.password)
    said = failed(here, "write")
    assert "403 Forbidden" in said
    assert "may not do that" in said
    here.write(".gitblob.yaml", f"stores: {{team: {{url: '{dav.url('forbidden')}', read_only: true}}}}\n")
    assert "ok list" in here.gitblob("store", "check", "team").stdout


def test_a_clock_that_is_wrong(here):
    """A server that refuses with a date of its own, half an hour away."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        _answer(server)
        name(here, "s3://b/x", f"http://127.0.0.1:{port}")
        said = failed(here, "reach")
    assert "clock is 30 minutes behind" in said
    assert "set the clock" in said


def _answer(server):
    import email.utils
    import threading
    import time

    date = email.utils.formatdate(time.time() + 1800 + 20, usegmt=True)
    body = b"<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large</Message></Error>"
    head = f"HTTP/1.1 403 Forbidden\r\nDate: {date}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                request = connection.recv(65536)
                connection.sendall(
                    head.encode() + b"Connection: close\r\n\r\n" + (b"" if request.startswith(b"HEAD") else body)
                )

    threading.Thread(target=serve, daemon=True).start()
