"""Packets of Git's protocols: four hex digits of length (themselves included), then the data; `0000` is a flush.

Source: gitprotocol-common(5). A packet holds at most MAX_DATA bytes.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DATA = 65516
FLUSH = b"0000"
FULL = b"%04x" % (MAX_DATA + 4)
RUN = 16  # full packets in one scattered read: 1 MiB
BUFFERS = 4  # runs in turn, so that three may be in use elsewhere
DIRECT = 4 * MAX_DATA  # bytes of one file after which scattered reads begin
CAPACITY = 1 << 20  # bytes asked of the kernel for each pipe


class ProtocolError(Exception):
    """The other side does not speak the protocol; nothing can be done but to stop."""


class Reader:
    """Packets out of a descriptor.

    `packet` gives the next packet's data (b"" for an empty one) and None for a flush; EOFError at the end.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._data = b""
        self._at = 0

    def buffered(self) -> bool:
        """Has data been read that no packet has been made of?"""
        return self._at < len(self._data)

    def packet(self) -> bytes | None:
        """The next packet."""
        length = _length(self._take(4))
        return self._take(length - 4) if length else None

    def text(self) -> bytes | None:
        """The next packet as one line without its newline (exactly one is taken off: names may end in one)."""
        data = self.packet()
        return None if data is None else data.removesuffix(b"\n")

    def lines(self) -> list[bytes]:
        """All packets up to the next flush, as `text` gives them; in one go where they have been read already."""
        found: list[bytes] = []
        while True:
            data, at, end = self._data, self._at, len(self._data)
            while at + 4 <= end and (length := _length(data[at : at + 4])) and at + length <= end:
                found.append(data[at + 4 : at + length].removesuffix(b"\n"))
                at += length
            self._at = at
            line = self.text()
            if line is None:
                return found
            found.append(line)

    def content(self) -> Iterator[bytes | memoryview]:
        """The data of all packets up to the next flush, in pieces of up to RUN full packets.

        A piece keeps its bytes until BUFFERS - 1 further pieces have been asked for, so that another thread
        can work on it meanwhile.
        """
        runs: list[_Run] = []
        size = turn = 0
        while True:
            if self.buffered() or size < DIRECT:
                data = self.packet()
                if data is None:
                    return
                size += len(data)
                yield data
            else:
                if len(runs) < BUFFERS:
                    runs.append(_Run())
                    turn = len(runs) - 1
                full, self._data = runs[turn].read(self.fd)
                self._at, turn = 0, (turn + 1) % BUFFERS
                if full:
                    yield full

    def _take(self, n: int) -> bytes:
        end = self._at + n
        if end > len(self._data):
            self._fill(n)
            end = n
        data = self._data[self._at : end]
        self._at = end
        return data

    def _fill(self, n: int) -> None:
        pieces = [self._data[self._at :]]
        have = len(pieces[0])
        while have < n:
            piece = os.read(self.fd, MAX_DATA + 4)
            if not piece:
                if have:
                    raise ProtocolError("the other side closed in the middle of a packet")
                raise EOFError
            pieces.append(piece)
            have += len(piece)
        self._data, self._at = b"".join(pieces), 0


class _Run:
    """One scattered read of many full packets: headers to one buffer, data, now contiguous, to another.

    Git cuts a large file into full packets, so this saves a copy and two calls for each 64 KiB.
    """

    def __init__(self) -> None:
        self.heads = bytearray(4 * RUN)
        self.data = memoryview(bytearray(MAX_DATA * RUN))
        heads = memoryview(self.heads)
        self.places: list[memoryview] = []
        for n in range(RUN):
            self.places += [heads[4 * n : 4 * n + 4], self.data[MAX_DATA * n : MAX_DATA * (n + 1)]]

    def read(self, fd: int) -> tuple[memoryview, bytes]:
        """The data of the full packets that one read brought, and the raw bytes behind them."""
        left = os.readv(fd, self.places)
        if not left:
            raise ProtocolError("the other side closed in the middle of a file")
        full = 0
        while left >= MAX_DATA + 4 and self.heads[4 * full : 4 * full + 4] == FULL:
            left -= MAX_DATA + 4
            full += 1
        rest = []
        for place in self.places[2 * full :]:
            rest.append(bytes(place[:left]))
            left -= len(rest[-1])
            if not left:
                break
        return self.data[: MAX_DATA * full], b"".join(rest)


def _length(head: bytes) -> int:
    try:
        length = int(head, 16)
    except ValueError:
        raise ProtocolError(f"bad packet length {head!r}") from None
    if length and not 4 <= length <= MAX_DATA + 4:
        raise ProtocolError(f"bad packet length {head!r}")
    return length


def line(text: bytes) -> bytes:
    """One packet that holds a line of text."""
    return b"%04x%s\n" % (len(text) + 5, text)


def packets(data: bytes | memoryview) -> bytes:
    """Full packets that carry these bytes; nothing for no bytes."""
    view = memoryview(data)
    pieces: list[bytes | memoryview] = []
    for start in range(0, len(view), MAX_DATA):
        part = view[start : start + MAX_DATA]
        pieces += [b"%04x" % (len(part) + 4), part]
    return b"".join(pieces)


def enlarge(fd: int) -> None:
    """Ask for a pipe of CAPACITY bytes, where the system has such a request: fewer switches per gigabyte."""
    try:
        import fcntl

        fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, CAPACITY)
    except (ImportError, AttributeError, OSError):
        pass
