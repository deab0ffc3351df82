"""Edits keep what the user wrote."""

import os

import pytest
from inline_snapshot import snapshot

from gitblob import settings
from gitblob.errors import SettingsError
from gitblob.settings import edit
from gitblob.settings.places import Place

THEIRS = """\
# who to ask: the data team
version: 1   # of the format

metrics:
    - "loss.json"   # quoted on purpose
    - acc.json
stores:
    data: stores/blob   # here
remotes: {backup: data}
default: data
"""


@pytest.fixture
def top(tmp_path):
    return tmp_path


def text(top):
    return (top / ".gitblob.yaml").read_text()


def test_a_new_file(top):
    edit.add_store(str(top), "data", Place("stores/blob"), True)
    assert text(top) == snapshot("""\
# Settings of gitblob for everyone who has this repository; `gitblob help stores` explains them.
version: 1
stores:
  data: stores/blob
default: data
""")


def test_comments_order_and_indentation_stay(top):
    (top / ".gitblob.yaml").write_text(THEIRS)
    edit.add_store(str(top), "team", Place("/mnt/a place/with a very long name" + "/x" * 100), True)
    edit.track_above(str(top), "50MiB")
    changed = text(top).splitlines()
    for line in THEIRS.splitlines()[:-1]:
        assert line in changed
    assert [line for line in changed if line not in THEIRS.splitlines()] == [
        "    team: /mnt/a place/with a very long name" + "/x" * 100,
        "default: team",
        "track:",
        "    above: 50MiB",
    ]
    edit.remove_store(str(top), "team")
    assert settings.parse(text(top).encode(), "").stores == {"data": Place("stores/blob")}


def test_a_removed_store_is_nobody_s(top):
    (top / ".gitblob.yaml").write_text(THEIRS)
    edit.remove_store(str(top), "data")
    left = text(top)
    assert settings.parse(left.encode(), "") == settings.Settings()
    assert "loss.json" in left
    assert left.endswith("\n")


def test_a_file_of_comments(top):
    (top / ".gitblob.yaml").write_text("# to be filled\n")
    edit.add_store(str(top), "data", Place("a"), False)
    assert text(top) == "# to be filled\nstores:\n  data: a\n"


def test_a_name_that_yaml_would_take_for_something_else(top):
    edit.add_store(str(top), "1", Place("null"), True)
    edit.add_store(str(top), "on", Place("a: b # c"), False)
    assert settings.parse(text(top).encode(), "").stores == {"1": Place("null"), "on": Place("a: b # c")}


def test_an_invalid_file_is_left_alone(top):
    (top / ".gitblob.yaml").write_text("stores: {a: b}\nstores: {c: d}\n")
    with pytest.raises(SettingsError, match="twice"):
        edit.add_store(str(top), "x", Place("y"), False)
    assert text(top) == "stores: {a: b}\nstores: {c: d}\n"
    assert os.listdir(top) == [".gitblob.yaml"]


def test_an_edit_that_would_not_be_valid_is_not_written(top):
    with pytest.raises(SettingsError):
        edit.add_store(str(top), "x", Place("../y"), False)
    assert os.listdir(top) == []


def test_the_mode_stays(top):
    (top / ".gitblob.yaml").write_text(THEIRS)
    (top / ".gitblob.yaml").chmod(0o600)
    edit.track_above(str(top), "1 GB")
    assert (top / ".gitblob.yaml").stat().st_mode & 0o777 == 0o600


def test_track_above_is_a_size(top):
    with pytest.raises(SettingsError, match="is not a size"):
        settings.set_track_above(str(top), "big")
    settings.set_track_above(str(top), "2 GiB")
    assert settings.parse(text(top).encode(), "").track_above == 2 << 30
