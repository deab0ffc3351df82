"""Fixtures of the matrix."""

import pytest
from support.matrix.world import Home


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    """A home with gitblob and one without, each with its templates."""
    root = tmp_path_factory.mktemp("matrix")
    return [Home(root / name, full) for name, full in (("gitblob", True), ("plain", False))]
