"""One spelling of a value: RFC 8785, with its own numbers and strings (appendix B and sections 3.2.2 to 3.2.4)."""

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitblob.errors import MlError
from gitblob.ml import canonical

NUMBERS = {  # RFC 8785, appendix B: the bits of a double, and how it is written
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
SIMPLE = {
    1e21: "1e+21",
    1e-7: "1e-7",
    4.50: "4.5",
    2e-3: "0.002",
    1e-27: "1e-27",
    1e30: "1e+30",
    100.0: "100",
    0.5: "0.5",
}

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_of_the_rfc(bits, text):
    assert canonical.encode(struct.unpack(">d", bytes.fromhex(bits))[0]) == text.encode()


@pytest.mark.parametrize(("number", "text"), SIMPLE.items())
def test_numbers(number, text):
    assert canonical.encode(number) == text.encode()
    assert canonical.encode(-number) == b"-" + text.encode()


def test_the_example_of_the_rfc():
    value = json.loads(
        r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
             "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    )
    assert (
        canonical.encode(value)
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_keys_lie_in_the_order_of_utf_16():
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    assert list(json.loads(canonical.encode(dict.fromkeys(keys)))) == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


def test_whole_numbers_are_exact_whatever_their_size():
    assert canonical.encode([2**53 + 1, -(10**40), 0]) == f"[9007199254740993,-1{'0' * 40},0]".encode()


def test_a_byte_that_is_no_utf_8():
    assert canonical.encode("a\udcff") == b'"a\\udcff"'


def test_kinds_of_numbers_of_other_libraries():
    class Loud(float):
        def __repr__(self):
            return "Loud"

    class Grade(int):
        def __str__(self):
            return "Grade"

    assert canonical.encode([Loud(0.1), Grade(3), (1, 2)]) == b"[0.1,3,[1,2]]"


def endless():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, b"x", {1: 2}, object(), {"a": {1, 2}}, endless(), 10**5000],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_canonical_form(value):
    with pytest.raises(MlError):
        canonical.encode(value)


@given(VALUES)
def test_it_is_json(value):
    assert json.loads(canonical.encode(value), parse_int=number) == value


def number(digits):
    """As JavaScript reads it: 4.662717641581065e16 is written without an exponent, and so without its last digits."""
    return int(digits) if abs(int(digits)) <= 2**53 else float(digits)


@given(VALUES)
def test_json_of_it_has_the_same_spelling(value):
    data = canonical.encode(value)
    assert canonical.encode(json.loads(data)) == data


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_reads_back(number):
    assert float(canonical.encode(number)) == number
