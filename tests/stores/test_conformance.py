"""Directories pass what every backend must do."""

import pytest

from gitblob.store.conformance import BackendConformance
from gitblob.store.local import LocalBackend


class TestLocal(BackendConformance):
    @pytest.fixture
    def backend(self, tmp_path):
        return LocalBackend(str(tmp_path / "store"), "local", make_root=True)


class TestLocalElsewhere(BackendConformance):
    """On another file system, so that links cannot reach it."""

    @pytest.fixture
    def backend(self, other_device):
        return LocalBackend(str(other_device / "store"), "elsewhere", make_root=True)
