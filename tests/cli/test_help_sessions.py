"""The Python sessions in the manual pages, run in a clone: what they show must be what comes."""

import doctest
import re

import pytest

from gitblob.cli import topics

SESSION = re.compile(r"(?:^    (?:>>>|\.\.\.|[^ \n]| ).*\n)+", re.MULTILINE)
PAGES = ("api", "fsspec")


@pytest.fixture
def clone(repo, remote, installed, monkeypatch):
    """A clone of two versions of a table, and of a model whose content is missing; one stands in it."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
    repo.gitblob("track", "*.csv", "*.pkl")
    for tag, rows, day in (("v1", 200, "2026-01-20"), ("v2", 500, "2026-02-10")):
        table = "".join(f"{number:05},{number:03}\n" for number in range(rows))
        repo.write("data/visits.csv", "day,visits\n" + table)
        repo.write("data/notes", "hello\n")
        repo.write("models/net.pkl", tag * 20_000)
        repo.git("add", ".")
        repo.git("commit", "-q", "-m", tag, env={"GIT_COMMITTER_DATE": f"{day}T12:00:00Z"})
        repo.git("tag", tag)
    repo.git("push", "-q", "--tags", "origin", "main")
    clone = installed.clone(remote)
    clone.write("models/net.pkl", clone.stored("models/net.pkl"))
    monkeypatch.chdir(clone.path)
    return clone


@pytest.mark.parametrize("page", PAGES)
def test_python_sessions(page, clone):
    text = topics.page(page)
    sessions = [block for block in SESSION.findall(text) if ">>>" in block]
    test = doctest.DocTestParser().get_doctest("\n".join(sessions), {}, page, f"{page}.md", 0)
    assert len(test.examples) == text.count(">>> ") > 5
    said = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)
