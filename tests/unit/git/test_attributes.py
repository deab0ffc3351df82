"""Edits of .gitattributes leave every other byte alone; patterns survive being written and read."""

import pytest

from gitblob.git import attributes

LINE = b"*.bin filter=gitblob diff=gitblob merge=gitblob -text"


def test_line():
    assert attributes.line(b"*.bin") == LINE
    assert attributes.line(b"*.bin", ["ident", "eol"]) == LINE + b" !ident !eol"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", LINE + b"\n"),
        (b"# mine\n", b"# mine\n" + LINE + b"\n"),
        (b"*.txt text", b"*.txt text\n" + LINE + b"\n"),
        (b"*.txt text\r\n", b"*.txt text\r\n" + LINE + b"\r\n"),
        (b"a\r\nb", b"a\r\nb\r\n" + LINE + b"\r\n"),
        (b"*.bin text\n", b"*.bin text\n" + LINE + b"\n"),
        (b"*.bin filter=gitblob\nx y\n", LINE + b"\nx y\n"),
        (b"*.bin filter=lfs\r\nx y\r\n", LINE + b"\r\nx y\r\n"),
        (LINE + b"\n*.bin -filter\n", LINE + b"\n*.bin -filter\n" + LINE + b"\n"),
        (b"  " + LINE + b"  ", b"  " + LINE + b"  "),
    ],
)
def test_add_changes_one_line(before, after):
    assert attributes.add(before, LINE) == after
    assert attributes.add(after, LINE) == after


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"# c\n\n*.txt text\n",
        b"# c\r\n*.txt text\r\n",
        b"[attr]foo bar\n*.bin-2 foo\n",
        b"\xff\xfe filter=x\n",
        b"\n\n",
    ],
)
def test_remove_is_the_inverse_of_add(text):
    assert attributes.remove(attributes.add(text, LINE), b"*.bin") == text
    assert attributes.remove(text, b"*.bin") == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LINE + b" !eol\nx y", b"x y"),
        (b"\t" + LINE + b" linguist-vendored\r\nx y", b"\t*.bin linguist-vendored\r\nx y"),
        (b'"*.bin" filter=lfs diff=lfs merge=lfs -text\n', b""),
        (b"*.bin text\n# *.bin filter=gitblob\n", b"*.bin text\n# *.bin filter=gitblob\n"),
        (LINE + b"\n" + LINE + b"\n", b""),
    ],
)
def test_remove(before, after):
    assert attributes.remove(before, b"*.bin") == after


def test_rules_are_what_git_takes_for_rules():
    text = b'# c\n\n[attr]big filter=gitblob\n!x filter=gitblob\n *.a  filter=gitblob\t-text\r\n"b\\303\\274 \\"c\\"" text\n'
    assert attributes.rules(text) == [
        attributes.Rule(5, b"*.a", (b"filter=gitblob", b"-text")),
        attributes.Rule(6, b'b\xc3\xbc "c"', (b"text",)),
    ]
    assert [rule.tracks for rule in attributes.rules(text)] == [True, False]


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (b"*.csv", b"*.csv"),
        (b"a b.bin", b"a[[:space:]]b.bin"),
        (b"#a", b"\\#a"),
        (b"!a", b"\\!a"),
        (b'"a"', b'\\"a"'),
        (b"a#b!", b"a#b!"),
        ("ü.bin".encode(), "ü.bin".encode()),
    ],
)
def test_quoted(pattern, written):
    assert attributes.quoted(pattern) == written
    assert [rule.pattern for rule in attributes.rules(attributes.line(written))] == [written]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (b"*.csv", b"x.csv"),
        (b"data/**", b"data/x"),
        (b"**/deep/*.bin", b"x/deep/x.bin"),
        (b"/only[[:space:]]top", b"only top"),
        (b"[!a]?[]b]\\*", b"axb*"),
        (b"*", b"x"),
    ],
)
def test_sample(pattern, path):
    assert attributes.sample(pattern) == path
