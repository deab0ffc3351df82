"""Values as words, and tables that nothing in a cell can break."""

import html
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitblob.cli import cells, markdown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, "1"),
        (0.1, "0.1"),
        (math.nan, "nan"),
        (True, "true"),
        (None, "null"),
        ([], "[]"),
        ({}, "{}"),
        ("adam", "adam"),
        ("é b", "é b"),
        ("1", '"1"'),
        ("1e-3", '"1e-3"'),
        ("true", '"true"'),
        ("no", "no"),
        ("", '""'),
        ("-", '"-"'),
        ("[]", '"[]"'),
        (" x", '" x"'),
        ("1" * 5000, '"' + "1" * 46 + "…"),
        ("x" * 49, "x" * 47 + "…"),
        ("x" * 48, "x" * 48),
    ],
)
def test_shown(value, shown):
    assert cells.shown(value) == shown
    assert cells.shown(value, "key") == shown
    assert cells.shown("1", "") == "1"


def test_nothing_is_lost_for_programs():
    assert cells.whole("x" * 5000) == "x" * 5000
    assert [cells.jsonable(value) for value in (math.nan, math.inf, -math.inf, 0.5, "x")] == [
        "NaN",
        "Infinity",
        "-Infinity",
        0.5,
        "x",
    ]


@pytest.mark.parametrize(("by", "shown"), [(1, "+1"), (-0.25, "-0.25"), (1e-7, "+1e-07"), (None, "")])
def test_direction(by, shown):
    assert cells.signed(by) == shown


@pytest.mark.parametrize(
    ("cell", "span"),
    [
        ("lr", "`lr`"),
        ("@all <b> *x* #1 https://x.invalid", "`@all <b> *x* #1 https://x.invalid`"),
        ("a|b", "<code>a&#124;b</code>"),
        ("a`b\\", "<code>a&#96;b&#92;</code>"),
        ("a\nb", "<code>a&#92;nb</code>"),
        ("  ", ""),
        ("", ""),
    ],
)
def test_code(cell, span):
    assert markdown.code(cell) == span


@given(st.text())
@settings(deadline=None)
def test_no_cell_breaks_out(cell):
    span = markdown.code(cell)
    inside = span[6:-7] if span.startswith("<code>") else span[1:-1]
    if span.startswith("<code>"):
        assert re.fullmatch(r"(?:[^\W_]| |&#[0-9]+;)*", inside)
        assert "\n" not in html.unescape(inside)
    else:
        assert not set("`|\\\n\r") & set(inside)


def test_a_table():
    assert markdown.table(["file", "key"], [["a.yaml", "x|y"]]) == (
        "| file | key |\n| --- | --- |\n| `a.yaml` | <code>x&#124;y</code> |"
    )
