"""The matrix: every command of Git that writes a work tree, an index or a commit, with gitblob as by plain Git.

See `support.matrix`. By default every scenario runs with the default settings, and a few with every setting; `--full`
runs all with all.
"""

import shutil
import subprocess

import pytest
from support.matrix import state
from support.matrix.names import Names
from support.matrix.scenarios import SCENARIOS
from support.matrix.settings import DEFAULT, SETTINGS
from support.matrix.template import Kind

SAMPLE = {"checkout_a_branch", "merge_of_two_branches", "stash_push_and_pop"}


def pairs():
    for scenario in SCENARIOS:
        for setting in SETTINGS:
            if setting.name in scenario.unless:
                continue
            fast = setting is DEFAULT or scenario.name in SAMPLE
            name = scenario.name if setting is DEFAULT else f"{scenario.name}, {setting.name}"
            yield pytest.param(scenario, setting, id=name, marks=() if fast else pytest.mark.full)


@pytest.fixture(scope="session")
def git_version(homes):
    said = homes[1].run("git", "version").decode().split()[2]
    return tuple(int(number) for number in said.split(".")[:2])


@pytest.mark.parametrize(("scenario", "setting"), list(pairs()))
def test_matrix(homes, git_version, tmp_path, scenario, setting):
    for needs in (scenario.needs, setting.needs):
        if git_version < needs:
            pytest.skip(f"git {'.'.join(map(str, git_version))} has no such thing")
    compare(homes, tmp_path / "worlds", scenario, setting)


def compare(homes, root, scenario, setting):
    """Run a scenario with gitblob and by plain Git, below `root`, and compare all that can be seen."""
    root.mkdir()
    found = []
    for home in homes:
        at = home.world(root / ("gitblob" if home.full else "plain"), setting.kind)
        setting.apply(at)
        at.setup("read-tree", "HEAD")
        at.setup("update-index", "-q", "--refresh")
        setting.afterwards(at)
        result = scenario.act(at)
        again = [path for place in at.places if (place / ".git").exists() for path in at.cleans_of_status(place)]
        found.append((result, [*at.moments, state.seen(at)], at, again))
    (result, seen, at, again), (plain_result, plain_seen, _, _) = found
    assert result == plain_result
    assert state.differing(seen, plain_seen) == [], at.said
    assert at.counted(at.cleaned) == at.within(scenario.cleans, at.cleaned)
    assert at.counted(again) == at.within(scenario.status, again)
    assert [one for place in at.places for one in state.harm(at, place)] == []
    assert state.damaged(at) == []
    if setting is DEFAULT:
        assert at.gitblob("fsck", cwd=at.repo) == ""
    shutil.rmtree(root)


@pytest.fixture
def without_case(tmp_path):
    """A folder in which `a` and `A` are one file: NTFS through FUSE, since kernels rarely offer such an ext4."""
    image, place = tmp_path / "image", tmp_path / "without case"
    place.mkdir()
    with open(image, "wb") as file:
        file.truncate(256 << 20)
    try:
        subprocess.run(["mkntfs", "-q", "-F", "-f", image], check=True, capture_output=True)
        subprocess.run(["lowntfs-3g", "-o", "ignore_case,permissions", image, place], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no NTFS here (package ntfs-3g, /dev/fuse, root): {error}")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(one, id=one.name, marks=() if one.name == "merge_of_two_branches" else pytest.mark.full)
        for one in SCENARIOS
        if one.name in SAMPLE
    ],
)
def test_matrix_in_a_folder_without_case(homes, without_case, scenario):
    compare(homes, without_case / "worlds", scenario, DEFAULT)


def test_two_paths_that_are_one_file_where_there_is_no_case(homes, tmp_path, without_case):
    """One of them is there, whole; the other is a change to plain Git as well; neither pointer is lost."""
    kind = Kind(names=Names(large="a.bin", zoo="A.bin", small="b.bin", run="B.bin"))
    seen = []
    for home in homes:
        at = home.world(tmp_path / f"worlds-{home.full}", kind)
        clone = without_case / f"clone-{home.full}"
        at.git("clone", "-q", at.root / "origin.git", clone, cwd=without_case)
        at.places = [clone]
        [state_of_clone] = state.seen(at).values()
        seen.append(state_of_clone)
        assert state_of_clone["files"]["a.bin"][1] in {"large:3", "zoo:2"}
        assert state_of_clone["files"]["b.bin"][1] in {"small:2", "run:2"}
        assert state.harm(at, clone) == []
    assert seen[0]["index"] == seen[1]["index"]
    assert seen[0]["tree"] == seen[1]["tree"]
