"""Git LFS servers as stores: giftless, and a small server that can do what giftless does not."""

import hashlib
import itertools
import json
import os
import threading
from pathlib import Path

import pytest
from support.servers import giftless
from support.servers.lfs_server import LfsServer
from support.servers.proxy import Fault, Proxy

from gitblob.errors import StoreDenied, StoreError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store import registry, retry
from gitblob.store.access import Access, Login
from gitblob.store.base import Blob
from gitblob.store.lfs import api
from gitblob.store.lfs.store import LfsStore
from gitblob.store.lfs.transfer import Transfer

NUMBERS = itertools.count()


class Watching:
    """A watch that keeps what it is told."""

    def __init__(self):
        self.bytes, self.arrived, self.failures = 0, [], {}
        self.lock = threading.Lock()

    def moved(self, size):
        with self.lock:
            self.bytes += size

    def done(self, blob):
        self.arrived.append(blob)

    def failed(self, blob, reason):
        self.failures[blob] = reason


class Keys:
    """Credentials that know one login, and note what happens to it."""

    def __init__(self, login):
        self.login, self.calls = login, []

    def fill(self, url):
        self.calls.append("fill")
        return self.login

    def approve(self, url, login):
        self.calls.append("approve")

    def reject(self, url, login):
        self.calls.append("reject")


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    monkeypatch.setattr(retry, "FIRST", 0.01)


@pytest.fixture(scope="module")
def real_giftless(tmp_path_factory):
    with giftless.serving(tmp_path_factory.mktemp("giftless")) as server:
        yield server


@pytest.fixture
def server(tmp_path):
    with LfsServer(tmp_path / "server") as server:
        yield server


@pytest.fixture(scope="module")
def token(real_giftless):
    return Login(giftless.USER, real_giftless.token())


@pytest.fixture(params=["giftless", "own"])
def store(request):
    """An empty repository on either server."""
    if request.param == "own":
        return opened(request.getfixturevalue("server").url)
    real = request.getfixturevalue("real_giftless")
    return opened(real.url(f"team/r{next(NUMBERS)}"), request.getfixturevalue("token"))


def opened(url, login=None):
    return registry.open("team", f"lfs+{url}", Access(credentials=Keys(login) if login else None))


def through(proxy, server):
    return opened(server.url.replace(str(server.port), str(proxy.port)))


@pytest.fixture
def files(tmp_path):
    """Makes files with these bytes: pairs (blob, path) as put takes them."""

    def make(*contents):
        made = []
        for data in contents:
            path = tmp_path / f"source{next(NUMBERS)}"
            path.write_bytes(data)
            made.append((Blob(Oid(hashlib.sha256(data).hexdigest()), len(data)), str(path)))
        return made

    return make


def put(store, items):
    watch = Watching()
    store.put(iter(items), watch)
    return watch


def get(store, blobs, folder):
    """What comes back, by blob; the watch."""
    watch = Watching()
    folder.mkdir(exist_ok=True)
    store.get(iter([(blob, str(folder / blob.oid)) for blob in blobs]), watch)
    return {blob: (folder / blob.oid).read_bytes() for blob in watch.arrived}, watch


class TestEitherServer:
    def test_what_is_put_comes_back(self, store, files, tmp_path):
        contents = [b"", b"x", bytes(3 << 20), os.urandom(5 << 20)]
        items = files(*contents)
        blobs = [blob for blob, _ in items]
        assert store.missing(blobs) == {blob.oid for blob in blobs}
        up = put(store, items)
        assert (sorted(up.arrived), up.failures) == (sorted(blobs), {})
        assert up.bytes == sum(map(len, contents))
        assert store.missing(blobs) == set()
        back, down = get(store, blobs, tmp_path / "back")
        assert [back[blob] for blob in blobs] == contents
        assert down.bytes == up.bytes

    def test_more_than_one_batch(self, store, files, tmp_path):
        items = files(*(b"%d" % n for n in range(250)))
        blobs = [blob for blob, _ in items]
        put(store, items[:130])
        assert store.missing(blobs) == {blob.oid for blob in blobs[130:]}
        put(store, items)
        back, down = get(store, blobs, tmp_path / "back")
        assert len(back) == 250
        assert down.failures == {}

    def test_what_is_not_there_is_passed_over(self, store, files, tmp_path):
        here, absent = files(b"here", b"absent")
        put(store, [here])
        back, down = get(store, [absent[0], here[0]], tmp_path / "back")
        assert (back, down.failures) == ({here[0]: b"here"}, {})
        assert get(store, [absent[0]], tmp_path / "back")[0] == {}
        assert os.listdir(tmp_path / "back") == [here[0].oid]

    def test_another_size_is_not_there(self, store, files, tmp_path):
        [(blob, path)] = files(b"four")
        put(store, [(blob, path)])
        longer = blob._replace(size=5)
        assert store.missing([longer]) == {blob.oid}
        assert get(store, [longer], tmp_path / "back")[0] == {}

    def test_a_part(self, store, files):
        [(blob, path)] = files(bytes(range(256)) * 9000)
        put(store, [(blob, path)])
        whole = Path(path).read_bytes()
        for start, end in ((0, 10), (5, 6), (1_000_000, 2_000_000), (2_303_000, 2_304_000)):
            assert b"".join(store.read(blob, start, end)) == whole[start:end]

    def test_a_file_with_other_bytes_is_not_stored(self, store, files):
        [(blob, path)] = files(b"right")
        for data in (b"wrong", b"short", b"much too long"):
            Path(path).write_bytes(data)
            assert put(store, [(blob, path)]).failures.keys() == {blob}
        assert store.missing([blob]) == {blob.oid}

    def test_neither_list_nor_delete(self, store):
        assert (store.capabilities.deletes, store.exists()) == (False, True)
        with pytest.raises(StoreError, match="neither list nor delete"):
            store.delete([Oid("0" * 64)])


def test_one_question_for_a_hundred_and_eight_at_a_time(server, files):
    store = opened(server.url)
    items = files(*(b"%d" % n for n in range(250)))
    put(store, items)
    assert server.count("POST", "objects/batch") == 3
    assert server.count("PUT") == server.count("POST", "verify") == 250
    put(store, items)
    assert server.count("PUT") == 250  # no action: it is there


def test_smaller_batches_where_the_server_wants_them(server, files):
    server.limit = 30
    store = opened(server.url)
    items = files(*(b"%d" % n for n in range(100)))
    assert len(put(store, items).arrived) == 100


def test_what_goes_along_with_the_bytes(server, files):
    put(opened(server.url), files(b"content"))
    [headers] = [headers for method, _, headers in server.seen if method == "PUT"]
    assert headers["Content-Length"] == "7"
    assert headers["Content-Type"] == "application/octet-stream"
    assert "X-Token" in headers
    assert "Transfer-Encoding" not in headers


@pytest.mark.parametrize(
    "action", [{"Transfer-Encoding": "chunked", "Content-Length": "0"}, {"content-type": "text/x"}]
)
def test_headers_of_an_action_never_frame_it(action):
    """GitLab sends Transfer-Encoding: chunked."""
    assert not api.FRAMING & {name.lower() for name in api.action({"href": "x", "header": action}, "").headers}


def test_an_object_that_fails_alone(server, files, tmp_path):
    store = opened(server.url)
    items = files(b"good", b"forbidden", b"unfit", b"gone")
    (good, _), (forbidden, _), (unfit, _), (gone, _) = items
    server.errors = {forbidden.oid: 403, unfit.oid: 422, gone.oid: 410}
    up = put(store, items)
    assert up.arrived == [good]
    assert {blob: reason[:3] for blob, reason in up.failures.items()} == {forbidden: "403", unfit: "422", gone: "410"}
    back, down = get(store, [blob for blob, _ in items], tmp_path / "back")
    assert back == {good: b"good"}
    assert down.failures.keys() == {forbidden, unfit}
    with pytest.raises(StoreDenied, match="403 told to fail"):
        store.missing([forbidden])


def test_an_object_that_fails_for_a_while(server, files):
    store = opened(server.url)
    [(blob, path)] = files(b"late")
    server.errors = {blob.oid: 503}
    threading.Timer(0.05, server.errors.clear).start()
    assert put(store, [(blob, path)]).arrived == [blob]


def test_a_full_server(server, files):
    [(blob, path)] = files(b"too much")
    server.errors = {blob.oid: 507}
    with pytest.raises(StoreError, match="is full"):
        put(opened(server.url), [(blob, path)])


def test_actions_that_the_server_no_longer_honours(server, files, tmp_path):
    store = opened(server.url)
    items = files(b"one", b"two")
    server.dead = 2
    assert len(put(store, items).arrived) == 2
    server.dead = 2
    assert len(get(store, [blob for blob, _ in items], tmp_path / "back")[0]) == 2
    server.dead = 100
    with pytest.raises(StoreDenied, match="expired"):
        get(store, [blob for blob, _ in items], tmp_path / "again")


def test_actions_that_are_over_when_their_turn_comes(server, files):
    """They last for less than the margin: each is asked for anew."""
    server.lifetime = 3
    items = files(b"one", b"two")
    assert len(put(opened(server.url), items).arrived) == 2
    assert server.count("POST", "batch") > 1


class TestOnTheWire:
    @pytest.fixture
    def proxy(self, server):
        with Proxy(server.port) as proxy:
            yield proxy

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_bursts(self, server, proxy, files, tmp_path, status):
        store = through(proxy, server)
        items = files(*(b"%d" % n for n in range(20)))
        headers = {"Retry-After": "0"}
        for path in ("batch", "storage", "verify"):
            proxy.add(Fault("answer", path=path, status=status, headers=headers, times=4))
        assert len(put(store, items).arrived) == 20
        proxy.clear()
        proxy.add(Fault("answer", path="batch|storage", status=status, headers=headers, times=4))
        assert len(get(store, [blob for blob, _ in items], tmp_path / "back")[0]) == 20

    def test_a_server_that_asks_for_an_hour(self, server, proxy, files):
        proxy.add(Fault("answer", status=429, headers={"Retry-After": "3600"}))
        with pytest.raises(StoreUnavailable, match="429") as error:
            put(through(proxy, server), files(b"x"))
        assert error.value.retry_after == 3600
        assert proxy.count() == 1

    @pytest.mark.parametrize("kind", ["reset", "truncate"])
    @pytest.mark.parametrize("ranges", [True, False])
    def test_a_download_goes_on_where_it_broke(self, server, proxy, files, tmp_path, kind, ranges):
        server.ranges = ranges
        store = through(proxy, server)
        data = os.urandom(4 << 20)
        [(blob, path)] = files(data)
        put(store, [(blob, path)])
        proxy.add(Fault(kind, method="GET", path="storage", after=3 << 20, times=1))
        back, down = get(store, [blob], tmp_path / "back")
        assert back == {blob: data}
        assert down.bytes == len(data)
        asked = [headers.get("Range") for method, _, headers in server.seen if method == "GET"]
        assert asked[0] is None
        if kind == "truncate":  # a reset takes along what has not been read
            assert int(asked[1].removeprefix("bytes=").removesuffix("-")) >= 2 << 20

    def test_an_upload_that_breaks_starts_again(self, server, proxy, files):
        data = os.urandom(4 << 20)
        items = files(data)
        proxy.add(Fault("reset", method="PUT", after=1 << 20, times=2))
        up = put(through(proxy, server), items)
        assert up.bytes == len(data)
        assert server.holds() == {items[0][0].oid}

    def test_a_download_that_breaks_for_good_leaves_nothing(self, server, proxy, files, tmp_path):
        store = through(proxy, server)
        [(blob, path)] = files(b"x" * 100_000)
        put(store, [(blob, path)])
        proxy.add(Fault("reset", method="GET", path="storage", after=0))
        with pytest.raises(StoreUnavailable):
            get(store, [blob], tmp_path / "back")
        assert os.listdir(tmp_path / "back") == []

    def test_bytes_that_change_on_their_way_up(self, server, proxy, files):
        """This server looks at them."""
        items = files(b"content")
        proxy.add(Fault("flip", method="PUT", after=3))
        assert "422" in put(through(proxy, server), items).failures[items[0][0]]
        assert server.holds() == set()

    def test_a_server_that_accepts_and_forgets(self, server, proxy, files):
        items = files(b"content")
        proxy.add(Fault("swallow", method="PUT"))
        store = through(proxy, server)
        up = put(store, items)
        assert "does not have what was sent" in up.failures[items[0][0]]
        assert store.missing([items[0][0]]) == {items[0][0].oid}

    def test_nobody_there(self, server, proxy, files):
        proxy.add(Fault("reset"))
        with pytest.raises(StoreUnavailable, match="store team"):
            put(through(proxy, server), files(b"x"))

    @pytest.mark.parametrize("status", [404, 405, 410, 501])
    def test_a_host_without_a_git_lfs_server(self, server, proxy, files, status):
        proxy.add(Fault("answer", status=status))
        store = through(proxy, server)
        for ask in (lambda: put(store, files(b"x")), lambda: store.missing([files(b"x")[0][0]])):
            with pytest.raises(StoreError, match="there is no Git LFS server at http") as error:
                ask()
            assert "gitblob store add" in error.value.hint
        assert proxy.count() == 2


class TestLogin:
    @pytest.fixture
    def closed(self, tmp_path):
        with LfsServer(tmp_path / "closed", users={"ann": "secret", "bob": "word"}) as server:
            yield server

    def test_one_login_for_all(self, closed, files, tmp_path):
        keys = Keys(Login("ann", "secret"))
        store = registry.open("team", f"lfs+{closed.url}", Access(credentials=keys))
        items = files(*(b"%d" % n for n in range(20)))
        put(store, items)
        get(store, [blob for blob, _ in items], tmp_path / "back")
        assert keys.calls == ["fill", "approve"]
        assert not [h for _, p, h in closed.seen if "storage" in p and "Authorization" in h]

    def test_a_wrong_password(self, closed, files):
        keys = Keys(Login("ann", "guessed"))
        store = registry.open("team", f"lfs+{closed.url}", Access(credentials=keys))
        with pytest.raises(StoreDenied, match="does not accept the login of ann") as error:
            put(store, files(b"x"))
        assert keys.calls == ["fill", "reject"]
        assert "guessed" not in error.value.message + (error.value.hint or "")

    def test_nobody_to_ask(self, closed, files):
        with pytest.raises(StoreDenied, match="wants a login"):
            opened(closed.url).missing([files(b"x")[0][0]])

    def test_a_right_that_has_ended_asks_for_no_password(self, closed, files):
        """It came by ssh, so ssh is asked for another one."""
        keys, rights = Keys(Login("ann", "hunter2")), []

        def way(_):
            rights.append(f"RemoteAuth {len(rights)}")
            return api.Action(closed.url, {"Authorization": rights[-1]}, False, None)

        with pytest.raises(StoreDenied):
            LfsStore("team", closed.url, way, Access(credentials=keys)).missing([files(b"x")[0][0]])
        assert (len(rights), keys.calls) == (2, [])

    def test_a_login_goes_to_no_other_host(self, closed, files):
        """But for what the server itself has put into the action (verify)."""
        with LfsServer(closed.folder, users=closed.users) as other:
            closed.elsewhere = f"127.0.0.1:{other.port}"
            other.tokens = closed.tokens
            items = files(b"x")
            store = opened(closed.url, Login("ann", "secret"))
            put(store, items)
            [headers] = [headers for method, _, headers in other.seen if method == "PUT"]
            assert "Authorization" not in headers

    def test_a_401_that_names_no_way_to_log_in(self, real_giftless, files):
        keys = Keys(Login(giftless.USER, "wrong"))
        store = registry.open("team", f"lfs+{real_giftless.url()}", Access(credentials=keys))
        with pytest.raises(StoreDenied):
            store.missing([files(b"x")[0][0]])
        assert keys.calls == ["fill", "reject"]


def test_an_answer_that_makes_no_sense():
    for document in (
        [],
        {},
        {"objects": 3},
        {"objects": [], "transfer": "multipart-basic"},
        {"objects": [], "hash_algo": "sha1"},
    ):
        with pytest.raises(StoreError):
            api.answers(document, api.UPLOAD, "store team")
    strange = {
        "objects": [None, {"oid": "a", "error": "x"}, {"oid": "b", "actions": []}, {"oid": "c", "error": {"code": "n"}}]
    }
    found = api.answers(strange, api.UPLOAD, "store team")
    assert {oid: (answer.action, answer.code) for oid, answer in found.items()} == {
        "a": (None, 0),
        "b": (None, 0),
        "c": (None, 500),
    }
    with pytest.raises(StoreError):
        api.answers({"objects": [{"oid": "a", "actions": {"upload": {"href": 3}}}]}, api.UPLOAD, "store team")
    for end in (
        {"expires_in": 10**400},
        {"expires_at": "00010101T000000"},
        {"expires_at": "9999-12-31T23:59:59-23:59"},
    ):
        assert not api.action({"href": "http://h/", **end}, "store team").is_over
    assert api.locks({"locks": 5}, "locks") == api.locks({"locks": {"a": 1}}, "locks") == []
    assert len(api.lock({"path": "x" * 10**6}).path) == api.LONGEST_PATH


def test_a_batch_is_what_the_specification_says():
    blob = Blob(Oid("1" * 64), 5)
    assert json.loads(api.batch(api.UPLOAD, [blob])) == {
        "operation": "upload",
        "transfers": ["basic"],
        "objects": [{"oid": "1" * 64, "size": 5}],
        "hash_algo": "sha256",
    }


@pytest.mark.parametrize("calls", [1, 3, 20])
def test_no_more_calls_at_a_time_than_wanted(server, files, monkeypatch, calls):
    store = registry.open("team", f"lfs+{server.url}", Access(calls=calls))
    lock, now, most = threading.Lock(), [], [0]
    up = Transfer.up

    def slowly(self, path):
        with lock:
            now.append(path)
            most[0] = max(most[0], len(now))
        threading.Event().wait(0.05)
        up(self, path)
        with lock:
            now.remove(path)

    monkeypatch.setattr(Transfer, "up", slowly)
    store.put(iter(files(*(b"%d" % number for number in range(40)))), Watching())
    assert most[0] == calls


def test_the_next_batch_is_asked_for_while_the_last_few_are_on_their_way(server, files):
    with Proxy(server.port) as proxy:
        items = files(*(b"%d" % number for number in range(250)))
        through(proxy, server).put(iter(items), Watching())
        order = ["batch" if target.endswith("/batch") else method for method, target in proxy.seen]
        batches = [at for at, what in enumerate(order) if what == "batch"]
        assert len(batches) == 3
        puts = [order[:at].count("PUT") for at in batches]
        assert puts[0] == 0
        assert 70 <= puts[1] < 100
        assert 170 <= puts[2] < 200
