import io
import json
import sys

import pytest

from gitblob.cli.console import Console
from gitblob.transfer.progress import SILENT


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Called inside the test (pytest has its own streams before): stdin, stdout and stderr of a terminal with colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def replace(answer: str = "") -> list[Terminal]:
        streams = [Terminal(answer), Terminal(), Terminal()]
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            monkeypatch.setattr(sys, name, stream)
        return streams

    return replace


def test_results_go_to_stdout_and_talk_to_stderr(capsys):
    console = Console()
    console.result("result")
    console.talk("talk")
    console.warn("careful")
    out, err = capsys.readouterr()
    assert out == "result\n"
    assert err == "talk\ngitblob: warning: careful\n"


def test_a_pipe_gets_the_bytes_of_a_result_as_they_are(capsys):
    Console().result("a\x1b[1mb")
    assert capsys.readouterr().out == "a\x1b[1mb\n"


def test_a_terminal_gets_no_control_characters(terminal):
    _, stdout, _ = terminal()
    Console().result("a\x1b[1mb\nc")
    assert stdout.getvalue() == "a\\033[1mb\nc\n"


def test_marks_are_coloured_on_a_terminal(terminal, monkeypatch):
    _, _, stderr = terminal()
    Console().error("broken\npath", "mend it")
    assert stderr.getvalue() == "gitblob: \x1b[1;31merror:\x1b[m broken\\npath\n  hint: mend it\n"


@pytest.mark.parametrize("variable", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_turned_off(terminal, monkeypatch, variable):
    monkeypatch.setenv(*variable)
    _, _, stderr = terminal()
    Console().error("broken")
    assert stderr.getvalue() == "gitblob: error: broken\n"


def test_json_is_one_sorted_document_that_survives_any_path(capsys):
    value = {"b": ["é", "\udcff", "\x7f\x9b"], "a": 1}
    Console().json(value)
    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert out.index('"a"') < out.index('"b"')
    assert "é" in out
    assert r"\udcff" in out
    assert "\x9b" not in out


def test_a_table_in_a_pipe_is_aligned_text(capsys):
    Console().table(["path", "size"], [["a\nb", 5], ["long name", 12345]])
    assert capsys.readouterr().out == 'path        size\n"a\\nb"         5\nlong name  12345\n'


def test_a_quoted_path_in_a_table_is_not_quoted_again(capsys):
    Console().table(["path"], [[Console().quoted("a\nb")], ['say "hi"']])
    assert capsys.readouterr().out == 'path\n"a\\nb"\nsay "hi"\n'


def test_a_table_without_rows_is_nothing(capsys):
    Console().table(["path"], [])
    assert capsys.readouterr().out == ""


def test_a_table_on_a_terminal_takes_paths_literally(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    _, stdout, _ = terminal()
    Console().table(["path", "size"], [["[bold]:smile:\x1b", 5]])
    shown = stdout.getvalue()
    assert "[bold]:smile:\\033" in shown
    assert "\x1b[2J" not in shown


def test_nobody_is_asked_in_a_pipe(capsys):
    assert Console().ask("sure?") is False
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("answer", "meant"), [("y\n", True), ("Yes\n", True), ("\n", False), ("", False), ("n\n", False)]
)
def test_a_question_on_a_terminal(terminal, answer, meant):
    _, _, stderr = terminal(answer)
    assert Console().ask("convert?") is meant
    assert stderr.getvalue() == "convert? [y/N] "


def test_progress_is_silent_in_a_pipe():
    assert Console().progress() is SILENT


def test_progress_is_drawn_on_a_terminal_but_not_on_a_dumb_one(terminal, monkeypatch):
    terminal()
    assert Console().progress() is not SILENT
    monkeypatch.setenv("TERM", "dumb")
    assert Console().progress() is SILENT
