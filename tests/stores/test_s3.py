"""S3 against real servers: what every backend must do, and what only S3 has."""

import hashlib
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from support.servers.proxy import Fault, Proxy

from gitblob.errors import BlobCorrupt, StoreDenied, StoreError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store.access import Access
from gitblob.store.cloud import multipart, parts, s3
from gitblob.store.cloud.client import Client
from gitblob.store.conformance import BackendConformance, Enough
from gitblob.store.retrying import RetryingBackend

NUMBERS = itertools.count()
MIB = 1 << 20
KEY = "ab/cdef"
DYING = """
import os, signal, sys
from gitblob.model.oid import Oid
from gitblob.store.access import Access
from gitblob.store.cloud import s3

url, endpoint, notes, path, oid, limit = sys.argv[1:]
seen = 0

def moved(size):
    global seen
    seen += size
    if seen >= int(limit):
        os.kill(os.getpid(), signal.SIGKILL)

s3.make("team", url, {"endpoint": endpoint}, Access(notes=notes)).put("ab/cdef", path, oid=Oid(oid), moved=moved)
"""


@pytest.fixture(params=["rclone", "moto"])
def server(request, monkeypatch):
    """A server, and its credentials where AWS clients look for them."""
    found = request.getfixturevalue(f"{request.param}_s3")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def url(server):
    """A prefix in a new bucket."""
    return f"s3://{server.bucket(f'bucket{next(NUMBERS)}')}/a/prefix"


@pytest.fixture
def make(server, url, tmp_path):
    """Makes the backend; `notes` are kept from one to the next."""

    def make(**options):
        return s3.make("team", url, {"endpoint": server.endpoint, **options}, Access(notes=str(tmp_path / "notes")))

    return make


class TestS3(BackendConformance):
    rooted = False

    @pytest.fixture
    def backend(self, make):
        return make()

    def test_many_writers_of_one_key(self, backend, source):
        """As stores are opened, with further tries: both servers answer 500 where one file is written twice at a time."""
        super().test_many_writers_of_one_key(RetryingBackend(backend), source)


@pytest.fixture
def asked(monkeypatch):
    """The operations that botocore is asked for, in order."""
    seen, call = [], Client.call

    def spy(self, doing, operation, *arguments, **given):
        seen.append(operation)
        return call(self, doing, operation, *arguments, **given)

    monkeypatch.setattr(Client, "call", spy)
    return seen


@pytest.fixture
def large(tmp_path):
    """Makes a file of so many MiB, no two parts alike: its path and oid."""

    def make(mebibytes, name="large"):
        path, digest = tmp_path / name, hashlib.sha256()
        block = os.urandom(MIB)
        with open(path, "wb") as file:
            for number in range(mebibytes):
                data = number.to_bytes(4, "big") + block[4:]
                digest.update(data)
                file.write(data)
        return str(path), Oid(digest.hexdigest())

    return make


def digest_of(backend, tmp_path):
    """The SHA-256 of what lies there."""
    backend.fetch(KEY, str(tmp_path / "back"))
    with open(tmp_path / "back", "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def notes(tmp_path):
    return list((tmp_path / "notes").glob("upload-*")) if (tmp_path / "notes").exists() else []


@pytest.fixture
def small_parts(monkeypatch):
    """As small as S3 permits, so that files need not be large."""
    monkeypatch.setattr(parts, "PART", 5 * MIB)
    monkeypatch.setattr(multipart, "THRESHOLD", 10 * MIB)


@pytest.mark.usefixtures("small_parts")
class TestLarge:
    def test_it_goes_up_in_parts(self, make, large, asked, tmp_path):
        path, oid = large(22)
        moved = []
        assert make().put(KEY, path, oid=oid, moved=moved.append)
        assert asked.count("upload_part") == 5
        assert sum(moved) == 22 * MIB
        assert digest_of(make(), tmp_path) == oid
        assert notes(tmp_path) == []
        assert not make().put(KEY, path, oid=oid), "it is there already"

    def test_wrong_bytes_are_given_up(self, server, url, make, large, asked, tmp_path):
        path, _ = large(22)
        with pytest.raises(BlobCorrupt):
            make().put(KEY, path, oid=Oid("0" * 64))
        assert make().head(KEY) is None
        assert "abort_multipart_upload" in asked
        assert notes(tmp_path) == []
        assert not server.client().list_multipart_uploads(Bucket=url.split("/")[2]).get("Uploads")

    def test_an_upload_that_is_no_more_starts_anew(self, server, url, make, large, asked, tmp_path):
        path, oid = large(22)
        stop_at(make(), path, oid, 12 * MIB)
        bucket = url.split("/")[2]
        (upload,) = server.client().list_multipart_uploads(Bucket=bucket)["Uploads"]
        server.client().abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        asked.clear()
        assert make().put(KEY, path, oid=oid)
        assert asked.count("create_multipart_upload") == 1
        assert digest_of(make(), tmp_path) == oid

    def test_a_note_that_is_nonsense_starts_anew(self, make, large, asked, tmp_path):
        path, oid = large(22)
        stop_at(make(), path, oid, 12 * MIB)
        (note,) = notes(tmp_path)
        note.write_text('{"upload": 1}')
        assert make().put(KEY, path, oid=oid)
        assert digest_of(make(), tmp_path) == oid

    def test_two_pushes_go_on_with_one_upload(self, make, large, tmp_path):
        """What one of them does not get through at the first try it does at the next, as `retry` has it."""
        path, oid = large(22)
        stop_at(make(), path, oid, 12 * MIB)

        def push(backend):
            for _ in range(3):
                with suppress(StoreUnavailable):
                    backend.put(KEY, path, oid=oid)
                    return True
            return False

        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(push, [make(), make()])) == [True, True]
        assert digest_of(make(), tmp_path) == oid

    def test_without_notes_nothing_is_left_of_a_stopped_upload(self, server, url, large):
        path, oid = large(22)
        backend = s3.make("team", url, {"endpoint": server.endpoint}, Access())
        stop_at(backend, path, oid, 12 * MIB)
        assert not server.client().list_multipart_uploads(Bucket=url.split("/")[2]).get("Uploads")


@pytest.mark.parametrize("server", ["rclone"], indirect=True)
def test_a_killed_upload_goes_on(server, url, make, large, asked, tmp_path):
    path, oid = large(200)
    argv = [url, server.endpoint, tmp_path / "notes", path, oid, 120 * MIB]
    done = subprocess.run([sys.executable, "-c", DYING, *map(str, argv)], check=False)
    assert done.returncode == -9
    assert make().head(KEY) is None, "half of it is visible"
    (note,) = notes(tmp_path)
    assert note.stat().st_mode & 0o777 == 0o600
    assert make().put(KEY, path, oid=oid)
    sent = asked.count("upload_part")
    assert 5 <= sent <= 13 - 3, "7 parts at least were under way or there, of which 8 at most may be lost"
    assert "create_multipart_upload" not in asked
    assert digest_of(make(), tmp_path) == oid
    assert notes(tmp_path) == []


@pytest.fixture
def proxy(server):
    with Proxy(server.port) as found:
        yield found


@pytest.mark.parametrize("server", ["rclone"], indirect=True)
class TestOnTheWay:
    """What happens to bytes between here and there, and how often somebody asks."""

    @pytest.fixture
    def backend(self, url, proxy):
        return s3.make("team", url, {"endpoint": f"http://127.0.0.1:{proxy.port}"}, Access())

    @pytest.mark.parametrize("mebibytes", [1, 5, 40])
    def test_altered_bytes_are_never_there(self, backend, proxy, large, tmp_path, mebibytes):
        path, oid = large(mebibytes)
        proxy.add(Fault("flip", method="PUT", after=70_000, times=1))
        try:
            backend.put(KEY, path, oid=oid)
        except StoreUnavailable:
            assert backend.head(KEY) is None
            backend.put(KEY, path, oid=oid)
        assert digest_of(backend, tmp_path) == oid

    def test_parts_are_checked_once(self, backend, proxy, large):
        path, oid = large(40)
        backend.put(KEY, path, oid=oid)
        assert proxy.count("PUT", "partNumber") == 3

    def test_a_slow_line_is_seen_to_move(self, backend, proxy, large):
        """What is not small is told in small steps: a transfer whose bytes nobody tells of counts as stalled."""
        path, oid = large(12)
        seen = []
        assert backend.put(KEY, path, oid=oid, moved=seen.append)
        assert sum(seen) == 12 * MIB
        assert max(seen) <= 4 * parts.SENT
        assert proxy.count("PUT") == 1
        assert proxy.count("PUT", "partNumber") == 0

    def test_a_range_is_one_question(self, backend, proxy, large):
        path, oid = large(1)
        backend.put(KEY, path, oid=oid)
        proxy.clear()
        assert len(b"".join(backend.get(KEY, 5, 1000))) == 995
        assert b"".join(backend.get(KEY, MIB + 5, MIB + 9)) == b""
        assert [method for method, _ in proxy.seen] == ["GET"] * 2

    def test_others_go_on_while_a_list_is_awaited(self, backend, proxy, large):
        path, oid = large(1)
        backend.put(KEY, path, oid=oid)
        proxy.latency = 1.0
        begun, longest, over = time.monotonic(), [0.0], threading.Event()

        def watch():
            last = time.monotonic()
            while not over.wait(0.01):
                longest[0] = max(longest[0], time.monotonic() - last)
                last = time.monotonic()

        watching = threading.Thread(target=watch)
        watching.start()
        assert dict(backend.list("ab")) == {KEY: MIB}
        over.set()
        watching.join()
        assert time.monotonic() - begun > 1
        assert longest[0] < 0.8


class Opaque:
    """A service whose ETags are no MD5."""

    def __init__(self):
        self.checked = []

    def call(self, doing, operation, codes, special, **given):
        if operation == "upload_part":
            data = given["Body"].read(parts.PART)
            while more := given["Body"].read(parts.PART):
                data += more
            self.checked.append("ContentMD5" in given)
            return {"ETag": f"tag{given['PartNumber']}"}
        return {"UploadId": "1"}


def test_a_service_whose_etags_say_nothing_is_asked_to_check(large, tmp_path):
    path, oid = large(200)
    service, seen = Opaque(), []
    notes = multipart.Notes(str(tmp_path / "notes"), "there")
    multipart.Multipart("team", service, "", notes).put(KEY, path, oid, seen.append)
    assert sum(service.checked) == 13
    assert service.checked.count(False) <= multipart.AT_A_TIME
    assert sum(seen) == 200 * MIB


def stop_at(backend, path, oid, limit):
    """Put a file until so many bytes have moved."""
    seen = []

    def moved(size):
        seen.append(size)
        if sum(seen) >= limit:
            raise Enough

    with pytest.raises(Enough):
        backend.put(KEY, path, oid=oid, moved=moved)


@pytest.mark.parametrize("size", [0, 1, multipart.THRESHOLD, 5 << 30, (160 << 30) + 1, 5 << 40])
def test_never_more_parts_than_the_service_takes(size):
    part = parts.size_of_parts(size)
    assert part % MIB == 0
    assert -(-size // part) <= parts.MOST
    assert part < 5 << 30


class TestCredentials:
    """Nobody asks the address where a machine in Amazon's cloud learns its role."""

    @pytest.fixture
    def asked_for_role(self, monkeypatch):
        """Where that address is made to be; True when it was called."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{port}")
            monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
            listening.settimeout(0.2)

            def asked():
                try:
                    listening.accept()[0].close()
                except TimeoutError:
                    return False
                return True

            yield asked

    @pytest.fixture
    def without(self, moto_s3, monkeypatch):
        """A bucket on a server that lets everyone in, and no credentials anywhere."""
        bucket = moto_s3.bucket(f"open{next(NUMBERS)}")
        for name in moto_s3.environment:
            monkeypatch.delenv(name, raising=False)
        return f"s3://{bucket}", moto_s3.endpoint

    def test_anonymous(self, without, moto_s3, asked_for_role):
        url, endpoint = without
        moto_s3.client().put_object(Bucket=url[5:], Key=KEY, Body=b"x", ACL="public-read")
        backend = s3.make("team", url, {"endpoint": endpoint, "anonymous": "true"}, Access())
        assert backend.head(KEY) == 1
        assert b"".join(backend.get(KEY)) == b"x"
        assert not asked_for_role()

    def test_anonymous_in_parts(self, without, asked_for_role, large, small_parts, tmp_path):
        url, endpoint = without
        path, oid = large(11)
        backend = s3.make("team", url, {"endpoint": endpoint, "anonymous": "true"}, Access())
        assert backend.put(KEY, path, oid=oid)
        assert digest_of(backend, tmp_path) == oid
        assert not asked_for_role()

    def test_anonymous_at_amazon(self, without, asked_for_role, monkeypatch):
        """Where a role could be had it is not asked for either."""
        url, endpoint = without
        monkeypatch.setattr(s3, "is_amazon", lambda place: True)
        options = {"endpoint": endpoint, "anonymous": "true", "region": "us-east-1", "path_style": "true"}
        assert s3.make("team", url, options, Access()).head(KEY) is None
        assert not asked_for_role()

    def test_the_role_is_asked_for_at_amazon(self, without, asked_for_role, monkeypatch):
        """So that the tests above can fail."""
        url, endpoint = without
        monkeypatch.setattr(s3, "is_amazon", lambda place: True)
        options = {"endpoint": endpoint, "region": "us-east-1", "path_style": "true"}
        with ThreadPoolExecutor(1) as pool:
            head = pool.submit(s3.make("team", url, options, Access()).head, KEY)
            assert asked_for_role()
            with pytest.raises(StoreError):
                head.result()

    def test_none_at_another_server(self, without, asked_for_role):
        url, endpoint = without
        with pytest.raises(StoreDenied, match="there are no credentials"):
            s3.make("team", url, {"endpoint": endpoint}, Access()).head(KEY)
        assert not asked_for_role()

    def test_a_profile(self, rclone_s3, asked_for_role, monkeypatch, large, small_parts, tmp_path):
        """For small files and for parts."""
        bucket = rclone_s3.bucket(f"profile{next(NUMBERS)}")
        (tmp_path / "home" / ".aws").mkdir(parents=True)
        keys = f"aws_access_key_id = {rclone_s3.key}\naws_secret_access_key = {rclone_s3.secret}\n"
        (tmp_path / "home" / ".aws" / "credentials").write_text(f"[work]\n{keys}")
        backend = s3.make("team", f"s3://{bucket}", {"endpoint": rclone_s3.endpoint, "profile": "work"}, Access())
        path, oid = large(11)
        assert backend.put(KEY, path, oid=oid)
        assert digest_of(backend, tmp_path) == oid


class TestRegion:
    """Made without a question to anyone."""

    @pytest.fixture(autouse=True)
    def config(self, tmp_path, monkeypatch):
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name, raising=False)
        (tmp_path / "home" / ".aws").mkdir(parents=True)
        (tmp_path / "home" / ".aws" / "config").write_text("[profile work]\nregion = eu-west-3\n")

    def test_from_a_profile(self):
        s3.make("team", "s3://bucket", {"profile": "work"}, Access())._operate()

    def test_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("AWS_REGION", "eu-west-3")
        s3.make("team", "s3://bucket", {}, Access())._operate()

    def test_from_nowhere(self):
        with pytest.raises(StoreError, match="in which region"):
            s3.make("team", "s3://bucket", {}, Access())._operate()

    def test_a_profile_that_is_not_there(self):
        with pytest.raises(StoreDenied, match="nobody"):
            s3.make("team", "s3://bucket", {"profile": "nobody"}, Access())._operate()
