"""The list of Git's traps names tests that exist."""

import re
from pathlib import Path

import pytest
from support.matrix.scenarios import SCENARIOS
from support.matrix.settings import SETTINGS

TESTS = Path(__file__).parents[1]
COUNTS = {1: 6, 2: 14, 3: 6, 4: 18, 5: 10, 6: 4}


def rows():
    text = (TESTS / "traps.md").read_text()
    return dict(re.findall(r"^\| (\d\.\d+) \|.*\| ([^|]+) \|$", text, re.MULTILINE))


def test_every_trap_is_listed():
    assert list(rows()) == [f"{part}.{n + 1}" for part, count in COUNTS.items() for n in range(count)]


@pytest.mark.parametrize("number", list(rows()))
def test_its_tests_are_there(number):
    scenarios = {one.name for one in SCENARIOS}
    settings = {one.name for one in SETTINGS}
    for where in re.split(r", (?=matrix|[a-z]+/)", rows()[number]):
        if where.startswith("matrix: "):
            assert where.removeprefix("matrix: ") in scenarios
        elif where.startswith("matrix, "):
            assert where.removeprefix("matrix, ") in settings
        else:
            path, _, name = where.partition("::")
            assert re.search(rf"^def {name}\(", (TESTS / path).read_text(), re.MULTILINE), where
