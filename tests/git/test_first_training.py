"""Before the first training there is no model: that is no error."""

import json
import sys

import pytest

SETTINGS = """\
data:
  rows: {paths: [data/]}
models:
  image: {paths: [models/image/], version: v0.1}
"""


@pytest.fixture
def untrained(repo):
    """A repository with data, which declares a model that nobody has trained."""
    repo.write(".gitblob.yaml", SETTINGS)
    repo.write("data/rows.bin", "1 2 3")
    repo.write("train.py", "import os; os.makedirs('models/image'); open('models/image/weights', 'w').write('w')")
    repo.commit("start")
    return repo


@pytest.mark.parametrize("rev", [[], ["HEAD"]])
def test_the_data_has_its_version(untrained, rev):
    done = untrained.gitblob("version", *rev)
    assert "rows@" in done.stdout
    assert "image" not in done.stdout
    assert "image: there is nothing at models/image yet" in done.stderr
    found = json.loads(untrained.gitblob("version", *rev, "--json").stdout)
    assert (list(found["data"]), found["models"]) == (["rows"], {})


def test_a_check_says_that_the_model_is_missing(untrained):
    assert "image names models/image" in untrained.gitblob("version", "check", "HEAD", ok=1).stdout


def test_a_run_makes_the_model(untrained):
    untrained.gitblob("experiment", "run", "--all", "--", sys.executable, "train.py")
    untrained.git("commit", "-q", "-m", "train")
    assert "image@v0.1" in untrained.gitblob("version", "HEAD").stdout
    untrained.gitblob("experiment", "verify")


def test_a_run_that_makes_none_is_not_recorded(untrained):
    done = untrained.gitblob("experiment", "run", "--", sys.executable, "-c", "pass", ok=None)
    assert done.returncode == 18
    assert "image names models/image" in done.stderr
