"""Answers to PROPFIND, as servers write them and as they should not be."""

import pytest

from gitblob.store import multistatus
from gitblob.store.multistatus import Entry, Malformed

ANSWER = b"""<?xml version="1.0"?>
<D:multistatus xmlns:D="DAV:" xmlns:x="urn:x">
 <D:response><D:href>/s/</D:href>
  <D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
  <D:propstat><D:prop><D:getcontentlength>7</D:getcontentlength></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
 </D:response>
 <D:response><D:href>http://h/s/a%20b</D:href>
  <D:propstat><D:prop><x:getcontentlength>9</x:getcontentlength><D:resourcetype/><D:getcontentlength>12</D:getcontentlength>
   <D:getlastmodified>Sat, 21 Nov 2026 13:52:38 GMT</D:getlastmodified></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
  <D:error><D:href>/other</D:href></D:error>
 </D:response>
</D:multistatus>"""


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_entries_in_any_pieces(size):
    pieces = [ANSWER[at : at + size] for at in range(0, len(ANSWER), size)]
    folder, file = multistatus.entries(pieces)
    assert folder == Entry("/s/", True, None, "")
    assert file == Entry("http://h/s/a%20b", False, 12, "Sat, 21 Nov 2026 13:52:38 GMT")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body/></html>",
        b"not xml",
        ANSWER[:-20],
        b'<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><D:multistatus xmlns:D="DAV:">&b;</D:multistatus>',
        b'<!DOCTYPE m SYSTEM "file:///etc/passwd"><D:multistatus xmlns:D="DAV:"/>',
        b'<multistatus xmlns="DAV:"><response><href>' + b"a" * (1 << 17) + b"</href></response></multistatus>",
    ],
)
def test_what_is_no_answer(data):
    with pytest.raises(Malformed):
        list(multistatus.entries([data]))
