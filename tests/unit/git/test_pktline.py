"""Packets, whole and in whatever pieces the pipe gives."""

import os
import threading

import pytest

from gitblob.git import pktline
from gitblob.git.pktline import ProtocolError, Reader


def reader_of(data, step=None):
    """A reader on a pipe into which a thread writes these bytes, `step` at a time."""
    source, sink = os.pipe()

    def feed():
        with open(sink, "wb", buffering=0) as file:
            file.writelines(
                data[at : at + (step or len(data))] for at in range(0, len(data), step or max(len(data), 1))
            )

    threading.Thread(target=feed, daemon=True).start()
    return Reader(source)


def join(reader):
    return b"".join(bytes(piece) for piece in reader.content())


def test_packets_and_flush():
    reader = reader_of(b"0007abc0004" + pktline.line(b"x=y\n") + b"0000")
    assert [reader.packet(), reader.packet(), reader.text(), reader.packet()] == [b"abc", b"", b"x=y\n", None]
    with pytest.raises(EOFError):
        reader.packet()


@pytest.mark.parametrize("step", [1, 3, 65520, 65521, 200_000])
@pytest.mark.parametrize("size", [0, 1, 65516, 65517, 65516 * 5, 65516 * 40 + 7])
def test_content_of_every_size_in_every_piece(size, step):
    if size > 10**6 and step < 100:
        step = 4099
    data = (os.urandom(4096) * (size // 4096 + 1))[:size]
    reader = reader_of(pktline.packets(data) + b"0000" + pktline.line(b"next"), step)
    assert join(reader) == data
    assert reader.text() == b"next"


def test_pieces_keep_their_bytes_while_three_more_are_asked_for():
    data = os.urandom(65516 * 90)
    pieces, seen = [], []
    for piece in reader_of(pktline.packets(data) + b"0000").content():
        pieces.append(piece)
        if len(pieces) == pktline.BUFFERS:
            seen.append(bytes(pieces.pop(0)))
    assert b"".join([*seen, *map(bytes, pieces)]) == data


def test_short_packets_in_the_middle_of_a_large_file():
    """Git cuts a file into full packets, but nothing in the protocol says so."""
    data = os.urandom(65516 * 10)
    framed = pktline.packets(data[: 65516 * 6]) + b"0007abc" + pktline.packets(data[65516 * 6 :]) + b"0000"
    assert join(reader_of(framed, 65536)) == data[: 65516 * 6] + b"abc" + data[65516 * 6 :]


@pytest.mark.parametrize("data", [b"000", b"0007ab", b"zzzz", b"0001", b"fff1" + b"x" * 65521, b"-004"])
def test_a_broken_stream_is_an_error(data):
    with pytest.raises(ProtocolError):
        reader_of(data).packet()


def test_a_stream_that_ends_within_a_large_file_is_an_error():
    reader = reader_of(pktline.packets(os.urandom(65516 * 20)))
    with pytest.raises((ProtocolError, EOFError)):
        join(reader)


@pytest.mark.parametrize("step", range(1, 40))
def test_lines_however_the_stream_is_cut(step):
    one = pktline.line(b"command=clean") + pktline.line(b"pathname=a\n") + pktline.FLUSH
    source, sink = os.pipe()
    reader = Reader(source)
    data = one + one
    os.write(sink, data[:step])  # what comes first has been read before the rest is there
    reader._fill(1)
    os.write(sink, data[step:])
    os.close(sink)
    assert [reader.lines(), reader.lines()] == [[b"command=clean", b"pathname=a\n"]] * 2
    with pytest.raises(EOFError):
        reader.lines()
    os.close(source)
