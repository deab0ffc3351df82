"""Clean: content in, pointer out; the blob is in the cache, whole, before the pointer leaves.

The content comes from the pipe and never from the path: renormalising, `hash-object --path` and `stash -p` send other
bytes than the file on disk has.
"""

from __future__ import annotations

from itertools import chain

from gitblob.cache import Cache
from gitblob.cache.incoming import SPOOL, Incoming
from gitblob.errors import PointerError
from gitblob.model import gitfile
from gitblob.model import pointer as pointers
from gitblob.model.pointer import Pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitblob.filter.known import Known

AHEAD = 2  # pieces that may wait for the hash while the next are read and written
CONFLICT = (b"<<<<<<< ", b"\n=======\n", b"\n>>>>>>> ")


def clean(
    cache: Cache,
    path: bytes,
    content: Iterator[bytes | memoryview],
    lfs: bool = False,
    known: Callable[[], Known] | None = None,
) -> bytes:
    """The bytes that Git stores for this content, in the Git LFS form or our own.

    known: what the index has. Content that has not changed keeps the form that its pointer has there, or a file that
    was only touched would count as modified.

    Nothing for nothing; a pointer for itself, byte for byte; Git's own dot files as they are; the pointer to a blob
    in the cache for anything else.
    Raises PointerError for a malformed pointer that the index has not, and for conflict markers around pointers,
    OSError when the cache cannot be written. The caller then drains what is left of `content`.
    """
    incoming = cache.incoming(borrows=lfs)
    for piece in content:
        if incoming.size + len(piece) > SPOOL:
            pointer = known().pointer_at(path) if known else None
            if pointer and (alike := cache.alike(pointer.oid, pointer.size)):
                incoming.expect(alike)
            _stream(incoming, piece, content)
            break
        incoming.write(piece)
    else:
        data = incoming.whole()
        if is_conflict(data):
            raise PointerError(
                "conflict markers around pointers: this is neither version of the file",
                "take one with `git checkout --ours` or `git checkout --theirs`, then `git add` it",
            )
        if not data or gitfile.is_one(path):
            return data
        if pointer_text := _pointer(path, data, known):
            return pointer_text
    oid, size = incoming.finish()
    data = pointers.encode(Pointer(oid, size, lfs))
    if known and incoming.was_here:
        other = pointers.encode(Pointer(oid, size, not lfs))
        return other if known().has(path, other) else data
    return data


def _pointer(path: bytes, data: bytes, known: Callable[[], Known] | None) -> bytes | None:
    """What Git stores for a pointer, None for content. Raises PointerError for a malformed one, unless Git has it."""
    try:
        return data.replace(b"\r\n", b"\n") if pointers.decode(data) else None
    except PointerError:
        if known and known().has(path, data):
            return data  # or `git status` would fail
        raise


def is_conflict(data: bytes) -> bool:
    """Do conflict markers stand around pointer lines (a merge without `merge=gitblob`)?"""
    return (
        len(data) <= 4 * pointers.MAX_BYTES
        and (data.startswith(CONFLICT[0]) or pointers.claims(data[: pointers.MAX_BYTES]))
        and CONFLICT[0] in data
        and CONFLICT[1] in data
        and CONFLICT[2] in data
        and (b"\noid: sha256:" in data or b"\noid sha256:" in data)
    )


def _stream(incoming: Incoming, first: bytes | memoryview, rest: Iterator[bytes | memoryview]) -> None:
    """Keep and hash at the same time, on two threads: hashlib and os.write both let go of the interpreter."""
    import _thread
    from _queue import SimpleQueue  # the C module: `queue` loads threading, 4 ms

    todo: SimpleQueue[bytes | memoryview | None] = SimpleQueue()
    done: SimpleQueue[None] = SimpleQueue()

    def hash_all() -> None:
        while (piece := todo.get()) is not None:
            incoming.hash(piece)
            done.put(None)

    _thread.start_new_thread(hash_all, ())
    waiting = 0
    try:
        for piece in chain((first,), rest):
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
