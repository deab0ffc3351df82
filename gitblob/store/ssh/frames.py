"""What both ends of an ssh session say to each other: frames, and the two lines before the first of them.

A frame is a letter, the length of what follows (4 bytes, big-endian), and that: `J`, a JSON object, or `D`, bytes of a
blob. The server first prints MAGIC, which the client looks for behind whatever a shell has printed before; the client
first sends PREAMBLE, whose first bytes make an SFTP server that runs in our place give up at once.
Then each sends a `J` with its version. `gitblob help ssh` has the table of requests.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any, Protocol

from gitblob.errors import BlobCorrupt, BlobMissing, GitblobError, StoreDenied, StoreError, StoreUnavailable
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.store.base import Blob

VERSION = 1
MAGIC = b"gitblob-serve-store\n"
PREAMBLE = b"gitblob-client\n"
HEAD = struct.Struct(">cI")
LONGEST = 4 << 20  # bytes of one frame
PIECE = 1 << 18  # bytes of a blob in one frame
SAID = 4096  # characters of what the other side says for people
RECORD = struct.Struct(">32sQ")  # a blob in a listing: oid, size
KINDS = (GitblobError, StoreError, StoreUnavailable, StoreDenied, BlobMissing, BlobCorrupt)
ERRORS: dict[str, type[GitblobError]] = {kind.code: kind for kind in KINDS}
Message = dict[str, Any]


class Stream(Protocol):
    """What frames are read from: short only at the end."""

    def read(self, size: int, /) -> bytes:
        """So many bytes."""


class Garbled(Exception):
    """The other side says something that no gitblob says."""


def message(content: Message) -> bytes:
    """A frame with a JSON object."""
    data = json.dumps(content, separators=(",", ":")).encode()
    return HEAD.pack(b"J", len(data)) + data


def data_head(size: int) -> bytes:
    """What stands before so many bytes of a blob."""
    return HEAD.pack(b"D", size)


def read(stream: Stream) -> Message | bytes | None:
    """The next frame: an object, or bytes; None at an orderly end. Raises Garbled, EOFError in the middle of one."""
    head = stream.read(HEAD.size)
    if not head:
        return None
    kind, size = HEAD.unpack(head) if len(head) == HEAD.size else (b"", 0)
    if kind not in {b"J", b"D"} or size > LONGEST:
        raise Garbled(f"a frame that starts with {head!r}")
    payload = stream.read(size)
    if len(payload) < size:
        raise EOFError
    if kind == b"D":
        return payload
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Garbled(str(error)) from error
    if not isinstance(content, dict):
        raise Garbled("a message that is no object")
    return content


def of_error(error: GitblobError) -> Message:
    """An error as it travels."""
    return {"error": {"code": error.code, "message": error.message, "hint": error.hint}}


def to_error(told: Any) -> GitblobError:
    """The error that has come; one of a kind that is not known here is a StoreError."""
    if not isinstance(told, dict):
        return StoreError("the other side reports an error that says nothing")
    hint = told.get("hint")
    kind = ERRORS.get(str(told.get("code")), StoreError)
    return kind(plain(str(told.get("message"))), plain(str(hint)) if hint else None)


def plain(text: str) -> str:
    """Text from another machine, which must neither steer the user's terminal nor fill it."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:SAID]).strip()


def to_blob(told: Any) -> Blob:
    """A blob that the other side names. Raises Garbled for anything but an oid and a size."""
    if isinstance(told, list) and len(told) == 2:
        oid, size = told
        if isinstance(oid, str) and oids.is_digits(oid) and type(size) is int and size >= 0:
            return Blob(Oid(oid), size)
    raise Garbled(f"no blob: {told!r}"[:200])


def records(blobs: Iterator[Blob]) -> Iterator[bytes]:
    """Blobs packed into the bytes of frames."""
    packed = bytearray()
    for blob in blobs:
        packed += RECORD.pack(bytes.fromhex(blob.oid), blob.size)
        if len(packed) >= PIECE:
            yield bytes(packed)
            packed.clear()
    yield bytes(packed)


def unpacked(packed: bytes | bytearray) -> Iterator[Blob]:
    """The blobs again. Raises Garbled where a part of one is missing."""
    if len(packed) % RECORD.size:
        raise Garbled("half a record in a listing")
    return (Blob(Oid(oid.hex()), size) for oid, size in RECORD.iter_unpack(packed))
