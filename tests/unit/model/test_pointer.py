"""The pointer's one canonical encoding, and what is refused."""

import pytest

from gitblob.errors import PointerError
from gitblob.model import oid, pointer
from gitblob.model.oid import Oid
from gitblob.model.pointer import Pointer

DIGITS = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
TEXT = f"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:{DIGITS}\nsize: 266992\n".encode()
LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{DIGITS}\nsize 266992\n".encode()


def test_decode_and_encode_are_the_identity():
    for text, lfs in ((TEXT, False), (LFS, True)):
        value = pointer.decode(text)
        assert value == Pointer(Oid(DIGITS), 266992, lfs)
        assert pointer.encode(value) == text


EXTENDED = LFS.replace(b"oid", b"ext-0-case sha256:" + b"ab" * 32 + b"\next-3-Other_1 sha256:" + b"cd" * 32 + b"\noid")


def test_a_git_lfs_pointer_keeps_the_lines_of_its_extensions():
    value = pointer.decode(EXTENDED)
    assert (value.oid, value.size, value.lfs) == (Oid(DIGITS), 266992, True)
    assert value.extensions.startswith(b"ext-0-case sha256:abab")
    assert value != pointer.decode(LFS)
    assert pointer.encode(value) == EXTENDED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ext-3", b"ext-0"),
        (b"ext-0", b"ext-4"),
        (b"ext-0-case", b"ext-0-"),
        (b"ext-0-case", b"ext-a-case"),
        (b"ext-0-case", b"ext-10-case"),
        (b"ext-0-case sha256", b"ext-0-case md5"),
        (b"ext-0-case sha256:ab", b"ext-0-case sha256:"),
        (b"ext-0", b"alt-0"),
    ],
)
def test_a_malformed_extension_is_an_error(old, new):
    with pytest.raises(PointerError, match="malformed pointer"):
        pointer.decode(EXTENDED.replace(old, new))


def test_gitblobs_own_pointers_have_no_extensions():
    with pytest.raises(PointerError):
        pointer.decode(TEXT.replace(b"oid:", b"ext-0-case sha256:" + b"ab" * 32 + b"\noid:"))


def test_autocrlf_does_not_hide_a_pointer():
    assert pointer.decode(TEXT.replace(b"\n", b"\r\n")) == pointer.decode(TEXT)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"id,tag\n1,a\n",
        b"# gitblob",
        b"# gitblob vs others\n",
        b"# gitblob v2 is out\n",
        TEXT + b"x" * 1024,
        b"\0" * 100,
    ],
)
def test_content_is_not_a_pointer(content):
    assert pointer.decode(content) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b" v1:", b" v2:"),
        (b"sha256:4d", b"sha256:4D"),
        (b"sha256:", b"sha512:"),
        (b"sha256:4d7a", b"sha256:../../"),
        (b"93\nsize", b"\nsize"),
        (b"266992", b"-1"),
        (b"266992", b"0266992"),
        (b"266992", b"9223372036854775808"),
        (b"266992", b"9" * 400),
        (b"266992", b""),
        (b"size: 266992\n", b""),
        (b"266992\n", b"266992"),
        (b"266992\n", b"266992\nx"),
        (b"oid: sha256", b"path: ../x\noid: sha256"),
    ],
)
def test_a_malformed_pointer_is_an_error_never_content(old, new):
    assert old in TEXT
    with pytest.raises(PointerError):
        pointer.decode(TEXT.replace(old, new, 1))


def test_the_first_line_stays_below_half_of_a_pointer():
    """Else Git's rename detection takes any two pointers for similar."""
    assert len(pointer.FIRST_LINE) < len(TEXT) / 2


def test_an_oid_is_parsed_from_its_one_spelling():
    assert oid.parse(f"sha256:{DIGITS}").text == f"sha256:{DIGITS}"
    for text in (DIGITS, f"sha256:{DIGITS[:-1]}", f"sha256:{DIGITS.upper()}", f"SHA256:{DIGITS}", "sha256:" + "/" * 64):
        with pytest.raises(ValueError, match="not an oid"):
            oid.parse(text)


def test_a_key_is_an_oid_and_nothing_else_is():
    assert oid.from_key(Oid(DIGITS).key) == DIGITS
    assert oid.from_key(DIGITS) is None
    assert oid.from_key("4d/../" + DIGITS) is None
