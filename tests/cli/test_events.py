"""`--json` of push, fetch and pull: events on stderr, one result on stdout."""

import json
import threading

import pytest

from gitblob.cli import events, main
from gitblob.cli.events import Events


@pytest.fixture
def shared(repo, remote):
    """A repository whose blob is on the remote and nowhere else."""
    repo.write("a.bin", b"content\n" * 1000)
    repo.commit("a")
    return repo


def told(result):
    return [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]


def test_a_push(shared):
    result = shared.gitblob("push", "--json")
    (done,) = json.loads(result.stdout)["stores"]
    assert (done["blobs"], done["sent"], done["sent_bytes"], done["problem"]) == (1, 1, 8000, None)
    begin, *_, one, end = told(result)
    assert begin == {"event": "begin", "what": "upload", "files": 1, "bytes": 8000}
    assert one["event"] == "done"
    assert one["name"].startswith("sha256:")
    assert (end["event"], end["files"], end["bytes"]) == ("end", 1, 8000)
    assert len(told(result)) == len(result.stderr.splitlines())


@pytest.mark.parametrize("verb", ["fetch", "pull"])
def test_there_and_back(shared, installed, remote, verb):
    shared.git("push", "-q", "--no-verify")
    clone = installed.clone(remote)
    shared.gitblob("push")
    result = clone.gitblob(verb, "--json")
    kinds = [event["event"] for event in told(result)]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    expected = {"missing": []} if verb == "fetch" else {"done": ["a.bin"], "left": []}
    assert json.loads(result.stdout) == expected


def test_events_of_many_threads_are_whole_lines(monkeypatch, capsys):
    monkeypatch.setattr(events, "EVERY", 0)
    receiver = Events()
    receiver.begin("upload", 400, 4000)

    def work():
        for number in range(100):
            receiver.advance(10)
            receiver.done(f"{number}")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    receiver.end()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (lines[-1]["files"], lines[-1]["bytes"]) == (400, 4000)
    assert {line["event"] for line in lines} == {"begin", "progress", "done", "end"}


@pytest.mark.parametrize("verb", ["push", "fetch", "pull"])
def test_the_help_says_where_the_events_are_described(verb):
    assert "gitblob help transfers" in main.parser_of(verb).format_help().replace("\n", " ")
