"""Git's loose objects, read without starting git: what has just been staged lies in one, as a rule.

An object is a zlib stream of `TYPE SIZE NUL CONTENT` in `objects/<2 hex>/<the rest>`. Source: gitformat-loose(5).
"""

from __future__ import annotations

import os
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HEADER_MAX = 32  # bytes: the type, a blank, 20 digits, NUL
COMPRESSED_MAX = 4096  # bytes read of one file; 1 KiB that cannot be compressed needs 1,100


def reader(common_dir: str) -> Callable[[bytes, int], bytes | None]:
    """A function of an object's name (hex) and a limit: a blob of that many bytes at most, or None.

    None also for what is packed, borrowed from an alternate, or damaged: git has the last word on those.
    """
    root = os.environ.get("GIT_OBJECT_DIRECTORY") or f"{common_dir}/objects"

    def read(name: bytes, limit: int) -> bytes | None:
        digits = name.decode()
        try:
            fd = os.open(f"{root}/{digits[:2]}/{digits[2:]}", os.O_RDONLY)
        except OSError:
            return None
        try:
            data = zlib.decompressobj().decompress(os.read(fd, COMPRESSED_MAX), HEADER_MAX + limit)
        except (OSError, zlib.error):
            return None
        finally:
            os.close(fd)
        head, _, content = data.partition(b"\0")
        return content if head == b"blob %d" % len(content) and len(content) <= limit else None

    return read
