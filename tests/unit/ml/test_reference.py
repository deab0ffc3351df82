"""What names a file, or a value in it."""

import pytest

from gitblob.errors import SettingsError
from gitblob.ml import reference
from gitblob.ml.reference import Reference


@pytest.mark.parametrize(
    ("text", "path", "key"),
    [
        ("config/a.yaml", "config/a.yaml", ()),
        ("config/a.yaml:optimizer.lr", "config/a.yaml", ("optimizer", "lr")),
        ("a:b", "a", ("b",)),
        ("a b/ü.json:x-y", "a b/ü.json", ("x-y",)),
        ("..a/b..", "..a/b..", ()),
        (".github/x", ".github/x", ()),
    ],
)
def test_what_is_one(text, path, key):
    found = reference.parse(text)
    assert found == Reference(path, key)
    assert str(found) == text


@pytest.mark.parametrize(
    "text",
    ["", ":a", "a:", "a:b.", "a:.b", "/etc/passwd", "../x", "a/../b", "a/..", "./a", "a//b", ".git/config", "a/.GIT/b",
     "C:/x", "C:\\x", "a\\b", "a\0b", "a\nb", "a\x7f"],
)  # fmt: skip
def test_what_is_none(text):
    with pytest.raises(SettingsError):
        reference.parse(text)


def test_a_folder():
    assert reference.inside("data/processed/") == "data/processed"
