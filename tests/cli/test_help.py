"""`gitblob help` and the manual pages, which must say what the code does."""

import re
import subprocess
from pathlib import Path

import pytest

import gitblob
from gitblob import cache, errors, settings
from gitblob.cache import incoming
from gitblob.cli import failure, main, topics, verbs
from gitblob.filter import smudge
from gitblob.git import attributes
from gitblob.model import gitfile, layout
from gitblob.model import pointer as pointers
from gitblob.ops import change, merge, push_check

TOPICS = {
    "api",
    "attributes",
    "cache",
    "ci",
    "clients",
    "cloud",
    "components",
    "data-version",
    "exit-codes",
    "experiment",
    "filter",
    "fsspec",
    "glossary",
    "hooks",
    "lfs",
    "params",
    "plugins",
    "pointer",
    "speed",
    "ssh",
    "stores",
    "time-travel",
    "trackers",
    "transfers",
    "webdav",
}


def test_help_lists_commands_and_topics(sandbox):
    shown = sandbox.run("gitblob", "help").stdout
    for word in {*verbs.COMMANDS, *TOPICS} - set(verbs.GROUPS[verbs.PLUMBING]):
        assert re.search(rf"^   {word}  +\S", shown, re.MULTILINE), word
    assert "textconv" not in shown
    assert "textconv" in sandbox.run("gitblob", "help", "--all").stdout


def test_the_topics_are_those_that_ship():
    assert set(topics.names()) == TOPICS


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_a_page(topic, sandbox):
    shown = sandbox.run("gitblob", "help", topic)
    assert shown.stdout == (Path(gitblob.__file__).parent / "help" / f"{topic}.md").read_text()
    assert shown.stderr == ""
    first = shown.stdout.split("\n", 1)[0]
    assert first.startswith(f"# {topic}: ")
    assert max(len(line) for line in shown.stdout.splitlines() if "sha256" not in line and "5891b5" not in line) <= 88
    for command in re.findall(r"`gitblob ([a-z-]+)", shown.stdout):
        assert command in verbs.COMMANDS
    for other in re.findall(r"`gitblob help ([a-z-]+)`", shown.stdout):
        assert other in {*TOPICS, *verbs.COMMANDS}


def test_help_for_a_command_is_what_its_h_shows(sandbox):
    assert sandbox.run("gitblob", "help", "doctor").stdout == sandbox.run("gitblob", "doctor", "-h").stdout


def test_an_unknown_word(sandbox):
    done = sandbox.run("gitblob", "help", "storse", ok=2)
    assert "did you mean `gitblob help store" in done.stderr
    assert done.stdout == ""


def test_exit_codes_are_those_of_the_errors():
    def tree(kind):
        yield kind
        for child in kind.__subclasses__():
            if child.__module__ == errors.__name__:
                yield from tree(child)

    listed = re.findall(r"^    (\d+)    {0,3} ([a-z-]+)  ", topics.page("exit-codes"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == {(str(kind.exit_code), kind.code) for kind in tree(errors.GitblobError)}
    for code in (0, failure.BUG, failure.INTERRUPTED, main.READER_GONE):
        assert re.search(rf"^    {code} ", topics.page("exit-codes"), re.MULTILINE)


def test_pointer_examples_and_limits_are_true():
    page = topics.page("pointer")
    for example in re.findall(r"(?:^    (?:# gitblob v1|version https).*\n(?:    .*\n)+)", page, re.MULTILINE):
        data = re.sub(r"^    ", "", example, flags=re.MULTILINE).encode()
        pointer = pointers.decode(data)
        assert pointer.size == 6
        assert pointers.encode(pointer) == data
    assert f"{pointers.MAX_BYTES:,} bytes" in page
    assert f"{pointers.MAX_SIZE:,}" in page
    assert pointers.FIRST_LINE.decode().rstrip() in page
    assert len(pointers.FIRST_LINE) == 50
    assert "135 bytes" in page


def test_numbers_in_the_other_pages_are_true():
    assert smudge.INLINE == 4 << 20
    assert "at most 4 MiB" in topics.page("filter")
    assert incoming.SPOOL == 4 << 20
    assert "above 4 MiB" in topics.page("filter")
    assert str(cache.SEAL_NS // 10**9) in topics.page("cache")
    assert layout.MARKER in topics.page("cache")
    assert layout.MARKER_TEXT.decode()[:24] in topics.page("stores")
    assert attributes.DRIVER == (b"filter=gitblob", b"diff=gitblob", b"merge=gitblob", b"-text")
    assert b" ".join(attributes.DRIVER).decode() in topics.page("attributes")
    assert attributes.line(b"*.csv", union=True).decode() in topics.page("attributes")
    assert attributes.line(b"*.jsonl", grows=True).decode() in topics.page("time-travel")
    assert change.READ_MAX == 1 << 30
    assert "1 GiB" in topics.page("time-travel")
    assert change.RAW_MAX == 1 << 20
    assert "up to 1 MiB" in topics.page("time-travel")
    assert push_check.ALLOWED in topics.page("clients")
    for suffix in merge.LINES:
        assert suffix in topics.page("attributes")
    for name in gitfile.NAMES:
        assert f"`{name.decode()}`" in topics.page("attributes")
    for name in attributes.REWRITERS:
        assert f"`{name}`" in topics.page("attributes")


def test_the_example_of_settings_is_valid(tmp_path):
    example = re.search(r"^    version: 1\n(?:    .*\n)+", topics.page("stores"), re.MULTILINE)[0]
    (tmp_path / settings.FILE).write_text(re.sub(r"^    ", "", example, flags=re.MULTILINE))
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    found = settings.load(str(tmp_path))
    assert found.stores_for("backup") == ("archive",)
    assert found.stores_for("origin") == ("team", "mirror")
    assert found.track_above == settings.TRACK_ABOVE == 10 << 20
