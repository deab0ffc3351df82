"""Data versions and fingerprints of format 1 stay what they are for ever. The bundle is frozen: never made anew."""

from pathlib import Path

import pytest

from gitblob import workspace
from gitblob.ml import tree, versions, worktree

FROZEN = Path(__file__).parent / "v1" / "versions.bundle"
COMMIT = "228f06fde3ce30d6387e31e640c6db89bf22a90e"
DATA = {
    "processed": "494565961a12a1dd031fc9f94b9bf4d4cc3d047aa0c55c967977c38f80f473f8",
    "plain": "7b9aa1a640fab6f3a833eef70e63d5592ef083bd070b5ec28b3af214a3f72e4c",
    "seeded": "7af6c623f1c17d35701d892b4612bc3f83fb016058fcff9c3b67e7d30e2f6917",
}
MODELS = {
    "image": "sha256:1a7c1aef115ac428efefd244f64984afe52c9f96eeaab596c7301fa8f8f9fdf7",
    "text": "sha256:64993b6e75bd692d4071a0e10e39088e87ccaa61bd2b594efc0600887adb4497",
}


@pytest.mark.parametrize("installed_too", [False, True], ids=["git alone", "with the filter"])
def test_they_are_what_they_were(sandbox, installed_too):
    if installed_too:
        sandbox.run("gitblob", "install")
    repo = sandbox.clone(FROZEN, "clone", "-b", "main")
    assert repo.git("rev-parse", "HEAD").strip() == COMMIT
    here = workspace.open(str(repo.path))
    for place in (tree.at(here, "HEAD"), worktree.WorkTree(here)):
        found = versions.at(here, place)
        assert {name: state.id for name, state in found.data.items()} == DATA
        assert {name: state.fingerprint for name, state in found.models.items()} == MODELS
