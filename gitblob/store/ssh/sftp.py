"""The SFTP protocol, version 3, as a client over `ssh -s HOST sftp` (draft-ietf-secsh-filexfer-02).

Any number of threads send requests over one session; a thread of its own hands out the answers by their numbers.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from itertools import count
from queue import SimpleQueue
from typing import BinaryIO, NamedTuple

from gitblob import filesystem
from gitblob.errors import StoreError
from gitblob.model.address import Address
from gitblob.store.access import Pipe, Ssh
from gitblob.store.ssh import failure

VERSION = 3
INIT, VERSION_IS, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT = 1, 2, 3, 4, 5, 6, 7, 8
OPENDIR, READDIR, REMOVE, MKDIR, RENAME, EXTENDED = 11, 12, 13, 14, 18, 200
STATUS = 101
OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED = 0, 1, 2, 3
FOR_READING, FOR_WRITING, CREATE, EXCLUSIVE = 1, 2, 8, 32
HAS_SIZE, HAS_OWNER, HAS_MODE, HAS_TIMES, HAS_MORE = 1, 2, 4, 8, 1 << 31
LONGEST = 1 << 18  # bytes of a packet that servers send
HEAD = struct.Struct(">IBI")
NUMBER = struct.Struct(">I")
LONG = struct.Struct(">Q")
NONSENSE = "the host's SFTP server gives an answer that makes no sense"
HINT = "is the host the right one, and its SFTP server one of today?"


class Status(Exception):
    """The server refuses a request. code: one of the draft's section 7."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Attributes(NamedTuple):
    """What is known of a file: size in bytes, mode as in stat(2), time of its last change in seconds."""

    size: int
    mode: int
    changed: int


Answer = tuple[int, bytes]
Pending = Callable[[], Answer]


class Sftp:
    """A session, begun when it is made. Raises NotServed where the host has no SFTP server, else StoreError."""

    def __init__(self, ssh: Ssh, address: Address, label: str) -> None:
        self._address, self._label = address, label
        self._pipe: Pipe = ssh.start(address.destination, address.port, ["sftp"], subsystem=True)
        output = self._pipe.stdout.fileno()
        self._stream: BinaryIO = open(output, "rb", buffering=LONGEST, closefd=False)  # noqa: SIM115 as long as this
        self._lock = threading.Lock()
        self._numbers = count()
        self._waiting: dict[int, SimpleQueue[Answer | None]] = {}
        self.is_open = True
        self.extensions: dict[str, bytes] = {}
        try:
            self._begin()
        except BaseException:
            self.close()
            raise
        self._reader = threading.Thread(target=self._listen, name="gitblob-sftp", daemon=True)
        self._reader.start()

    def send(self, kind: int, *fields: bytes | memoryview) -> Pending:
        """Send a request; what waits for its answer: kind and content. That raises Status, or StoreUnavailable."""
        queue: SimpleQueue[Answer | None] = SimpleQueue()
        body = b"".join(fields)
        with self._lock:
            if not self.is_open:
                raise self._broken()
            number = next(self._numbers) & 0xFFFFFFFF
            self._waiting[number] = queue
            try:
                filesystem.write_all(self._pipe.stdin.fileno(), HEAD.pack(len(body) + 5, kind, number) + body)
            except OSError as error:
                raise self._broken() from error
            except BaseException:
                self.close()  # half a packet
                raise

        def wait() -> Answer:
            answer = queue.get()
            if answer is None:
                raise self._broken()
            kind, content = answer
            if kind == STATUS and (code := take_number(content)) != OK:
                words = take_text(content, 4)[0] if len(content) > 8 else b""
                raise Status(code, failure.last(words.decode(errors="replace")))
            return answer

        return wait

    def ask(self, kind: int, *fields: bytes | memoryview) -> bytes:
        """Send a request and wait; the content of the answer."""
        return self.send(kind, *fields)()[1]

    def close(self) -> tuple[int, str]:
        """End it, whatever is on its way; ssh's exit code and last words."""
        self.is_open = False
        return self._pipe.close()

    def _begin(self) -> None:
        try:
            filesystem.write_all(self._pipe.stdin.fileno(), struct.pack(">IBI", 5, INIT, VERSION))
        except OSError:
            pass  # what came back says more
        packet = self._packet()
        if packet is None or packet[0] != VERSION_IS:
            raise failure.of_start(self._address, self._label, self.close(), what="serve SFTP")
        at = 4
        while at < len(packet[1]):
            name, at = take_text(packet[1], at)
            value, at = take_text(packet[1], at)
            self.extensions[name.decode(errors="replace")] = value

    def _packet(self) -> Answer | None:
        """The next packet: its kind and what follows; None at the end, or where no SFTP server talks like that."""
        head = self._stream.read(5)
        if len(head) < 5:
            return None
        size, kind = struct.unpack(">IB", head)
        if not 0 < size <= LONGEST << 1:
            return None
        content = self._stream.read(size - 1)
        return (kind, content) if len(content) == size - 1 else None

    def _listen(self) -> None:
        try:
            while packet := self._packet():
                kind, content = packet
                queue = self._waiting.pop(NUMBER.unpack_from(content)[0], None)
                if queue:
                    queue.put((kind, content[4:]))
        except (OSError, ValueError, struct.error):
            pass  # broken off, or closed here
        self.is_open = False
        for queue in list(self._waiting.values()):
            queue.put(None)

    def _broken(self) -> StoreError:
        code, words = self.close()
        return failure.of_break(self._address, self._label, code, words)


def text(value: str | bytes) -> bytes:
    """A string as it travels."""
    data = value if isinstance(value, bytes) else value.encode(errors="surrogateescape")
    return NUMBER.pack(len(data)) + data


def take_number(data: bytes, at: int = 0, form: struct.Struct = NUMBER) -> int:
    """The number that stands there. Raises StoreError where none does."""
    if at + form.size > len(data):
        raise StoreError(NONSENSE, HINT)
    number: int = form.unpack_from(data, at)[0]
    return number


def take_text(data: bytes, at: int) -> tuple[bytes, int]:
    """The string that begins there, and where it ends. Raises StoreError where it ends too early."""
    size = take_number(data, at)
    if at + 4 + size > len(data):
        raise StoreError(NONSENSE, HINT)
    return data[at + 4 : at + 4 + size], at + 4 + size


def mode(bits: int) -> bytes:
    """The attributes of a file to be made."""
    return struct.pack(">II", HAS_MODE, bits)


def take_attributes(data: bytes, at: int) -> tuple[Attributes, int]:
    """The attributes that begin there, and where they end (section 5). Raises StoreError where they end too early."""
    flags = take_number(data, at)
    size = bits = changed = 0
    at += 4
    if flags & HAS_SIZE:
        size, at = take_number(data, at, LONG), at + 8
    if flags & HAS_OWNER:
        at += 8
    if flags & HAS_MODE:
        bits, at = take_number(data, at), at + 4
    if flags & HAS_TIMES:
        changed, at = take_number(data, at + 4), at + 8
    if flags & HAS_MORE:
        pairs = take_number(data, at)
        at += 4
        for _ in range(2 * pairs):
            at = take_text(data, at)[1]
    return Attributes(size, bits, changed), at
