"""The README's second tour: the joint training from its data to a run that somebody else repeats.

Numbers that come out of the training are not compared with the README's: another PyTorch may round otherwise.
"""

import json
import os
import re
import textwrap

import pytest
from support import console, pytorch
from support.sandbox import Repo

from gitblob.model import pointer

TOUR = "From data to a run that can be repeated"
COMPONENTS = ("image", "text", "fusion")
VARIES = {
    r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d[+-]\d\d:\d\d)?": "DATE",
    r"\b\d{8}T\d{6}Z-[0-9a-f]{6}\b": "RUN",
    r"\b[0-9a-f]{12}\b": "ID",
    r"[+-]?\b(0\.\d+|\d+\.\d{6,}(e-\d+)?)": "NUMBER",
    r"Python 3\.\d+\.\d+": "Python",
    r" +": " ",  # columns are as wide as the numbers
}


@pytest.fixture
def tour(installed):
    """The place after the tour, with a `project`, the `best` run and a `colleague`."""
    path = installed.env["PATH"].split(os.pathsep)
    path.insert(1, str(pytorch.folder()))  # behind the sandbox's own gitblob
    (installed.home / "gitblob").symlink_to(console.README.parent)
    steps = console.sections()[TOUR]
    assert len(steps) > 30
    outputs = console.outputs(steps, installed, {"PATH": os.pathsep.join(path)}, timeout=900)
    for step, printed in zip(steps, outputs, strict=True):
        assert _without_what_varies(printed) == _without_what_varies(step.shown), f"$ {step.command}"
    return installed


def test_a_run_can_be_repeated(tour):
    project, best, colleague = (Repo(tour, tour.root / name) for name in ("joint_training", "best", "colleague"))
    runs = _json(project, "experiment", "list", "--json", "--sort", "-accuracy")
    commits = project.git("rev-parse", "HEAD", "HEAD~", "HEAD~2").split()
    assert len(runs) == 3
    assert {run["commit"] for run in runs} == set(commits)
    assert best.git("rev-parse", "HEAD").strip() == runs[0]["commit"] == commits[1]

    _same_to_the_last_bit(project, best)
    _known_without_content(project, runs[0])
    _noticed_when_changed(colleague)


def test_the_readme_shows_the_declarations_of_the_example():
    text = (console.README.parent / "tests/examples/joint_training/.gitblob.yaml").read_text()
    assert f"```yaml\n{text}```" in console.README.read_text("utf-8")


def test_what_varies_is_little():
    shown = textwrap.dedent("""\
        fusion: v0.5 -> v0.6, staged
        loss         0.35473427176475525  1.3782991170883179  +1.0235648453235626
        0d566601e952  2026-11-21 17:42  20261121T174232Z-b7f827  processed@bfb47fd683e5  (>=2.1,<3)  500
        """)
    assert _without_what_varies(shown) == textwrap.dedent("""\
        fusion: v0.5 -> v0.6, staged
        loss NUMBER NUMBER NUMBER
        ID DATE RUN processed@ID (>=2.1,<3) 500
        """)


def _same_to_the_last_bit(project, best):
    """The second training has made the bytes of the first one; the tour had changed nothing else there."""
    for name in ("metrics.jsonl", "config/performance.json"):
        assert best.read(name) == project.stored(name, "HEAD~")
    for name in COMPONENTS:
        path = f"models/{name}/weights.pt"
        assert best.read(path) == project.git("cat-file", "--filters", f"HEAD~:{path}", binary=True)
    assert best.status() == ""


def _known_without_content(project, run):
    """A clone of pointers computes the same versions, and brings the run back from the store alone."""
    plain = {"GIT_CONFIG_GLOBAL": "/dev/null"}
    project.sandbox.run("git", "clone", "-q", project.sandbox.root / "models.git", "pointers", env=plain)
    bare = Repo(project.sandbox, project.sandbox.root / "pointers")
    assert pointer.decode(bare.read("models/image/weights.pt"))
    assert _json(bare, "version", "HEAD", "--json") == _json(project, "version", "HEAD", "--json")
    assert _json(bare, "experiment", "verify", "--json", run["commit"])["holds"]
    bare.gitblob("experiment", "restore", run["commit"], "--into", "../again")
    again = project.sandbox.root / "again"
    assert (again / "data/processed/train.npz").read_bytes()[:2] == b"PK"
    assert (again / "models/image/weights.pt").read_bytes() == (again / "../best/models/image/weights.pt").read_bytes()


def _noticed_when_changed(clone):
    """Other content under an old number, and data that the run's record does not know."""
    clone.write("models/text/weights.pt", "others")
    clone.write("data/processed/train.npz", "others")
    assert "the content of text changed under v1.3" in clone.gitblob("version", "check", ok=1).stdout
    clone.git("commit", "-q", "-a", "--amend", "--no-edit")
    broken = _json(clone, "experiment", "verify", "--json", ok=1)
    assert {(one["part"], one["name"]) for one in broken["mismatches"]} == {("data", "processed"), ("model", "text")}


def _json(repo, *words, ok=0):
    return json.loads(repo.gitblob(*words, ok=ok).stdout)


def _without_what_varies(text):
    for pattern, word in VARIES.items():
        text = re.sub(pattern, word, text)
    return text
