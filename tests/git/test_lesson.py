"""The versioning lesson of a course on machine learning, with plain git instead of `dvc add|push|pull|checkout`.

The lesson versions three CSV files: the raw `projects.csv` and `tags.csv`, and the labelled set made of them
(here `dataset.csv`; `holdout.csv`, which has the same columns, brings the rows of its second version).
"""

import csv
import hashlib
import os
import random
from pathlib import Path

import pytest
from support.sandbox import Sandbox

CHECKOUT = Path(__file__).parents[2]
COURSE = Path(os.environ.get("GITBLOB_TEST_DATA", CHECKOUT.parent / "shared/data/madewithml"))
RAW, LABELLED = ("projects.csv", "tags.csv"), ("dataset.csv", "holdout.csv")
TRACKED = ("projects.csv", "tags.csv", "dataset.csv")


@pytest.fixture
def course(tmp_path) -> Path:
    """The course's data; files of the same shape where it is absent."""
    if all((COURSE / name).is_file() for name in RAW + LABELLED):
        return COURSE
    return _same_shape(tmp_path / "course")


@pytest.fixture
def lesson(sandbox, course):
    """The repository at the end of the lesson: data tracked, committed and pushed."""
    sandbox.run("gitblob", "install")
    sandbox.bare()
    repo = sandbox.repo("mlops-course")
    repo.git("remote", "add", "origin", "../origin.git")
    for name in TRACKED:
        repo.write(f"data/{name}", (course / name).read_bytes())
    repo.gitblob("store", "add", "local", "stores/blob", "--default")
    repo.gitblob("track", "data/*.csv")
    repo.commit("Version the data")
    repo.git("push", "-q", "-u", "origin", "main")
    return repo


def test_git_holds_pointers_and_the_work_tree_the_data(lesson, course):
    for name in TRACKED:
        data = (course / name).read_bytes()
        assert lesson.read(f"data/{name}") == data
        assert lesson.stored(f"data/{name}").decode() == (
            "# gitblob v1: run `gitblob pull` to get this file\n"
            f"oid: sha256:{hashlib.sha256(data).hexdigest()}\n"
            f"size: {len(data)}\n"
        )
    assert lesson.status() == ""


def test_store_can_be_read_with_a_file_browser_and_sha256sum(lesson):
    store = lesson.path / "stores/blob"
    blobs = [path for path in store.rglob("*") if path.is_file() and len(path.name) == 62]

    names = sorted(path.relative_to(store).as_posix() for path in blobs)
    oids = [lesson.stored(f"data/{name}").split(b"sha256:")[1][:64].decode() for name in TRACKED]
    assert names == sorted(f"{oid[:2]}/{oid[2:]}" for oid in oids)

    printed = lesson.sandbox.run("sha256sum", *names, cwd=store).stdout
    assert sorted(line.split()[0] for line in printed.splitlines()) == sorted(oids)


@pytest.mark.parametrize("command", [("checkout", "--", "data"), ("restore", "data")])
def test_deleted_files_come_back(lesson, course, command):
    for name in TRACKED:
        (lesson.path / "data" / name).unlink()
    lesson.git(*command)
    assert {name: lesson.read(f"data/{name}") for name in TRACKED} == _contents(course)
    assert lesson.status() == ""


def test_colleague_clones_and_has_the_data(lesson, course, tmp_path):
    colleague = Sandbox(tmp_path / "colleague")
    colleague.run("gitblob", "install")
    origin = lesson.sandbox.root / "origin.git"
    lesson.remove_worktree()

    clone = colleague.clone(origin)

    assert {name: clone.read(f"data/{name}") for name in TRACKED} == _contents(course)
    assert clone.status() == ""


def test_older_version_comes_back(lesson, course):
    first = lesson.git("rev-parse", "HEAD").strip()
    old = lesson.read("data/dataset.csv")
    more = (course / "holdout.csv").read_bytes().partition(b"\n")[2]
    lesson.write("data/dataset.csv", old + more)
    lesson.commit("Label more projects")
    lesson.git("push", "-q")

    lesson.git("checkout", "-q", first)
    assert lesson.read("data/dataset.csv") == old
    lesson.git("checkout", "-q", "main")
    assert lesson.read("data/dataset.csv") == old + more
    lesson.git("checkout", "-q", first, "--", "data/dataset.csv")
    assert lesson.read("data/dataset.csv") == old


def _contents(course: Path) -> dict[str, bytes]:
    return {name: (course / name).read_bytes() for name in TRACKED}


def _same_shape(folder: Path) -> Path:
    """Four files with the columns, quoting and about the sizes of the course's."""
    folder.mkdir()
    draw = random.Random(1)
    tags = ["computer-vision", "natural-language-processing", "graph-learning", "mlops", "reinforcement-learning"]
    rows = [
        [number, f"2020-03-{1 + number % 28:02} 06:43:18", f'Project "{number}", a title', "What it does.\n" * 8]
        for number in range(1000)
    ]
    labels = [draw.choice(tags) for _ in rows]
    _write(folder / "projects.csv", ["id", "created_on", "title", "description"], rows)
    _write(folder / "tags.csv", ["tag"], [[label] for label in labels])
    labelled = [[*row, label] for row, label in zip(rows, labels, strict=True)]
    header = ["id", "created_on", "title", "description", "tag"]
    _write(folder / "dataset.csv", header, labelled[:800])
    _write(folder / "holdout.csv", header, labelled[800:])
    return folder


def _write(path: Path, header: list, rows: list) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
