"""What another machine says by ssh may be anything: it is an error of ours, and nobody waits for it for ever."""

import io
import struct

import pytest

from gitblob.errors import StoreError
from gitblob.store.ssh import frames, handles, sftp


@pytest.mark.parametrize("text", [b"[" * 100_000, b"9" * 5000, b"\xff", b"[]", b"{"])
def test_a_message_that_is_none(text):
    with pytest.raises(frames.Garbled):
        frames.read(io.BytesIO(frames.HEAD.pack(b"J", len(text)) + text))


def test_an_error_that_is_a_book():
    error = frames.to_error({"code": "store", "message": "\x1b[2J" + "x" * 10**6, "hint": ["x"] * 10**5})
    assert len(error.message) <= frames.SAID
    assert len(error.hint) <= frames.SAID
    assert error.message.isprintable()


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\0\0", b"\0\0\0\x01", struct.pack(">II", 5, 1), struct.pack(">I", 4), struct.pack(">I", 8) + b"abc",
     struct.pack(">II", 1 << 31, 0xFFFFFFFF), struct.pack(">III", 1 << 31, 1, 0xFFFFFFFF)],
)  # fmt: skip
def test_attributes_that_end_too_early(data):
    with pytest.raises(StoreError, match="makes no sense"):
        sftp.take_attributes(data, 0)


def test_a_text_that_ends_too_early():
    with pytest.raises(StoreError, match="makes no sense"):
        sftp.take_text(struct.pack(">I", 5) + b"abc", 0)


@pytest.mark.parametrize("data", [b"", b"x" * 11])
def test_a_read_that_gives_nothing_or_more_than_was_asked_for(data):
    class Session:
        def send(self, *_):
            return lambda: (103, sftp.text(data))

    with pytest.raises(StoreError, match="makes no sense"):
        list(handles.pieces(Session(), b"handle", 0, 10))
