"""Versions of many commits, whose lists of files follow from one another."""

import shutil

from gitblob import workspace
from gitblob.git import history
from gitblob.ml import past, successive, tree, versions
from gitblob.ml.memory import FILE

PATHS = (["data", "x"], ["data/a"])


def test_each_list_follows_from_another_commits_list(repo):
    repo.write(".gitblob.yaml", "data:\n  set: {paths: [data, x]}\n  other: {paths: [data/a]}\n")
    repo.write("x", "x")
    commits = []

    def commit(**files):
        for name, content in files.items():
            repo.write(f"data/{name}", content)
        commits.append(repo.commit(f"{len(commits)}"))

    commit(**{"a": "1", "b.bin": b"B" * 3000, "ü \udcff": "odd"})
    commit(a="2")
    repo.git("mv", "data/b.bin", "data/a-first.bin")
    commit()
    (repo.path / "data/a").unlink()
    commit(**{"a/inside.bin": b"a folder now"})
    shutil.rmtree(repo.path / "data/a")
    commit(a="1")
    (repo.path / "data/link").symlink_to("a")
    commit()
    repo.git("checkout", "-q", "--orphan", "alone")
    commit(b="alone")
    here = workspace.open(str(repo.path))
    expected = {one: [tree.at(here, one).files(paths) for paths in PATHS] for one in commits}
    for order in (commits, commits[::-2] + commits[::2]):
        last = {}
        for one in order:
            followed = successive.Successive(here, one, history.tree(one, here.top).encode(), last)
            assert [followed.files(paths) for paths in PATHS] == expected[one]


def test_only_the_first_state_is_listed(repo, monkeypatch):
    repo.write(".gitblob.yaml", "data:\n  set: {paths: [data]}\n")
    wanted = []
    for number in range(5):
        repo.write("data/a.bin", b"%d" % number)
        repo.commit(f"{number}")
        here = workspace.open(str(repo.path))
        wanted.append(versions.at(here, tree.at(here, "HEAD")).data["set"].id)
    (repo.path / ".git/gitblob" / FILE).unlink()
    listed, listing = [], tree._listed
    monkeypatch.setattr(tree, "_listed", lambda *given: listed.append(given) or listing(*given))
    states = past.read(here).states
    found = [versions.of(here, one.tree, one.declared, one.declared.data["set"]).id for one in states]
    assert found == wanted[::-1]
    assert len(listed) == 1
