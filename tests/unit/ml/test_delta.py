"""What differs, and by how much."""

import math

import pytest

from gitblob.ml import delta
from gitblob.ml.delta import Change


@pytest.mark.parametrize(
    ("old", "new", "by"),
    [
        (1, 3, 2),
        (3, 1, -2),
        (0.1, 0.3, 0.2),
        (0.91, 0.92, 0.01),
        (1, 0.5, -0.5),
        (1e-5, 1.1e-5, 1e-6),
        (10**400, 10**400 + 1, 1),
        (10**400, 0.5, None),
        (-1e308, 1e308, None),
        (0.1, math.nan, None),
        (math.inf, 0.1, None),
        (True, 1, None),
        (0, False, None),
        ("1", 2, None),
        (None, 1, None),
        ([], {}, None),
    ],
)
def test_difference(old, new, by):
    assert delta.difference(old, new) == by


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
        (-0.0, 0, True),
        ("1", 1, False),
        (None, None, True),
        (None, False, False),
        ([], [], True),
        ([], {}, False),
        (2**53, float(2**53), True),
    ],
)
def test_sameness(old, new, same):
    assert delta.is_same(old, new) is same
    assert delta.is_same(new, old) is same


def test_changes_in_the_order_of_the_new_side():
    old = {"gone.yaml": {"x": 1}, "a.yaml": {"lr": 0.1, "old": None, "same": 1}}
    new = {"a.yaml": {"same": 1.0, "new": "x", "lr": 0.2}, "b.yaml": {"": "run"}}
    assert delta.changes(old, new) == [
        Change("a.yaml", "same", "same", 1, 1.0, None),
        Change("a.yaml", "new", "added", None, "x", None),
        Change("a.yaml", "lr", "changed", 0.1, 0.2, 0.1),
        Change("a.yaml", "old", "removed", None, None, None),
        Change("b.yaml", "", "added", None, "run", None),
        Change("gone.yaml", "x", "removed", 1, None, None),
    ]
    assert delta.changes({}, {}) == []


def test_the_only_line_of_a_file_may_be_a_number():
    def by(old, new, key=""):
        return delta.changes({"acc": {key: old}}, {"acc": {key: new}})[0].delta

    assert by("0.91", "0.930") == 0.02
    assert by("12", "9") == -3
    assert by("0.91", "3f2c") is None
    assert by("1e3", "2e3") is None
    assert by("0.91", "0.93", "key") is None
