"""Uniting two files that have grown: every line of both, once, in order, whatever the pieces they are read in."""

import hashlib
import io
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from gitblob.model.oid import Oid
from gitblob.ops import union

LINES = st.lists(st.sampled_from([b"1", b"2", b"22", b'"q\nq"', b'"q\nr"', b" "]), max_size=6)
ENDS = st.sampled_from([b"\n", b"\r\n"])


def text(lines, end, final):
    return end.join(lines) + (end if final and lines else b"")


@given(LINES, LINES, LINES, ENDS, st.booleans(), st.booleans(), st.booleans(), st.integers(1, 9))
def test_every_line_once_and_in_order(base, ours, theirs, end, final, mine, other, piece):
    base = [b"h", *base]
    start = text(base, end, final)
    one = text([*base, *ours], end, mine or (final and not ours))
    two = text([*base, *theirs], end, other or (final and not theirs))
    with mock.patch.object(union, "PIECE", piece):
        files = io.BytesIO(one), io.BytesIO(two)
        for file in files:
            assert union.starts_with(file, Oid(hashlib.sha256(start).hexdigest()), len(start))
        at = union.shared(*files, len(start), quotes=True)
        united = b"".join(union.joined(*files, at))
    alike = 0
    while alike < min(len(ours), len(theirs)) and ours[alike] == theirs[alike]:
        alike += 1
    expected = [*base, *ours, *theirs[alike:]]
    assert united in {text(expected, end, True), text(expected, end, False)}
