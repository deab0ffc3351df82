from gitblob.cli import text


def test_an_ordinary_path_stays_as_it_is():
    assert text.quoted("data/été 1.csv") == "data/été 1.csv"


def test_a_path_with_control_characters_is_quoted_as_git_does_it():
    assert text.quoted('a\n\t\x1b[31m"b\\\udcff') == r'"a\n\t\033[31m\"b\\\377"'


def test_a_message_is_one_line():
    assert text.one_line("a\nhint: run me\x1b]0;x\x07") == r"a\nhint: run me\033]0;x\a"


def test_lines_are_kept_but_nothing_steers_the_terminal():
    assert text.visible("a\nb\x1b[2J\x9b1m") == "a\nb\\033[2J\\302\\2331m"
