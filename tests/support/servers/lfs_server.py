"""A Git LFS server (batch API, basic transfers, verify, locks) that can be told what to do wrong, and a Git host.

    with LfsServer(folder) as server:                    # knows no users: everybody may do everything
        server.url                                       # http://127.0.0.1:PORT/team/repo.git/info/lfs
        server.errors[oid] = 410                         # this object alone
        server.dead = 3                                  # the next three actions are over at once
    with LfsServer(folder, git=root, users={"ann": "secret"}) as server: # also serves root/team/repo.git
    with LfsServer(folder, git=root, lfs=PORT) as server: # LFS by another server (giftless); lfs=None: by nobody

The real git-lfs client works with it (test_lfs_client.py), so it is no picture of our own client. What goes wrong on the
wire (resets, bursts of 429, other bytes) is the affair of `proxy`, in front: hrefs follow the Host header.
As a program, for benchmarks: python -m support.servers.lfs_server FOLDER, which prints its port.
"""

import base64
import contextlib
import hashlib
import http.client
import itertools
import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

MEDIA = "application/vnd.git-lfs+json"
PIECE = 1 << 18
MINE = "mine"


class LfsServer:
    """users: names and passwords; without, everybody is `anonymous`. remote_auth: tokens of git-lfs-authenticate.

    errors: oids with the status that they are answered with. lifetime: of an action, in seconds. dead: so many actions
    more are over at once. ranges: are they answered? locking: is there a lock API? limit: objects in one batch.
    checks: are bytes that are not those of their oid refused? elsewhere: host and port that hrefs lead to.
    seen: (method, path, headers) in order.
    """

    def __init__(self, folder, users=None, git=None, lfs=MINE):
        self.folder, self.users, self.git, self.lfs = Path(folder), users, git, lfs
        self.folder.mkdir(parents=True, exist_ok=True)
        self.errors, self.locks, self.tokens, self.remote_auth = {}, {}, {}, {}
        self.lifetime, self.ranges, self.locking, self.checks, self.elsewhere = 600.0, True, True, True, None
        self.limit = 1000
        self.dead = 0
        self.seen, self.numbers, self.lock = [], itertools.count(1), threading.Lock()
        server = self

        class Handler(_Handler):
            lfs = server

        self._http = _Server(("127.0.0.1", 0), Handler)
        self.port = self._http.server_address[1]
        self.host = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.host}/team/repo.git/info/lfs"

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()

    def path(self, oid):
        """Where an object lies."""
        return self.folder / oid

    def holds(self):
        """The oids that are here."""
        return {path.name for path in self.folder.iterdir() if len(path.name) == 64}

    def count(self, method="", path=""):
        """How many such requests have come."""
        return sum(bool(re.match(method, m) and re.search(path, p)) for m, p, _ in list(self.seen))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        """Clients may go away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Quiet."""

    def do_GET(self):
        """Any method."""
        self.lfs.seen.append((self.command, self.path, dict(self.headers.items())))
        found = re.fullmatch(r"(.+)/info/lfs/(.+)", urlsplit(self.path).path)
        if found and self.lfs.lfs == MINE:
            self._lfs(found[2])
        elif found and self.lfs.lfs:
            self._forward(self.lfs.lfs)
        elif self.lfs.git and not found:
            self._git()
        else:
            self._say(404, b"Not Found\n", "text/plain")

    do_POST = do_PUT = do_HEAD = do_GET

    # Git LFS

    def _lfs(self, what):
        if what.startswith("storage/"):
            self._storage(what.removeprefix("storage/"))
            return
        user, body = self._user(), json.loads(self._body() or b"{}")
        if user is None:
            self._json(401, {"message": "Credentials needed"}, {"LFS-Authenticate": 'Basic realm="Git LFS"'})
            return
        if what == "objects/batch":
            self._batch(body)
        elif what == "verify":
            path = self.lfs.path(body["oid"])
            good = path.exists() and path.stat().st_size == body["size"]
            self._json(200 if good else 422, {} if good else {"message": "no such object of this size"})
        elif what.startswith("locks") and self.lfs.locking:
            with self.lfs.lock:
                self._locks(what.removeprefix("locks").strip("/"), body, user)
        else:
            self._json(404, {"message": "Not found"})

    def _user(self):
        if self.lfs.users is None:
            return "anonymous"
        kind, _, word = self.headers.get("Authorization", "").partition(" ")
        if kind == "RemoteAuth":
            return self.lfs.remote_auth.get(word)
        with contextlib.suppress(ValueError):
            name, _, password = base64.b64decode(word).decode().partition(":")
            return name if kind == "Basic" and self.lfs.users.get(name) == password else None

    def _batch(self, body):
        assert self.headers["Accept"].startswith(MEDIA)
        assert "basic" in body.get("transfers", ["basic"])
        if len(body["objects"]) > self.lfs.limit:
            self._json(413, {"message": "too many objects"})
            return
        found = [self._object(body["operation"], wanted["oid"], wanted["size"]) for wanted in body["objects"]]
        self._json(200, {"transfer": "basic", "objects": found})

    def _object(self, operation, oid, size):
        answer = {"oid": oid, "size": size}
        path = self.lfs.path(oid)
        there = path.exists() and path.stat().st_size == size
        if oid in self.lfs.errors:
            return {**answer, "error": {"code": self.lfs.errors[oid], "message": "told to fail"}}
        if operation == "download":
            if not there:
                return {**answer, "error": {"code": 404, "message": "Object does not exist"}}
            return {**answer, "authenticated": True, "actions": {"download": self._action(f"storage/{oid}")}}
        if there:
            return answer
        verify = {"href": self._href("verify"), "header": self._own_header()}
        return {
            **answer,
            "authenticated": True,
            "actions": {"upload": self._action(f"storage/{oid}"), "verify": verify},
        }

    def _own_header(self):
        """What verify needs: the very login of this request."""
        given = self.headers.get("Authorization")
        return {"Authorization": given} if given else {}

    def _href(self, what):
        host = self.lfs.elsewhere or self.headers["Host"]
        return f"http://{host}{urlsplit(self.path).path.partition('/info/lfs/')[0]}/info/lfs/{what}"

    def _action(self, what):
        token = secrets.token_hex(8)
        with self.lfs.lock:
            is_dead, self.lfs.dead = self.lfs.dead > 0, self.lfs.dead - 1
        self.lfs.tokens[token] = 0 if is_dead else time.monotonic() + self.lfs.lifetime
        href = f"{self._href(what)}?sig={token}"
        return {"href": href, "header": {"X-Token": token}, "expires_in": int(self.lfs.lifetime)}

    def _storage(self, oid):
        token = self.headers.get("X-Token", "")
        if time.monotonic() > self.lfs.tokens.get(token, 0) or parse_qs(urlsplit(self.path).query)["sig"] != [token]:
            self.close_connection = True
            self._json(403, {"message": "Request has expired"})
        elif self.command == "PUT":
            self._take(oid)
        elif self.lfs.path(oid).exists():
            self._give(self.lfs.path(oid))
        else:
            self._json(404, {"message": "no such object"})

    def _take(self, oid):
        digest, left = hashlib.sha256(), int(self.headers["Content-Length"])
        part = self.lfs.folder / f"part{next(self.lfs.numbers)}"
        with open(part, "wb") as file:
            while left and (data := self.rfile.read(min(left, PIECE))):
                digest.update(data)
                file.write(data)
                left -= len(data)
        if left or (self.lfs.checks and digest.hexdigest() != oid):
            part.unlink()
            self._json(422, {"message": "other bytes than announced"})
            return
        part.rename(self.lfs.path(oid))
        self._say(200, b"")

    def _give(self, path):
        size = path.stat().st_size
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")) if self.lfs.ranges else None
        start = int(wanted[1]) if wanted else 0
        end = min(size, int(wanted[2]) + 1) if wanted and wanted[2] else size
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(end - start))
        self.send_header("Content-Type", "application/octet-stream")
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.end_headers()
        with open(path, "rb") as file:
            file.seek(start)
            while start < end and (data := file.read(min(PIECE, end - start))):
                self.wfile.write(data)
                start += len(data)

    # locks

    def _locks(self, what, body, user):
        held = self.lfs.locks
        if what == "verify":
            page, cursor = self._page(list(held.values()), body.get("cursor"), body.get("limit"))
            ours = [lock for lock in page if lock["owner"]["name"] == user]
            self._json(200, {"ours": ours, "theirs": [lock for lock in page if lock not in ours], **cursor})
        elif what.endswith("/unlock"):
            number = what.partition("/")[0]
            lock = held.get(number)
            if lock is None:
                self._json(404, {"message": "no such lock"})
            elif lock["owner"]["name"] != user and not body.get("force"):
                self._json(403, {"message": "You must have admin access to force delete a lock"})
            else:
                self._json(200, {"lock": held.pop(number)})
        elif self.command == "POST":
            self._hold(body["path"], user)
        else:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            matching = [
                lock for lock in held.values() if all(query.get(key, lock[key]) == lock[key] for key in ("path", "id"))
            ]
            page, cursor = self._page(matching, query.get("cursor"), query.get("limit"))
            self._json(200, {"locks": page, **cursor})

    def _hold(self, path, user):
        taken = next((lock for lock in self.lfs.locks.values() if lock["path"] == path), None)
        if taken:
            self._json(409, {"lock": taken, "message": "already created lock"})
            return
        number = str(next(self.lfs.numbers))
        since = datetime.now(timezone.utc).replace(microsecond=0).isoformat()
        self.lfs.locks[number] = {"id": number, "path": path, "locked_at": since, "owner": {"name": user}}
        self._json(201, {"lock": self.lfs.locks[number]})

    def _page(self, found, cursor, limit):
        start, end = int(cursor or 0), int(cursor or 0) + int(limit or 2)
        return found[start:end], {"next_cursor": str(end)} if end < len(found) else {}

    # the other parts of a Git host

    def _git(self):
        """`git http-backend` (git-http-backend(1)) by CGI (RFC 3875)."""
        address = urlsplit(self.path)
        user = self._user() if self.lfs.users is not None else "anonymous"
        if user is None:
            self._say(401, b"", headers={"WWW-Authenticate": 'Basic realm="git"'})
            return
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.lfs.git),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": user,
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(["git", "http-backend"], env=env, input=self._body(), capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        self._say(status, body, headers.pop("Content-Type", "text/plain"), headers)

    def _forward(self, port):
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        other = http.client.HTTPConnection("127.0.0.1", port)
        other.request(self.command, self.path, body=self._body(), headers=headers)
        answer = other.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOPS}
        self._say(answer.status, answer.read(), answer.getheader("Content-Type", "text/plain"), kept)
        other.close()

    def _body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _json(self, status, value, headers=None):
        self._say(status, json.dumps(value).encode(), MEDIA, headers)

    def _say(self, status, body, kind="application/octet-stream", headers=None):
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


HOPS = {"connection", "transfer-encoding", "content-length", "content-type", "date", "server"}

if __name__ == "__main__":
    with LfsServer(sys.argv[1]) as running:
        print(running.port, flush=True)
        threading.Event().wait()
