"""Versions by PEP 440, ranges, rings; the next version."""

from itertools import pairwise

import pytest

from gitblob.errors import UsageError
from gitblob.ml import bumping, needs
from gitblob.ml.declarations import Model
from gitblob.ml.needs import Need
from gitblob.ml.versions import DataState


def models(**needed):
    return {name: Model(name, (name,), (), "v1", dict.fromkeys(others, "*")) for name, others in needed.items()}


@pytest.mark.parametrize(
    ("version", "span", "holds"),
    [
        ("v2.1", ">=2.1,<3", True),
        ("2.1", ">=2.1,<3", True),
        ("v3.0", ">=2.1,<3", False),
        ("v1.3.9", "~=1.3", True),
        ("v2.0", "~=1.3", False),
        ("v2.2rc1", ">=2.1", True),
        ("v2.1", "==2.*", True),
        ("v2.1", "*", True),
        ("v2.1", "!=2.1", False),
        ("v2.1", "v2.1", False),
        ("v2.1", "^2.1", False),
        (None, ">=1", False),
        (None, "*", True),
    ],
)
def test_ranges(version, span, holds):
    why = needs.unmet(Need("fusion", "image", span), {"image": Model("image", ("m",), (), version)}, {})
    assert (why is None) == holds


@pytest.mark.parametrize(
    ("span", "holds"),
    [("*", True), ("abcd", True), ("processed@abcd", True), ("abce", False), ("abc", False), (">=1", False)],
)
def test_data(span, holds):
    state = DataState("processed", "abcd" + "0" * 60, 1, 1, None)
    assert (needs.unmet(Need("image", "data/processed", span), {}, {"processed": state}) is None) == holds


def test_names():
    assert needs.unknown(Need("a", "b", "*"), models(a=["b"]), {})
    assert needs.unknown(Need("a", "data/b", "*"), models(a=[], b=[]), {})
    assert not needs.unknown(Need("a", "data/b", "*"), {}, {"b": 1})


@pytest.mark.parametrize(
    ("graph", "ring"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["a"]}, ["a", "a"]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, ["b", "c", "b"]),
        ({"a": ["c"], "b": ["a"], "c": ["b"]}, ["a", "c", "b", "a"]),
        ({"a": ["absent", "data/x"]}, []),
        ({f"n{n}": [f"n{n + 1}", f"n{n + 2}"] for n in range(300)}, []),
    ],
)
def test_rings(graph, ring):
    found = needs.cycle(models(**graph))
    assert found == ring
    assert all(other in graph[one] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("version", "part", "following"),
    [
        ("v2.1", "minor", "v2.2"),
        ("v2.9", "minor", "v2.10"),
        ("v2.1", "major", "v3.0"),
        ("v2.1", "patch", "v2.1.1"),
        ("1.3.4", "minor", "1.4.0"),
        ("1.3.4", "patch", "1.3.5"),
        ("v7", "minor", "v7.1"),
        ("v7", "major", "v8"),
        ("V0", "patch", "V0.0.1"),
    ],
)
def test_the_next_version_is_spelled_as_the_last_one(version, part, following):
    assert bumping.raised(version, part, "image") == following
    assert needs.parse(following) > needs.parse(version)


@pytest.mark.parametrize("version", [None, "v2.1rc1", "1!2", "2.1+cpu", "latest", ""])
def test_what_has_no_next_version(version):
    with pytest.raises(UsageError, match="no next one follows"):
        bumping.raised(version, "minor", "image")
