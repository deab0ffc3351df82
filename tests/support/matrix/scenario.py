"""The table of scenarios. A module of scenarios fills it as it is imported."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from support.matrix.world import World


class Scenario(NamedTuple):
    """`act` is what happens; what it returns must be the same in both worlds.

    `cleans`: how often Git sends a role's file through the filter in the command itself, a number or a range; `status`:
    the same for the `git status` that follows. Roles that are not named: never. `why`: the reason for those that are.
    `needs`: the oldest git that has the command; `unless`: settings with which it makes no sense, and why.
    """

    act: Callable[[World], object]
    cleans: Mapping[str, int | range]
    status: Mapping[str, int | range]
    why: str
    needs: tuple[int, ...]
    unless: Mapping[str, str]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.act.__name__


TOP = {"from a folder": "this command obeys the top or the folder alone"}
SCENARIOS: list[Scenario] = []


def scenario(cleans=None, status=None, why="", needs=(), unless=None):
    """Put a function into the table."""

    def enter(act):
        assert bool(cleans or status) == bool(why), f"{act.__name__}: a clean needs a reason"
        assert act.__name__ not in {one.name for one in SCENARIOS}
        SCENARIOS.append(Scenario(act, cleans or {}, status or {}, why, needs, unless or {}))
        return act

    return enter
