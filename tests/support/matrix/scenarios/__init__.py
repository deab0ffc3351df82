"""All scenarios, by what the commands do."""

from support.matrix.scenario import SCENARIOS
from support.matrix.scenarios import branches, history, other, repositories, staging

__all__ = ["SCENARIOS", "branches", "history", "other", "repositories", "staging"]
