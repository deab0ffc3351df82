r"""The pointer: what Git stores in place of a blob.

Version 1, exactly three lines, ASCII, LF, one canonical encoding:

    # gitblob v1: run `gitblob pull` to get this file
    oid: sha256:<64 hex digits>
    size: <decimal bytes>

The Git LFS form (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md) is read as well:

    version https://git-lfs.github.com/spec/v1
    oid sha256:<64 hex digits>
    size <decimal bytes>

There, lines `ext-<digit>-<name> sha256:<64 hex digits>` before the oid name programs that made the blob out of the file
(git-lfs's docs/extensions.md); only git-lfs can turn it back.
"""

from __future__ import annotations

from gitblob.errors import PointerError
from gitblob.model import oid as oids
from gitblob.model.oid import Oid

MAX_BYTES = 1024  # no more than this is ever looked at to decide "is it a pointer?"
MAX_SIZE = 2**63 - 1  # what off_t and Git LFS can hold
FIRST_LINE = b"# gitblob v1: run `gitblob pull` to get this file\n"
MAGIC = b"# gitblob v"
HEAD, SIZE_KEY = FIRST_LINE + b"oid: sha256:", b"\nsize: "
OID_AT = len(HEAD)
OID_END = OID_AT + oids.DIGITS
SIZE_AT = OID_END + len(SIZE_KEY)
LONGEST = SIZE_AT + len(str(MAX_SIZE)) + 1  # bytes of a pointer
LFS_FIRST_LINE = b"version https://git-lfs.github.com/spec/v1\n"
LFS_MAGIC = b"version https://git-lfs.github.com/spec/"
EXTENSION = b"ext-"


class Pointer:
    """oid and size (bytes) of a blob; lfs says which of the two spellings it has.

    extensions: the `ext-` lines, with their ends. Such a blob is stored like others, but is not the file's content.
    """

    __slots__ = ("extensions", "lfs", "oid", "size")

    def __init__(self, oid: Oid, size: int, lfs: bool = False, extensions: bytes = b"") -> None:
        self.oid = oid
        self.size = size
        self.lfs = lfs
        self.extensions = extensions

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pointer) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return (
            f"Pointer({self.oid.text}, {self.size}{', lfs' if self.lfs else ''}{', extended' * bool(self.extensions)})"
        )

    def _all(self) -> tuple[Oid, int, bool, bytes]:
        return self.oid, self.size, self.lfs, self.extensions


def encode(pointer: Pointer) -> bytes:
    """The canonical bytes."""
    if pointer.lfs:
        fields = f"oid {pointer.oid.text}\nsize {pointer.size}\n".encode()
        return LFS_FIRST_LINE + pointer.extensions + fields
    return FIRST_LINE + f"oid: {pointer.oid.text}\nsize: {pointer.size}\n".encode()


def claims(data: bytes) -> bool:
    """Do these bytes (a whole file, or its first MAX_BYTES + 1) claim to be a pointer?"""
    if len(data) > MAX_BYTES:
        return False
    if data.startswith(MAGIC):  # `# gitblob vs git-lfs` is the head of somebody's notes
        version, colon, _ = data[len(MAGIC) :].partition(b":")
        return version.isdigit() and (bool(colon) or len(data) == len(MAGIC) + len(version))
    return data.startswith(LFS_MAGIC)


def decode(data: bytes) -> Pointer | None:
    """The pointer that a whole file's bytes are, or None for content.

    CRLF line ends are accepted (core.autocrlf). Raises PointerError (without a path: the caller
    knows it) for bytes that claim to be a pointer and are none.
    """
    if data.startswith(HEAD) and data[OID_END:SIZE_AT] == SIZE_KEY and data.endswith(b"\n") and len(data) <= LONGEST:
        digits, size = data[OID_AT:OID_END], data[SIZE_AT:-1]
        if size.isdigit() and not digits.translate(None, oids.HEX_BYTES):
            return Pointer(Oid(digits.decode()), _size(size))  # in one go: a status reads a hundred thousand
    if not claims(data):
        return None
    text = data.replace(b"\r\n", b"\n")
    if text.startswith(LFS_MAGIC):
        return _fields(text, LFS_FIRST_LINE, b"oid ", b"size ", lfs=True)
    return _fields(text, FIRST_LINE, b"oid: ", b"size: ", lfs=False)


def _fields(text: bytes, first: bytes, oid_key: bytes, size_key: bytes, *, lfs: bool) -> Pointer:
    if not text.startswith(first):
        raise PointerError(f"unknown pointer version {text.splitlines()[0].decode('ascii', 'replace')!r}")
    lines = text[len(first) :].split(b"\n")
    extensions = _extensions(lines) if lfs else []
    lines = lines[len(extensions) :]
    if len(lines) != 3 or lines[2] or not lines[0].startswith(oid_key) or not lines[1].startswith(size_key):
        raise PointerError("malformed pointer: expected one oid line and one size line after the first")
    try:
        oid = oids.parse(lines[0][len(oid_key) :].decode("ascii"))
    except ValueError:
        raise PointerError("malformed pointer: the oid is not sha256: and 64 hex digits") from None
    return Pointer(oid, _size(lines[1][len(size_key) :]), lfs, b"".join(line + b"\n" for line in extensions))


def _extensions(lines: list[bytes]) -> list[bytes]:
    """The first lines that name extensions, in the order of their digits, each digit once."""
    found = []
    last = b""
    for line in lines:
        key, _, value = line.partition(b" ")
        if not key.startswith(EXTENSION):
            break
        order, dash, name = key[len(EXTENSION) :].partition(b"-")
        if len(order) != 1 or not order.isdigit() or order <= last or not dash or not name:
            raise PointerError("malformed pointer: an extension is not `ext-`, a rising digit, `-` and a name")
        try:
            oids.parse(value.decode("ascii"))
        except ValueError:
            raise PointerError("malformed pointer: the oid of an extension is not sha256: and 64 hex digits") from None
        found.append(line)
        last = order
    return found


def _size(digits: bytes) -> int:
    canonical = digits.isdigit() and (digits == b"0" or not digits.startswith(b"0"))
    if not canonical or len(digits) > 19 or int(digits) > MAX_SIZE:
        raise PointerError("malformed pointer: the size is not a number of bytes")
    return int(digits)
