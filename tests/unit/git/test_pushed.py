import pytest

from gitblob.errors import HookError
from gitblob.git import pushed

ONE, TWO, NONE = "1" * 40, "a" * 40, "0" * 40
LONG = "b" * 64


@pytest.mark.parametrize(
    ("data", "refs"),
    [
        (b"", []),
        (f"refs/heads/main {ONE} refs/heads/main {NONE}\n".encode(), [("refs/heads/main", ONE, "refs/heads/main", NONE)]),
        (f"(delete) {NONE} refs/heads/old {TWO}\n".encode(), [("(delete)", NONE, "refs/heads/old", TWO)]),
        (f"HEAD~1 {LONG} refs/heads/x {LONG}\n".encode(), [("HEAD~1", LONG, "refs/heads/x", LONG)]),
        (f":/fix the bug {ONE} refs/x {TWO}\n".encode(), [(":/fix the bug", ONE, "refs/x", TWO)]),
        (f"refs/heads/caf\udce9 {ONE} refs/heads/y {TWO}\n".encode(errors="surrogateescape"), [("refs/heads/caf\udce9", ONE, "refs/heads/y", TWO)]),
        (f"a {ONE} b {TWO}\nc {TWO} d {ONE}\n".encode(), [("a", ONE, "b", TWO), ("c", TWO, "d", ONE)]),
    ],
)  # fmt: skip
def test_lines_are_split_from_the_right(data, refs):
    assert pushed.parse(data) == refs


@pytest.mark.parametrize(
    "data", [b"main\n", b"a b c d\n", f"a {ONE} b {ONE[:-1]}\n".encode(), f"{ONE} b {TWO}\n".encode()]
)
def test_anything_else_is_an_error(data):
    with pytest.raises(HookError):
        pushed.parse(data)
