"""Pointers for every value."""

from hypothesis import example, given
from hypothesis import strategies as st

from gitblob.errors import PointerError
from gitblob.model import pointer
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer

oids = st.binary(min_size=32, max_size=32).map(lambda raw: Oid(raw.hex()))
sizes = st.integers(0, pointer.MAX_SIZE)
extensions = st.dictionaries(
    st.integers(0, 9), st.tuples(st.from_regex(r"[A-Za-z0-9_]{1,20}", fullmatch=True), oids), max_size=5
).map(lambda some: "".join(f"ext-{n}-{name} {oid.text}\n" for n, (name, oid) in sorted(some.items())).encode())
values = st.one_of(
    st.builds(Pointer, oids, sizes, st.booleans()), st.builds(Pointer, oids, sizes, st.just(True), extensions)
)


@given(values)
def test_what_is_encoded_is_decoded(value):
    data = pointer.encode(value)
    assert pointer.decode(data) == value
    assert pointer.decode(data.replace(b"\n", b"\r\n")) == value
    assert len(data) <= pointer.MAX_BYTES


@given(values, st.integers(0, 200), st.binary(max_size=3))
def test_a_changed_pointer_is_another_pointer_or_an_error(value, at, junk):
    data = pointer.encode(value)
    changed = data[:at] + junk + data[at + 1 :]
    try:
        result = pointer.decode(changed)
    except PointerError:
        return
    if result is not None:
        assert pointer.encode(result) == changed.replace(b"\r\n", b"\n")


@given(st.binary(max_size=2000))
@example(b"# gitblob v1")
def test_arbitrary_bytes_never_crash_the_parser(data):
    try:
        pointer.decode(data)
    except PointerError:
        assert data.startswith((pointer.MAGIC, pointer.LFS_MAGIC))
