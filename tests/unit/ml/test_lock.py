"""The lines of .gitblob.lock."""

import subprocess

import pytest

from gitblob.errors import GitblobError
from gitblob.ml import lock

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def test_lines():
    locked, wrong = lock.parse(f"# a comment\nimage v2.1 {A}\n\ntext 1.0 {B}\r\nimage v2.1 {A}".encode())
    assert [one[:3] for one in locked] == [("image", "v2.1", A), ("text", "1.0", B)]
    assert [one.line for one in locked] == [2, 4]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            f"image v1 {A}\n<<<<<<< HEAD\nimage v2 {A}\n=======\nimage v3 {A}\n>>>>>>> side\n",
            [2, 4, 6],
            "a conflict was left",
        ),
        ("image v1\n", [1], "here belongs"),
        (f"image v1 {A} more\n", [1], "here belongs"),
        ("image v1 sha256:12\n", [1], "here belongs"),
        (f"im/age v1 {A}\n", [1], "here belongs"),
        ("\xff\xfe", [1], "here belongs"),
    ],
)
def test_what_is_no_line(text, line, said):
    _, wrong = lock.parse(text.encode("latin-1"))
    assert [one.line for one in wrong] == line
    assert all(said in one.reason for one in wrong)


@pytest.fixture
def top(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def test_lines_are_added_and_nothing_else_is_touched(top):
    assert lock.append(str(top), []) == []
    assert not (top / lock.FILE).exists()
    (top / ".gitattributes").write_bytes(b"*.bin filter=gitblob")
    (top / lock.FILE).write_text(f"# mine\nimage v1 {A}")
    assert lock.append(str(top), [("image", "v2", B), ("text", "v1", A)]) == [lock.FILE, ".gitattributes"]
    assert (top / lock.FILE).read_text() == f"# mine\nimage v1 {A}\nimage v2 {B}\ntext v1 {A}\n"
    assert (top / ".gitattributes").read_text() == f"*.bin filter=gitblob\n{lock.RULE}\n"
    assert lock.is_merged(str(top))
    assert lock.append(str(top), [("text", "v2", B)]) == [lock.FILE]


def test_a_rule_of_the_users_own_is_enough_and_a_lost_one_is_written_again(top):
    (top / ".gitattributes").write_text("*.lock merge=union\n")
    assert lock.append(str(top), [("text", "v2", B)]) == [lock.FILE]
    (top / ".gitattributes").write_text(f"{lock.RULE}\n.git* !merge\n")
    assert lock.append(str(top), [("text", "v3", B)]) == [lock.FILE, ".gitattributes"]
    assert lock.is_merged(str(top))


def test_never_through_a_link(top):
    (top / "elsewhere").write_text("")
    (top / lock.FILE).symlink_to("elsewhere")
    with pytest.raises(GitblobError, match="symbolic link"):
        lock.append(str(top), [("image", "v2", B)])
    assert (top / "elsewhere").read_text() == ""
