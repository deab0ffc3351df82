"""WebDAV: what every backend must do on three servers, and what each of them, or the network, does wrong."""

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.servers import apache, nginx, process, rclone_webdav, wsgidav
from support.servers.dav import Logins
from support.servers.proxy import Fault, Proxy

from gitblob.errors import StoreDenied, StoreError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store import registry, webdav
from gitblob.store.access import Access
from gitblob.store.conformance import BackendConformance


def server(module):
    @pytest.fixture(scope="session")
    def running(tmp_path_factory):
        with module.serve(tmp_path_factory.mktemp(module.__name__.rpartition(".")[2])) as dav:
            yield dav

    return running


wsgidav_server, apache_server = server(wsgidav), server(apache)
rclone_server, nginx_server = server(rclone_webdav), server(nginx)


def opened(url, access):
    return webdav.make("data", url, {}, access)


def source(tmp_path, data, name="source"):
    path = tmp_path / name
    path.write_bytes(data)
    return str(path)


def oid_of(data):
    return Oid(hashlib.sha256(data).hexdigest())


class TestWsgidav(BackendConformance):
    @pytest.fixture
    def backend(self, wsgidav_server):
        return absent(wsgidav_server)


class TestApache(BackendConformance):
    @pytest.fixture
    def backend(self, apache_server):
        return absent(apache_server)


class TestRclone(BackendConformance):
    @pytest.fixture
    def backend(self, rclone_server):
        return absent(rclone_server)


def absent(dav):
    """A backend at a root, two folders deep, that is not there yet."""
    return opened(f"{dav.place()}/a b%23/ü", dav.logins.access())


def test_a_wrong_password_is_asked_for_once_and_forgotten(apache_server, tmp_path):
    """Eight threads meet the same 401."""
    wrong = Logins(apache_server.user, "a-wrong-password")
    place = apache_server.place()
    backend = opened(place, wrong.access())
    reasons = []

    def put(number):
        with pytest.raises(StoreDenied, match="does not accept the login of u") as error:
            backend.put(f"ab/{number}", source(tmp_path, b"x", f"s{number}"))
        reasons.append(str(error.value) + str(error.value.hint))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(8)))
    assert len(reasons) == 8
    assert not any("a-wrong-password" in reason for reason in reasons)
    assert (len(wrong.asked), len(wrong.rejected), wrong.approved) == (1, 1, [])
    assert list((apache_server.folder / place.rpartition("/")[2]).iterdir()) == []


def test_a_right_password_is_asked_for_and_approved_once(apache_server, tmp_path):
    logins = apache_server.logins
    backend = opened(apache_server.place(), logins.access())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: backend.put(f"ab/{n}", source(tmp_path, b"x", f"s{n}")), range(20)))
    assert (len(logins.asked), len(logins.approved), logins.rejected) == (1, 1, [])


def test_no_login_at_hand(apache_server):
    with pytest.raises(StoreDenied, match="there is none for http://127"):
        opened(apache_server.place(), Access()).head("ab/cd")


def test_a_login_that_may_not_write(apache_server, tmp_path):
    (apache_server.folder / "forbidden").mkdir(exist_ok=True)
    logins = apache_server.logins
    with pytest.raises(StoreDenied, match="403 Forbidden") as error:
        opened(apache_server.url("forbidden"), logins.access()).put("ab/cd", source(tmp_path, b"x"))
    assert "may not do that" in error.value.hint
    assert logins.rejected == []


def test_a_server_that_is_not_there(tmp_path):
    backend = opened(f"http+dav://127.0.0.1:{process.free_port()}/x", Access())
    with pytest.raises(StoreUnavailable, match="Connection refused"):
        backend.head("ab/cd")
    with pytest.raises(StoreUnavailable, match="Connection refused"):
        backend.put("ab/cd", source(tmp_path, b"x"))
    with pytest.raises(StoreUnavailable, match="no host of this name"):
        opened("https+dav://no-such-host.invalid/x", Access()).head("ab/cd")


@pytest.mark.parametrize(("module", "reason"), [(apache, "507 Insufficient Storage"), (wsgidav, "500 Internal")])
def test_a_full_disk_on_the_server(module, reason, mount, tmp_path):
    place = mount("size=1m")
    with module.serve(tmp_path, place) as dav:
        backend = opened(dav.place(), dav.logins.access())
        with pytest.raises(StoreError, match=reason) as error:
            backend.put("ab/cd", source(tmp_path, bytes(3 << 20)))
        assert "full" in error.value.hint
        assert list(backend.list("")) == []
        assert module is wsgidav or backend.put("ab/cd", source(tmp_path, b"small", "small"))  # that one keeps it open


def test_a_certificate_that_nobody_knows(tmp_path):
    """It is refused, with what to do about it; accepted when named; or when git is told not to look."""
    with apache.serve(tmp_path, tls=True) as dav:
        place = dav.place()
        with pytest.raises(StoreError, match="TLS: certificate verify failed: self-signed certificate") as error:
            opened(place, dav.logins.access()).head("ab/cd")
        assert not error.value.retriable
        assert "http.sslCAInfo" in error.value.hint
        for settings in ({"ca_info": str(dav.certificate)}, {"verify": False}):
            assert opened(place, dav.logins.access(**settings)).head("ab/cd") is None
        with pytest.raises(StoreError, match="cannot be read"):
            opened(place, dav.logins.access(ca_info=str(tmp_path / "none"))).head("ab/cd")
        with pytest.raises(StoreError, match="400 Bad Request"):
            opened(place.replace("https", "http", 1), Access()).head("ab/cd")


def test_tls_where_none_is_spoken(wsgidav_server):
    with pytest.raises(StoreError, match="TLS: wrong version number") as error:
        opened(wsgidav_server.place().replace("http", "https", 1), Access()).head("ab/cd")
    assert "speak https" in error.value.hint


@pytest.fixture
def unsteady(wsgidav_server):
    """A proxy before a server, and a backend that goes through it."""
    with Proxy(wsgidav_server.port) as proxy:
        yield proxy, opened(wsgidav_server.place(proxy.port), wsgidav_server.logins.access())


def folder_of(dav, backend):
    """Where the server has the files of a backend."""
    return dav.folder / backend._base.rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_a_download_that_breaks(unsteady, tmp_path, kind):
    proxy, backend = unsteady
    data = os.urandom(300_000)
    backend.put("ab/cd", source(tmp_path, data))
    proxy.add(Fault(kind, method="GET", after=100_000))
    with pytest.raises(StoreUnavailable, match=r"connection broke|ended too early"):
        backend.fetch("ab/cd", str(tmp_path / "back"))
    assert not (tmp_path / "back").exists()
    with pytest.raises(StoreUnavailable, match=r"connection broke|ended too early"):
        list(backend.get("ab/cd"))
    proxy.clear()
    backend.fetch("ab/cd", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == data


@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_an_upload_that_breaks(unsteady, tmp_path, kind):
    """Nothing lies under the key, and a second call puts it there."""
    proxy, backend = unsteady
    path = source(tmp_path, bytes(3 << 20))
    proxy.add(Fault(kind, method="PUT", after=1 << 20, times=1))
    with pytest.raises(StoreUnavailable):
        backend.put("ab/cd", path)
    assert backend.head("ab/cd") is None
    assert list(backend.list("")) == []
    assert backend.put("ab/cd", path)
    assert backend.head("ab/cd") == 3 << 20


def test_a_move_whose_answer_is_lost(unsteady, tmp_path):
    """The second call finds the file."""
    proxy, backend = unsteady
    path = source(tmp_path, b"whole")
    proxy.add(Fault("truncate", method="MOVE", times=1))
    with pytest.raises(StoreUnavailable):
        backend.put("ab/cd", path)
    assert not backend.put("ab/cd", path)
    assert backend.head("ab/cd") == 5


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_with_too_much_to_do(unsteady, tmp_path, status):
    proxy, backend = unsteady
    proxy.add(Fault("answer", status=status, headers={"Retry-After": "7"}, times=1))
    with pytest.raises(StoreUnavailable, match=str(status)) as error:
        backend.put("ab/cd", source(tmp_path, b"x"))
    assert error.value.retry_after == 7
    assert backend.put("ab/cd", source(tmp_path, b"x"))


@pytest.mark.parametrize("status", [403, 404, 409, 423, 500])
def test_a_move_that_loses_to_another(unsteady, wsgidav_server, tmp_path, status):
    """wsgidav looks whether the key is free, then moves, and says 500 where another was faster in between."""
    proxy, backend = unsteady
    path = source(tmp_path, b"same")
    assert backend.put("ab/cd", path)
    proxy.add(Fault("answer", method="MOVE", status=status, times=1))
    assert not backend.put("ab/cd", path, oid=oid_of(b"same"))
    assert proxy.count("MOVE") == 2
    assert backend.head("ab/cd") == 4
    assert list((folder_of(wsgidav_server, backend) / "tmp").iterdir()) == []


@pytest.mark.parametrize("status", [403, 404, 409, 423, 500])
def test_a_move_that_is_refused_once(unsteady, tmp_path, status):
    """It is asked for again, as nothing has the key."""
    proxy, backend = unsteady
    proxy.add(Fault("answer", method="MOVE", status=status, times=1))
    assert backend.put("ab/cd", source(tmp_path, b"x"), oid=oid_of(b"x"))
    assert proxy.count("MOVE") == 2
    assert list(backend.list("")) == [("ab/cd", 1)]


@pytest.mark.parametrize(("status", "error"), [(403, StoreDenied), (404, StoreError), (500, StoreUnavailable)])
def test_a_move_that_is_refused_for_good(unsteady, wsgidav_server, tmp_path, status, error):
    proxy, backend = unsteady
    proxy.add(Fault("answer", method="MOVE", status=status))
    with pytest.raises(error, match=f"MOVE .*: {status}"):
        backend.put("ab/cd", source(tmp_path, b"x"))
    assert proxy.count("MOVE") == webdav.FEW + 1
    assert backend.head("ab/cd") is None
    assert list((folder_of(wsgidav_server, backend) / "tmp").iterdir()) == []


def test_a_torn_file_that_another_has_mended_meanwhile_stays(unsteady, wsgidav_server, tmp_path, monkeypatch):
    proxy, backend = unsteady
    data = os.urandom(1000)
    backend.put("ab/cd", source(tmp_path, data[:10]))
    there = folder_of(wsgidav_server, backend) / "ab" / "cd"
    ask = backend._ask_to_move

    def mended_meanwhile(name, url, overwrite, ok):
        if overwrite == "T":
            there.write_bytes(data)
        return ask(name, url, overwrite, ok)

    monkeypatch.setattr(backend, "_ask_to_move", mended_meanwhile)
    proxy.clear()
    proxy.add(Fault("answer", method="MOVE", status=412, times=1), Fault("answer", method="MOVE", status=500, times=1))
    assert backend.put("ab/cd", source(tmp_path, data), False, oid_of(data))
    assert proxy.count("MOVE") == 2
    assert there.read_bytes() == data


@pytest.mark.parametrize("status", [403, 409, 423, 500])
def test_a_folder_that_another_makes_at_the_same_time(unsteady, tmp_path, status):
    """apache says 403 then, wsgidav 500."""
    proxy, backend = unsteady
    proxy.add(Fault("answer", method="MKCOL", path="/ab/$", status=status, times=1))
    assert backend.put("ab/cd", source(tmp_path, b"x"))
    assert proxy.count("MKCOL", "/ab/$") == 2


def test_unfinished_files_that_cannot_be_listed_wait_for_the_next_time(unsteady, wsgidav_server, tmp_path):
    proxy, backend = unsteady
    (folder_of(wsgidav_server, backend) / "tmp").mkdir()
    proxy.add(Fault("answer", method="PROPFIND", path="/tmp/$", status=500))
    assert backend.put("ab/cd", source(tmp_path, b"x"))
    assert proxy.count("PROPFIND", "/tmp/$") == 1


@pytest.mark.parametrize("kind", ["wsgidav", "apache", "rclone"])
def test_many_clients_begin_one_store(kind, request, tmp_path):
    """Each makes root and folders, and gives its file the same key."""
    dav = request.getfixturevalue(f"{kind}_server")
    url, data = f"{dav.place()}/new", b"same" * 50_000
    backends = [opened(url, dav.logins.access()) for _ in range(8)]
    paths = [source(tmp_path, data, f"w{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: backends[n].put("ab/cd", paths[n], oid=oid_of(data)), range(8)))
    assert any(made)
    assert dict(backends[0].list("")) == {"ab/cd": len(data)}
    assert b"".join(backends[1].get("ab/cd")) == data


def test_a_large_file_that_is_there_is_not_sent_again(unsteady, tmp_path):
    proxy, backend = unsteady
    path = source(tmp_path, bytes(webdav.LARGE))
    assert backend.put("ab/cd", path)
    assert not backend.put("ab/cd", path)
    assert proxy.count("PUT") == 1


def test_folders_are_made_once(unsteady, tmp_path):
    proxy, backend = unsteady
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: backend.put(f"a{n % 4}/{n}", source(tmp_path, b"x", f"s{n}")), range(40)))
    assert proxy.count("MKCOL") == 5
    assert proxy.count("PROPFIND") == 2  # the first met a 401


def test_a_server_that_ignores_ranges(unsteady, tmp_path, monkeypatch):
    """What comes before the part is passed over."""
    _, backend = unsteady
    backend.put("ab/cd", source(tmp_path, b"0123456789"))
    request = backend._client.request

    def without_range(method, url, headers=None, **options):
        return request(method, url, headers={k: v for k, v in (headers or {}).items() if k != "Range"}, **options)

    monkeypatch.setattr(backend._client, "request", without_range)
    assert b"".join(backend.get("ab/cd", 3, 5)) == b"34"
    assert b"".join(backend.get("ab/cd", 8)) == b"89"


def test_a_server_that_goes_by_another_name(unsteady, tmp_path):
    """Behind a proxy it may refuse a Destination with the host that the client knows, and take one without."""
    proxy, backend = unsteady
    proxy.add(Fault("answer", method="MOVE", status=502, times=1))
    assert backend.put("ab/cd", source(tmp_path, b"x"))
    assert backend.put("ab/ef", source(tmp_path, b"x"))
    assert proxy.count("MOVE") == 3
    proxy.clear()
    proxy.add(Fault("answer", method="MOVE", status=400))
    with pytest.raises(StoreError, match="does not move") as error:
        backend.put("ab/12", source(tmp_path, b"x"))
    assert "Destination" in error.value.hint
    assert sorted(backend.list("")) == [("ab/cd", 1), ("ab/ef", 1)]


def test_what_killed_pushes_left_is_removed_a_day_later(wsgidav_server, tmp_path):
    access = wsgidav_server.logins.access()
    place = wsgidav_server.place()
    opened(place, access).put("ab/cd", source(tmp_path, b"x"))
    rest = wsgidav_server.folder / place.rpartition("/")[2] / "tmp"
    for name, age in (("old", 2 * 86400), ("new", 3600)):
        (rest / name).write_bytes(b"half")
        os.utime(rest / name, (time.time() - age, time.time() - age))
    backend = opened(place, access)
    assert dict(backend.list("")) == {"ab/cd": 1}
    backend.put("ab/ef", source(tmp_path, b"y"))
    assert [path.name for path in rest.iterdir()] == ["new"]


def test_memory_stays_flat(apache_server, tmp_path):
    """A file that is much larger than what may be held goes there and back."""
    path = tmp_path / "large"
    with open(path, "wb") as file:
        file.truncate(300 << 20)
    url = apache_server.place()
    program = (
        "import re, sys\n"
        "from gitblob.store import webdav\n"
        "from gitblob.store.access import Access, Login\n"
        "class Logins:\n"
        "    def fill(self, url): return Login('u', 'secret')\n"
        "    def approve(self, *_): pass\n"
        "backend = webdav.make('data', sys.argv[1], {}, Access(credentials=Logins()))\n"
        "backend.put('ab/cd', sys.argv[2])\n"
        "backend.fetch('ab/cd', sys.argv[2] + '.back')\n"
        "print(re.search('VmHWM:\\\\s+(\\\\d+)', open('/proc/self/status').read())[1])\n"  # ru_maxrss begins at its parent's
    )
    done = subprocess.run(
        [sys.executable, "-c", program, url, str(path)], capture_output=True, text=True, check=True, env=os.environ
    )
    assert int(done.stdout) < 100_000  # KiB
    assert (tmp_path / "large.back").stat().st_size == 300 << 20


def test_nginx_without_propfind_makes_no_store_but_serves_one(nginx_server, tmp_path):
    url = nginx_server.place()
    with pytest.raises(StoreError, match="does not list folders") as error:
        registry.create("data", url, Access())
    assert "dav-ext" in error.value.hint
    backend = opened(url, Access())
    data = b"0123456789"
    assert backend.put("ab/cd", source(tmp_path, data), oid=oid_of(data))
    assert not backend.put("ab/cd", source(tmp_path, data))
    assert b"".join(backend.get("ab/cd", 2, 5)) == b"234"
    with pytest.raises(StoreError, match="413 Request Entity Too Large"):
        backend.put("ab/ef", source(tmp_path, bytes(2 << 20)))
    assert backend.head("ab/ef") is None


def test_a_server_that_speaks_no_webdav_is_no_empty_store(tmp_path):
    """Python's own, which answers 501."""
    port = process.free_port()
    argv = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", tmp_path, str(port)]
    with process.running(argv, port, tmp_path / "log"), pytest.raises(StoreError, match="does not list folders"):
        registry.create("data", f"http+dav://127.0.0.1:{port}/x", Access())


@pytest.mark.parametrize("scheme", ["http+dav", "webdav", "HTTP+DAV"])
def test_a_store_by_its_url(wsgidav_server, tmp_path, scheme):
    """Made by what the user types, found by everyone else."""
    url = wsgidav_server.place().replace("http+dav", scheme)
    access = wsgidav_server.logins.access()
    with pytest.raises(StoreError, match="is not a store: the directory is empty"):
        registry.open("data", url, access).exists()
    store, made = registry.create("data", url, access)
    assert made
    assert registry.open("data", url, access).exists()
    identity = store.identity()
    assert identity == registry.open("data", url, access).identity() is not None
    with pytest.raises(StoreError, match=r"is not .*://HOST/PATH"):
        webdav.make("data", url + "?x=1", {}, access)


def test_what_another_push_has_brought_is_not_taken_away(unsteady, tmp_path):
    """Not for a moment: RFC 4918, 9.9.3, has a server delete what it replaces. A torn one is replaced."""
    proxy, backend = unsteady
    data = os.urandom(1000)
    assert backend.put("ab/cd", source(tmp_path, data), False, oid_of(data))
    first = backend.version("ab/cd")
    assert backend.put("ab/cd", source(tmp_path, data), False, oid_of(data))
    assert backend.version("ab/cd") == first
    backend.put("ab/ef", source(tmp_path, data[:10]))
    assert backend.put("ab/ef", source(tmp_path, data), False, oid_of(data))
    assert backend.head("ab/ef") == 1000
    assert sorted(key for key, _ in backend.list("")) == ["ab/cd", "ab/ef"]
    assert proxy.count("DELETE") == 1
