"""What a WebDAV server answers to PROPFIND (RFC 4918, 9.1), read as it comes: a folder may hold a million files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from xml.parsers import expat

QUESTION = (
    b'<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/>'
    b"<D:getcontentlength/><D:getlastmodified/></D:prop></D:propfind>"
)
WANTED = {"DAV: href", "DAV: getcontentlength", "DAV: getlastmodified", "DAV: status"}
LONGEST = 1 << 16  # characters of one text
DIGITS = re.compile("[0-9]{1,18}")


class Malformed(Exception):
    """It is no answer to PROPFIND."""


class Entry(NamedTuple):
    """href: URL or path as the server writes it. size: bytes, where it says so. modified: an HTTP date or ""."""

    href: str
    is_folder: bool = False
    size: int | None = None
    modified: str = ""


def number(text: str) -> int | None:
    """A count of bytes as a server writes it, or None."""
    return int(text) if DIGITS.fullmatch(text) else None


def entries(pieces: Iterable[bytes]) -> Iterator[Entry]:
    """The entries of an answer. Raises Malformed, also for one with a document type: entities could fill the memory."""
    reader = _Reader()
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.feed(b"", final=True)
    if not reader.is_answer:
        raise Malformed("it is empty")


class _Reader:
    def __init__(self) -> None:
        self.is_answer = False
        self._found: list[Entry] = []
        self._href = ""
        self._good: dict[str, str] = {}  # properties that are there
        self._told: dict[str, str] = {}  # of one propstat, whose status comes last
        self._text: str | None = None
        parser = self._parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, data: bytes, final: bool = False) -> list[Entry]:
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            raise Malformed(str(error)) from None
        found, self._found = self._found, []
        return found

    def _start(self, name: str, _: Any) -> None:
        if not self.is_answer and name != "DAV: multistatus":
            raise Malformed(f"it is a {name.rpartition(' ')[2]} document")
        self.is_answer = True
        self._text = "" if name in WANTED else None
        if name == "DAV: response":
            self._href, self._good, self._told = "", {}, {}
        elif name == "DAV: collection":
            self._told[name] = ""

    def _end(self, name: str) -> None:
        text, self._text = (self._text or "").strip(), None
        if name == "DAV: href" and not self._href:
            self._href = text
        elif name == "DAV: propstat":
            if " 200" in self._told.get("DAV: status", ""):
                self._good |= self._told
            self._told = {}
        elif name == "DAV: response":
            size = self._good.get("DAV: getcontentlength", "")
            self._found.append(
                Entry(
                    self._href,
                    "DAV: collection" in self._good,
                    number(size),
                    self._good.get("DAV: getlastmodified", ""),
                )
            )
        elif name in WANTED:
            self._told[name] = text

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text += text
            if len(self._text) > LONGEST:
                raise Malformed("it holds a text without end")

    def _doctype(self, *_: Any) -> None:
        raise Malformed("it has a document type")
