"""The filter's side of Git's long-running filter protocol, version 2.

Source: gitattributes(5), "Long Running Filter Process", and technical/long-running-process-protocol.
"""

from __future__ import annotations

import os

from gitblob import filesystem
from gitblob.git import pktline
from gitblob.git.pktline import FLUSH, ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CAPABILITIES = (b"clean", b"smudge", b"delay")


class Request:
    """One command of Git: `command`, `path` (raw, relative to the work tree), `can_delay`, `blob` (hex or b"")."""

    __slots__ = ("blob", "can_delay", "command", "path")

    def __init__(self, fields: dict[bytes, bytes]) -> None:
        self.command = fields.get(b"command", b"")
        self.path = fields.get(b"pathname", b"")
        self.can_delay = fields.get(b"can-delay") == b"1"
        self.blob = fields.get(b"blob", b"")


class Server:
    """Reads requests from one descriptor and writes answers to another.

    After `request` says clean or smudge, `content` must be read to its end before anything is answered.
    """

    def __init__(self, fd_in: int, fd_out: int) -> None:
        self._in = pktline.Reader(fd_in)
        self._out = fd_out

    def handshake(self) -> None:
        """Agree on version 2 and the capabilities. Raises ProtocolError with another peer."""
        if self._in.text() != b"git-filter-client" or b"version=2" not in self._in.lines():
            raise ProtocolError("this program is started by git (filter.gitblob.process); git-filter-client expected")
        self._write(pktline.line(b"git-filter-server") + pktline.line(b"version=2") + FLUSH)
        offered = self._in.lines()
        wanted = [b"capability=" + name for name in CAPABILITIES]
        self._write(b"".join(pktline.line(line) for line in wanted if line in offered) + FLUSH)

    def idle(self) -> bool:
        """Would `request` have to wait for git?"""
        return not self._in.buffered()

    def request(self) -> Request | None:
        """The next request, or None when git has closed the pipe."""
        try:
            fields = self._in.lines()
        except EOFError:
            return None
        return Request(dict(line.partition(b"=")[::2] for line in fields))

    def content(self) -> Iterator[bytes | memoryview]:
        """The request's content; see pktline.Reader.content."""
        return self._in.content()

    def answer(self, data: bytes | memoryview) -> None:
        """Success, with this content."""
        self._write(SUCCESS + pktline.packets(data) + FLUSH + FLUSH)

    def answer_file(self, fd: int, size: int) -> None:
        """Success, with `size` bytes of a file, never held in memory. Raises OSError if the file is shorter."""
        head = SUCCESS
        while size:
            data = os.read(fd, min(size, pktline.MAX_DATA * pktline.RUN))
            if not data:
                raise OSError("the blob became shorter while it was read")
            size -= len(data)
            self._write(head + pktline.packets(data) + (b"" if size else FLUSH + FLUSH))
            head = b""
        if head:
            self._write(head + FLUSH + FLUSH)

    def refuse(self) -> None:
        """An error for this one path; git says which."""
        self._write(pktline.line(b"status=error") + FLUSH)

    def delay(self) -> None:
        """The content comes later; git asks again after `list_available_blobs`."""
        self._write(pktline.line(b"status=delayed") + FLUSH)

    def list_available(self, paths: list[bytes]) -> None:
        """Answer `list_available_blobs`: what is ready; an empty list ends the delayed phase."""
        self._write(b"".join(pktline.line(b"pathname=" + path) for path in paths) + FLUSH + SUCCESS)

    def _write(self, data: bytes) -> None:
        filesystem.write_all(self._out, data)


SUCCESS = pktline.line(b"status=success") + FLUSH
