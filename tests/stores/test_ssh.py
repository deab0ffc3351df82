"""Stores on another host, by real sshd: `gitblob serve-store` there."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.sandbox import LAUNCHER
from support.servers import sshd

from gitblob.errors import StoreDenied, StoreError, StoreUnavailable
from gitblob.git.ssh import GitSsh
from gitblob.model.oid import Oid
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.base import Blob


class Watch:
    def __init__(self):
        self.done_, self.failed_, self.bytes = [], {}, 0

    def moved(self, size):
        self.bytes += size

    def done(self, blob):
        self.done_.append(blob)

    def failed(self, blob, reason):
        self.failed_[blob] = reason


def program(folder):
    """A folder with a `gitblob` for the other side's PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "gitblob"
    file.write_text(LAUNCHER.format(python=sys.executable))
    file.chmod(0o755)
    return folder


def path_with(folder):
    return f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A host with gitblob."""
    folder = tmp_path_factory.mktemp("sshd")
    path = path_with(program(folder / "bin"))
    home = folder / "home"
    home.mkdir()
    env = {"PATH": path, "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "HOME": str(home)}
    with sshd.serve(folder / "server", **env) as server:
        yield server


@pytest.fixture
def there(host, monkeypatch):
    """The host, and ssh as it has to be called for it."""
    monkeypatch.setenv("GIT_SSH_COMMAND", host.ssh())
    host.permit()
    return host


@pytest.fixture
def opened(there, tmp_path):
    """Opens stores on the host by path or URL, and closes them."""
    ssh = GitSsh()

    def make(place=tmp_path / "store", create=True, **kind):
        url = str(place) if "://" in str(place) else there.url(place, **kind)
        (registry.create if create else registry.open)("team", url, Access(ssh=ssh))
        return ssh.sessions["team", url]  # without the wrapper that tries again

    yield make
    for store in ssh.sessions.values():
        store.close()


@pytest.fixture
def blob(tmp_path):
    """Makes a blob's file."""

    def make(data: bytes):
        oid = Oid(hashlib.sha256(data).hexdigest())
        path = tmp_path / f"blob-{oid}"
        path.write_bytes(data)
        return Blob(oid, len(data)), str(path)

    return make


@pytest.fixture
def forced(there, tmp_path):
    """Whatever is asked, this shell script runs there."""

    def force(script):
        (tmp_path / "forced.sh").write_text(script)
        there.permit(f'command="sh {tmp_path}/forced.sh"')

    return force


SIZES = [0, 1, 4096, (1 << 18) + 1, 3 << 20, 9 << 20]


def test_what_is_put_comes_back(opened, blob, tmp_path):
    store, watch = opened(), Watch()
    items = [blob(os.urandom(size)) for size in SIZES]
    wanted = [one for one, _ in items]
    assert store.missing(wanted) == {one.oid for one in wanted}
    store.put(iter(items), watch)
    assert (watch.done_, watch.failed_, watch.bytes) == (wanted, {}, sum(SIZES))
    assert store.missing(wanted) == set()
    assert set(store.blobs()) == set(wanted)
    assert set(store.blobs(wanted[0].oid[:3])) == {wanted[0]}
    back, watch = tmp_path / "back", Watch()
    back.mkdir()
    store.get([(one, str(back / one.oid)) for one in [*wanted, Blob(Oid("0" * 64), 3)]], watch)
    assert (watch.done_, watch.bytes) == (wanted, sum(SIZES))
    for one, path in items:
        assert (back / one.oid).read_bytes() == Path(path).read_bytes()
        assert store.digest(one) == one.oid
    assert len(list(back.iterdir())) == len(items)
    big, path = items[-1]
    assert b"".join(store.read(big, 5, big.size)) == Path(path).read_bytes()[5:]
    assert b"".join(store.read(big, 5, 9)) == Path(path).read_bytes()[5:9]
    store.delete([wanted[0].oid, Oid("0" * 64)])
    assert store.missing(wanted) == {wanted[0].oid}
    assert not list((tmp_path / "store/tmp").iterdir())


def test_many_small_ones_in_one_session(opened, blob, tmp_path):
    store, watch = opened(), Watch()
    items = [blob(os.urandom(100)) for _ in range(2000)]
    store.put(items, watch)
    assert len(watch.done_) == 2000
    got = Watch()
    (tmp_path / "back").mkdir()
    store.get([(one, str(tmp_path / "back" / one.oid)) for one, _ in items], got)
    assert len(got.done_) == 2000
    assert len(list(store.blobs())) == 2000


def test_wrong_bytes_are_not_stored(opened, blob, tmp_path):
    store, watch = opened(), Watch()
    good, bad = blob(b"good"), blob(b"evil")
    (tmp_path / f"blob-{bad[0].oid}").write_bytes(b"evil"[::-1])
    gone = (Blob(Oid("1" * 64), 3), str(tmp_path / "nowhere"))
    store.put([bad, good, gone], watch)
    assert watch.done_ == [good[0]]
    assert set(watch.failed_) == {bad[0], gone[0]}
    assert set(store.blobs()) == {good[0]}
    assert not list((tmp_path / "store/tmp").iterdir())


def test_a_torn_blob_there_is_replaced(opened, blob, tmp_path):
    store = opened()
    one, path = blob(b"whole")
    store.put([(one, path)], Watch())
    torn = tmp_path / "store" / one.oid.key
    torn.unlink()
    torn.write_bytes(b"wh")
    assert store.missing([one]) == {one.oid}
    store.put([(one, path)], Watch())
    assert torn.read_bytes() == b"whole"


def test_a_directory_that_is_no_store(opened, tmp_path):
    with pytest.raises(StoreUnavailable, match="is not there"):
        opened(tmp_path / "none", create=False).exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/file").write_text("mine")
    with pytest.raises(StoreError, match="is not a store: it holds other files"):
        opened(tmp_path / "other")


def test_an_unknown_host_key(opened, there, monkeypatch):
    monkeypatch.setenv("GIT_SSH_COMMAND", there.ssh("-o", "BatchMode=yes", known="nobody"))
    with pytest.raises(StoreError, match="Host key verification failed") as caught:
        opened()
    assert "`ssh 127.0.0.1 -p" in caught.value.hint
    assert not caught.value.retriable


def test_a_wrong_key(opened, there, monkeypatch):
    monkeypatch.setenv("GIT_SSH_COMMAND", there.ssh("-o", "BatchMode=yes", key="stranger"))
    with pytest.raises(StoreDenied, match="Permission denied"):
        opened()


def test_a_host_that_is_down(opened):
    with pytest.raises(StoreUnavailable, match="Connection refused"):
        opened("ssh://127.0.0.1:1/srv/store")


def test_a_shell_that_talks(opened, forced, blob):
    """Its start files print before the server speaks; a forced command stands in for them here."""
    forced("echo Welcome; printf noise; eval $SSH_ORIGINAL_COMMAND")
    store = opened()
    store.put([blob(b"x")], Watch())
    assert len(list(store.blobs())) == 1


def test_a_host_that_answers_with_something_else(opened, forced):
    forced("yes noise | head -c 9000000")
    with pytest.raises(StoreError, match="prints too much before gitblob speaks: noise"):
        opened()


def test_another_version_of_the_protocol(opened, forced):
    forced(r"""printf 'gitblob-serve-store\nJ\0\0\0\015{"version":7}'; cat >/dev/null""")
    with pytest.raises(StoreError, match="speaks version 7 of the protocol, this one version 1") as caught:
        opened()
    assert "upgrade" in caught.value.hint


def test_a_forced_command_has_the_last_word(opened, there, blob, tmp_path):
    there.permit(f'restrict,command="gitblob serve-store {tmp_path}/forced"')
    store = opened(tmp_path / "elsewhere")
    store.put([blob(b"x")], Watch())
    assert (tmp_path / "forced/gitblob-store").exists()
    assert not (tmp_path / "elsewhere").exists()
    there.permit(f'restrict,command="gitblob serve-store --read-only {tmp_path}/forced"')
    store.close()
    assert len(list(store.blobs())) == 1
    for change in (lambda: store.delete([Oid("0" * 64)]), lambda: store.put([blob(b"y")], Watch())):
        with pytest.raises(StoreDenied, match="read-only"):
            change()
    assert store.exists()


def test_a_full_disk_there(opened, mount, blob):
    place = mount("size=6m")
    store = opened(place)
    with pytest.raises(StoreError, match="is full") as caught:
        store.put([blob(os.urandom(3 << 20)), blob(os.urandom(30 << 20))], Watch())
    assert not caught.value.retriable
    assert len(list(store.blobs())) == 1


@pytest.mark.parametrize("url", ["ssh://-oProxyCommand=touch%20x/p", "ssh://u%0aser@h/p", "ssh://-u@h/p"])
def test_destinations_that_are_refused(opened, url):
    with pytest.raises(StoreError):
        opened(url).exists()


def servers(place):
    """The processes that serve a place."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serve-store" in words and os.fsencode(place) in words:
            found.append(int(pid))
    return found


class KillAfter(Watch):
    """Ends the server after so many bytes."""

    def __init__(self, place, size):
        super().__init__()
        self.place, self.size = place, size

    def moved(self, size):
        super().moved(size)
        if self.size and self.bytes > self.size:
            self.size = 0
            for pid in servers(self.place):
                os.kill(pid, signal.SIGKILL)


def test_a_server_that_is_killed_and_an_upload_that_goes_on(opened, blob, tmp_path):
    place = tmp_path / "store"
    store, big = opened(place), blob(os.urandom(64 << 20))
    with pytest.raises(StoreUnavailable, match="broke") as caught:
        store.put([big], KillAfter(place, 40 << 20))
    assert "goes on where it stopped" in caught.value.hint
    assert list(store.blobs()) == []
    part = place / "tmp" / f".gitblob-tmp-part-{big[0].oid}"
    there = part.stat().st_size
    assert 1 << 20 < there < 64 << 20

    class Sent(Watch):
        sent = 0

        def moved(self, size):
            super().moved(size)
            self.sent += size if size <= 1 << 18 else 0

    watch = Sent()
    store.put([big], watch)
    assert watch.done_ == [big[0]]
    assert (watch.bytes, watch.sent) == (64 << 20, (64 << 20) - there)
    assert store.digest(big[0]) == big[0].oid
    assert not list((place / "tmp").iterdir())


def test_a_wrong_part_is_thrown_away(opened, blob, tmp_path):
    store, (one, path) = opened(), blob(os.urandom(9 << 20))
    (tmp_path / "store/tmp").mkdir()
    part = tmp_path / f"store/tmp/.gitblob-tmp-part-{one.oid}"
    part.write_bytes(b"x" * (1 << 20))
    watch = Watch()
    store.put([(one, path)], watch)
    assert (watch.done_, watch.failed_, watch.bytes) == ([one], {}, one.size)
    assert store.digest(one) == one.oid
    assert not part.exists()


def test_two_who_send_the_same_blob(opened, blob, tmp_path, there):
    one, path = blob(os.urandom(20 << 20))
    store = opened()
    another = GitSsh()
    registry.open("team", store.url, Access(ssh=another))
    other = another.sessions["team", store.url]
    watch = Watch()

    class Inner(Watch):
        started = False

        def moved(self, size):
            super().moved(size)
            if not self.started and self.bytes > 10 << 20:
                self.started = True
                other.put([(one, path)], watch)

    outer = Inner()
    store.put([(one, path)], outer)
    other.close()
    assert watch.done_ == outer.done_ == [one]
    assert store.digest(one) == one.oid
    assert not list((tmp_path / "store/tmp").iterdir())


def test_a_server_that_is_killed_while_it_sends(opened, blob, tmp_path):
    store, (one, path) = opened(), blob(os.urandom(64 << 20))
    store.put([(one, path)], Watch())
    back = tmp_path / "back"
    with pytest.raises(StoreUnavailable, match="broke"):
        store.get([(one, str(back))], KillAfter(tmp_path / "store", 20 << 20))
    assert not back.exists()
    store.get([(one, str(back))], Watch())
    assert back.stat().st_size == one.size


def test_whoever_watches_can_stop_it(opened, blob, tmp_path):
    """Within a second, and nothing is left that could be seen."""

    class Stop(Watch):
        def moved(self, size):
            raise KeyboardInterrupt

    store, (one, path) = opened(), blob(os.urandom(30 << 20))
    for call in (lambda: store.put([(one, path)], Stop()), lambda: store.get([(one, str(tmp_path / "b"))], Stop())):
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            call()
        assert time.monotonic() - begun < 1.5
        assert not (tmp_path / "b").exists()
        store.put([(one, path)], Watch())


CLIENT = """
import os, signal, sys
from gitblob.git.ssh import GitSsh
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.base import Blob
from gitblob.model.oid import Oid

class Watch:
    sent = 0
    def moved(self, size):
        self.sent += size
        if self.sent > 3 << 20:
            os.kill(os.getpid(), signal.SIGKILL)

registry.open("team", sys.argv[1], Access(ssh=GitSsh())).put([(Blob(Oid(sys.argv[2]), int(sys.argv[3])), sys.argv[4])], Watch())
"""


@pytest.mark.parametrize("size", [6 << 20, 30 << 20])
def test_a_client_that_is_killed(opened, blob, tmp_path, size):
    """What is worth going on with is kept, the rest is tidied away; nothing can be seen."""
    store, (one, path) = opened(), blob(os.urandom(size))
    store.close()
    argv = [sys.executable, "-c", CLIENT, store.url, one.oid, str(one.size), path]
    assert subprocess.run(argv, check=False).returncode == -signal.SIGKILL
    for _ in range(100):
        if not servers(tmp_path / "store"):
            break
        time.sleep(0.1)
    assert list(store.blobs()) == []
    left = [file.name for file in (tmp_path / "store/tmp").iterdir()]
    assert left == ([f".gitblob-tmp-part-{one.oid}"] if size > 8 << 20 else [])
    store.put([(one, path)], Watch())
    assert set(store.blobs()) == {one}
    assert not list((tmp_path / "store/tmp").iterdir())


def test_a_place_that_cannot_be_written_to(opened, mount, blob):
    place = mount("size=6m")
    opened(place).put([blob(b"x")], Watch())
    store = opened(place)
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    with pytest.raises(StoreError, match="is not writable") as caught:
        store.put([blob(b"y")], Watch())
    assert "ask its owner" in caught.value.hint
    assert len(list(store.blobs())) == 1
    store.close()


@pytest.mark.parametrize("what", ["flush", "hash"])
def test_a_server_that_takes_its_time_says_that_it_lives(opened, forced, blob, tmp_path, what):
    """Else a transfer that only waits for a slow disk there would be given up, each time at the same place."""
    slow = {
        "flush": "local.LocalBackend.flush = lambda self: time.sleep(1)",
        "hash": "arrival.Arrival._take_up = lambda self, start: time.sleep(1)",
    }
    script = tmp_path / "slow.py"
    script.write_text(
        "import sys, time\nfrom gitblob.store import local\nfrom gitblob.store.ssh import arrival, lively, server\n"
        f"lively.EVERY = 0.1\n{slow[what]}\n"
        f"served = server.Served({str(tmp_path / 'store')!r})\nserver.serve(served, 0, 1)\n"
    )
    store, (one, path) = opened(), blob(os.urandom(9 << 20))
    store.close()
    (tmp_path / "store/tmp").mkdir()
    (tmp_path / f"store/tmp/.gitblob-tmp-part-{one.oid}").write_bytes(b"x")
    forced(f"exec {sys.executable} {script}")

    class Lively(Watch):
        last, longest = time.monotonic(), 0.0

        def moved(self, size):
            super().moved(size)
            self.longest = max(self.longest, time.monotonic() - self.last)
            self.last = time.monotonic()

    watch = Lively()
    store.missing([one])
    watch.last = time.monotonic()
    store.put([(one, path)], watch)
    assert watch.done_ == [one]
    assert watch.longest < 0.7
