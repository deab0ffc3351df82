"""Clean: content in, pointer out; the blob is in the cache, whole, before the pointer leaves.

The content comes from the pipe and never from the path: renormalising, `hash-object --path` and `stash -p` send other
bytes than the file on disk has.
"""

from __future__ import annotations

from itertools import chain

from gitblob.cache import Cache, Incoming
from gitblob.errors import PointerError
from gitblob.model import gitfile
from gitblob.model import pointer as pointers
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = 1 << 20  # bytes kept in memory; larger content streams through a temporary file
AHEAD = 2  # pieces that may wait for the hash while the next are read and written
CONFLICT = (b"<<<<<<< ", b"\n=======\n", b"\n>>>>>>> ")


def clean(cache: Cache, path: bytes, content: Iterator[bytes | memoryview], lfs: bool = False) -> bytes:
    """The bytes that Git stores for this content.

    Nothing for nothing; a pointer for itself, byte for byte; Git's own dot files as they are; the pointer to a blob
    in the cache for anything else.
    Raises PointerError for a malformed pointer and for conflict markers around pointers, OSError when the cache cannot
    be written. The caller then drains what is left of `content`.
    """
    pieces, size = [], 0
    for piece in content:
        pieces.append(bytes(piece))
        size += len(piece)
        if size > SMALL:
            oid, size = _stream(cache.incoming(), pieces, content)
            return pointers.encode(Pointer(oid, size, lfs))
    data = b"".join(pieces)
    if not data or gitfile.is_one(path) or pointers.decode(data):
        return data.replace(b"\r\n", b"\n") if pointers.claims(data) else data
    if is_conflict(data):
        raise PointerError(
            "conflict markers around pointers: this is neither version of the file",
            "take one with `git checkout --ours` or `git checkout --theirs`, then `git add` it",
        )
    return pointers.encode(Pointer(cache.put(data), len(data), lfs))


def is_conflict(data: bytes) -> bool:
    """Do conflict markers stand around pointer lines (a merge without `merge=gitblob`)?"""
    return (
        len(data) <= 4 * pointers.MAX_BYTES
        and data.startswith(CONFLICT[0])
        and CONFLICT[1] in data
        and CONFLICT[2] in data
        and (b"\noid: sha256:" in data or b"\noid sha256:" in data)
    )


def _stream(incoming: Incoming, head: list[bytes], rest: Iterator[bytes | memoryview]) -> tuple[Oid, int]:
    """Keep and hash at the same time, on two threads: hashlib and os.write both let go of the interpreter."""
    import _thread
    from queue import SimpleQueue

    todo: SimpleQueue[bytes | memoryview | None] = SimpleQueue()
    done: SimpleQueue[Exception | None] = SimpleQueue()

    def hash_all() -> None:
        while (piece := todo.get()) is not None:
            incoming.hash(piece)
            done.put(None)

    _thread.start_new_thread(hash_all, ())
    waiting = 0
    try:
        for piece in chain(head, rest):
            todo.put(piece)
            waiting += 1
            incoming.keep(piece)
            if waiting > AHEAD:
                done.get()
                waiting -= 1
        while waiting:
            done.get()
            waiting -= 1
    except BaseException:
        incoming.abandon()
        raise
    finally:
        todo.put(None)
    return incoming.finish()
