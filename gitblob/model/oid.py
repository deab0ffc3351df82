"""The identity of a blob: the SHA-256 of its raw bytes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import _Hash

HEX = frozenset("0123456789abcdef")
HEX_BYTES = b"0123456789abcdef"
PREFIX = "sha256:"
DIGITS = 64


class Oid(str):
    """64 lower-case hex digits. `str(oid)` are the digits, `oid.text` is the form in pointers."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """`sha256:` and the digits."""
        return PREFIX + self

    @property
    def key(self) -> str:
        """Where the plain layout keeps the blob: 2 hex digits, a slash, the other 62."""
        return self[:2] + "/" + self[2:]


def parse(text: str) -> Oid:
    """The Oid that `sha256:<64 hex digits>` names.

    Raises ValueError for anything else: another algorithm, upper case, a path.
    """
    digits = text[len(PREFIX) :]
    if not text.startswith(PREFIX) or not is_digits(digits):
        raise ValueError(f"not an oid: {text!r}")
    return Oid(digits)


def is_digits(text: str) -> bool:
    """Is it 64 lower-case hex digits?"""
    return len(text) == DIGITS and HEX.issuperset(text)


def from_key(key: str) -> Oid | None:
    """The Oid whose plain-layout key this is, or None for any other name."""
    digits = key[:2] + key[3:]
    return Oid(digits) if key[2:3] == "/" and is_digits(digits) else None


def hasher() -> _Hash:
    """A new SHA-256. Loaded here, since OpenSSL costs 2 ms: a checkout of sealed blobs hashes nothing."""
    import hashlib

    return hashlib.sha256()
