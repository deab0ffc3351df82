"""An HTTP/1.1 proxy in front of a server on loopback, which can be slow, break connections and lie.

    with Proxy(server_port) as proxy:
        proxy.latency = 0.02                                   # seconds for each request
        proxy.add(Fault("answer", status=503, times=3))        # the next three requests
        proxy.add(Fault("reset", method="GET", after=1000))    # for good: every GET breaks after 1,000 bytes of its body
        client(f"http://127.0.0.1:{proxy.port}")
        proxy.seen                                             # [(method, target)], in order

Headers pass unchanged (so that signatures stay valid); a fault that came first in `add` is the first to be tried.
It is a process of its own: a client that waits for an answer while it holds the interpreter's lock would never get one.
"""

import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from http.client import responses

PIECE = 1 << 16


@dataclass
class Fault:
    """What is done to requests that match.

    kind: answer     `status` with `headers` instead of the server's answer; the body is taken first
          reset      RST after so many bytes (`after`) of the answer's body, or of the request's if that has one
          truncate   the same, but an orderly end
          stall      the same, but nothing more comes, and nothing ends
          flip       the byte at `after` comes with other bits
          swallow    the request's body is taken, 200 is said, nothing reaches the server
    method, path: regular expressions that the request must match from its start (path: anywhere).
    times: how often; None for ever.
    """

    kind: str
    method: str = ""
    path: str = ""
    after: int = 0
    status: int = 503
    headers: dict = field(default_factory=dict)
    times: int | None = None
    hits: int = 0

    def matches(self, method, target):
        return (
            (self.times is None or self.hits < self.times)
            and re.match(self.method, method)
            and re.search(self.path, target)
        )


class Broken(Exception):
    """This connection is over."""


class Proxy:
    """Runs while it is entered, on `port`. latency: seconds that each request (and connection) waits."""

    def __init__(self, upstream: int, latency: float = 0) -> None:
        self._argv = [sys.executable, __file__, str(upstream), str(latency)]
        self._latency = latency

    def __enter__(self):
        self._process = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self._process.stdout.readline())
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)

    @property
    def latency(self):
        return self._latency

    @latency.setter
    def latency(self, seconds):
        self._latency = self._ask("delay", seconds)

    def add(self, *faults):
        self._ask("add", [asdict(fault) for fault in faults])

    def clear(self):
        """Work as a proxy should, and forget what was seen."""
        self._ask("clear")

    @property
    def seen(self):
        """The requests until now: (method, target)."""
        return [tuple(request) for request in self._ask("requests")]

    def count(self, method="", path=""):
        """How many such requests have come."""
        return sum(bool(re.match(method, m) and re.search(path, target)) for m, target in self.seen)

    def _ask(self, *command):
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Server:
    """The proxy itself, in its process."""

    def __init__(self, upstream: int, latency: float) -> None:
        self.upstream, self.latency = upstream, latency
        self.faults, self.seen = [], []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]

    def run(self):
        """Obey what stdin says, until it ends."""
        threading.Thread(target=self._accept, daemon=True).start()
        print(json.dumps(self.port), flush=True)
        for line in sys.stdin:
            word, *arguments = json.loads(line)
            with self._lock:
                answer = getattr(self, word)(*arguments)
            print(json.dumps(answer), flush=True)

    def delay(self, seconds):
        self.latency = seconds
        return seconds

    def add(self, faults):
        self.faults += [Fault(**fault) for fault in faults]

    def clear(self):
        self.faults, self.seen = [], []

    def requests(self):
        return self.seen

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = None
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            time.sleep(self.latency)
            with client.makefile("rb") as requests:
                while head := _head(requests):
                    server = self._one(head, requests, client, server)
        except (OSError, Broken, ValueError):
            pass
        finally:
            for connection in (client, server):
                if connection:
                    connection.close()

    def _one(self, head, requests, client, server):
        """Serve one request; the connection to the server, to be used again."""
        method, target, _ = head[0].split(b" ", 2)
        method, target = method.decode(), target.decode()
        fault = self._choose(method, target)
        if _header(head, b"expect"):
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = [line for line in head if not line.lower().startswith(b"expect:")]
        time.sleep(self.latency)
        body = _framed(head, requests)
        if fault and fault.kind in {"answer", "swallow"}:
            for _ in body:
                pass
            _say(client, method, fault.status if fault.kind == "answer" else 200, fault.headers)
            return server
        for attempt in (0, 1):
            try:
                server = server or socket.create_connection(("127.0.0.1", self.upstream))
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server.sendall(_joined(head))
                on_request = fault if fault and _has_body(head) else None
                try:
                    self._pass(body, server, on_request, (client, server))
                except BrokenPipeError:
                    pass  # the server has answered already
                answer = server.makefile("rb")
                reply = _head(answer)
                if reply:
                    break
            except ConnectionError:
                reply = []
            server.close()
            server = None
            if attempt or _has_body(head):
                raise Broken
        status = int(reply[0].split(b" ", 2)[1])
        while status < 200:
            reply = _head(answer)
            status = int(reply[0].split(b" ", 2)[1])
        client.sendall(_joined(reply))
        bare = method == "HEAD" or status in {204, 304}
        whole = bare or _header(reply, b"content-length") is not None or _is_chunked(reply)
        data = iter(()) if bare else _framed(reply, answer) if whole else iter(lambda: answer.read1(PIECE), b"")
        self._pass(data, client, None if on_request else fault, (client, server))
        if not whole or b"close" in (_header(reply, b"connection") or b"").lower():
            raise Broken
        return server

    def _choose(self, method, target):
        with self._lock:
            self.seen.append((method, target))
            for fault in self.faults:
                if fault.matches(method, target):
                    fault.hits += 1
                    return fault
        return None

    def _pass(self, pieces, to, fault, connections):
        """Send these bytes on, up to where the fault lies."""
        sent = 0
        for piece in pieces:
            data, at = piece, fault.after - sent if fault else -1
            if 0 <= at < len(data):
                if fault.kind == "flip":
                    data = piece[:at] + bytes([piece[at] ^ 0xFF]) + piece[at + 1 :]
                else:
                    to.sendall(data[:at])
                    self._break(fault, connections)
            to.sendall(data)
            sent += len(data)

    def _break(self, fault, connections):
        if fault.kind == "stall":
            threading.Event().wait()
        for connection in connections:
            if fault.kind == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        raise Broken


def _head(stream):
    """The lines of a request's or an answer's head; empty at the end."""
    lines = []
    while line := stream.readline(PIECE):
        if line in {b"\r\n", b"\n"}:
            return lines
        lines.append(line.rstrip(b"\r\n"))
    return []


def _joined(head):
    return b"".join(line + b"\r\n" for line in head) + b"\r\n"


def _header(head, name):
    for line in head[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None


def _is_chunked(head):
    return b"chunked" in (_header(head, b"transfer-encoding") or b"").lower()


def _has_body(head):
    return _is_chunked(head) or int(_header(head, b"content-length") or 0) > 0


def _framed(head, stream):
    """The bytes of a body, as they are on the wire."""
    if not _is_chunked(head):
        yield from _exactly(stream, int(_header(head, b"content-length") or 0))
        return
    while True:
        line = stream.readline(PIECE)
        yield line
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        yield from _exactly(stream, size + 2)
    while line := stream.readline(PIECE):
        yield line
        if line in {b"\r\n", b"\n"}:
            return


def _exactly(stream, size):
    while size:
        data = stream.read1(min(size, PIECE))
        if not data:
            raise Broken
        size -= len(data)
        yield data


def _say(client, method, status, headers):
    body = b"" if method == "HEAD" or status == 200 else b"<Error><Code>Fault</Code></Error>"
    lines = [f"HTTP/1.1 {status} {responses.get(status, '')}", f"Content-Length: {len(body)}"]
    lines += ['ETag: "0"'] if status == 200 else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    client.sendall("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body)


if __name__ == "__main__":
    Server(int(sys.argv[1]), float(sys.argv[2])).run()
