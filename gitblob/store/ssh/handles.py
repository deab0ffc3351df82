"""What is read from an open file or directory of an SFTP server."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from gitblob.errors import StoreError
from gitblob.store.ssh import sftp
from gitblob.store.ssh.sftp import Pending, Sftp, Status, text

PIECE = 1 << 15  # bytes in one request: what every server takes (section 3)
IN_FLIGHT = 64  # requests of one file


def pieces(session: Sftp, handle: bytes, at: int, end: int) -> Iterator[bytes]:
    """The bytes of a file from `at` up to end, which lie in it; asked for ahead."""
    asked: deque[tuple[int, int, Pending]] = deque()
    while at < end or asked:
        while at < end and len(asked) < IN_FLIGHT:
            size = min(PIECE, end - at)
            asked.append((at, size, _asked(session, handle, at, size)))
            at += size
        yield from _whole(session, handle, *asked.popleft())


def entries(session: Sftp, handle: bytes) -> Iterator[tuple[str, sftp.Attributes]]:
    """Names in a directory, and what they are."""
    while True:
        try:
            answer = session.ask(sftp.READDIR, text(handle))
        except Status as status:
            if status.code == sftp.EOF:
                return
            raise
        yield from _named(answer)


def _asked(session: Sftp, handle: bytes, at: int, size: int) -> Pending:
    return session.send(sftp.READ, text(handle), sftp.LONG.pack(at), sftp.NUMBER.pack(size))


def _whole(session: Sftp, handle: bytes, at: int, size: int, pending: Pending) -> Iterator[bytes]:
    """The bytes of one request; a server may give fewer, and is asked for the rest."""
    while size:
        data = sftp.take_text(pending()[1], 0)[0]
        if not 0 < len(data) <= size:  # the end of a file is told otherwise
            raise StoreError(sftp.NONSENSE, sftp.HINT)
        yield data
        at, size = at + len(data), size - len(data)
        if size:
            pending = _asked(session, handle, at, size)


def _named(answer: bytes) -> Iterator[tuple[str, sftp.Attributes]]:
    """The entries of a directory in one answer (section 7, SSH_FXP_NAME)."""
    at = 4
    for _ in range(sftp.take_number(answer)):
        name, at = sftp.take_text(answer, at)
        at = sftp.take_text(answer, at)[1]
        found, at = sftp.take_attributes(answer, at)
        if name not in {b".", b".."}:
            yield name.decode(errors="surrogateescape"), found
