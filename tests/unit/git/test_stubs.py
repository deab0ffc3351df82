"""Pointers among small blobs, as git prints them, beside what the decoder says."""

import subprocess

import pytest

from gitblob.git import history, stubs
from gitblob.model.pointer import Pointer

OID = "5" * 64
STUB = f"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:{OID}\nsize: %s\n"
BLOBS = [
    STUB % 0,
    STUB % 7,
    STUB % (10**18 - 1),
    STUB % (2**63 - 1),
    STUB % "07",
    STUB % 7 + "\n",
    (STUB % 7).replace("\n", "\r\n"),
    STUB.replace("5", "F") % 7,
    f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 3\n",
    "",
    "\n",
    "x,y\n1,2\n",
    f"{'a' * 40} blob 135\n{STUB % 9}\n",
    f"\n{'a' * 40} blob 135\n{STUB % 9}",
    "#" * 1024,
]


@pytest.mark.parametrize("at_once", [1, 2, 1000])
@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_they_are_those_that_the_decoder_finds(tmp_path, monkeypatch, at_once, kind):
    monkeypatch.setattr(stubs, "AT_ONCE", at_once)
    subprocess.run(["git", "init", "-q", f"--object-format={kind}", tmp_path], check=True)
    paths = []
    for number, text in enumerate(BLOBS):
        (tmp_path / str(number)).write_bytes(text.encode())
        paths.append(str(number))
    query = ["git", "hash-object", "-w", "--no-filters", *paths]
    names = subprocess.run(query, cwd=tmp_path, check=True, capture_output=True).stdout.split()
    absent = b"1" * len(names[0])
    found = stubs.of([names[1], *names, absent, *names], str(tmp_path))
    kinds = history.classify(names, str(tmp_path))
    expected = {name: kind for name, kind in kinds.items() if isinstance(kind, Pointer) and not kind.lfs}
    quick = {name: (kind.oid.text, kind.size) for name, kind in expected.items() if found.get(name)}
    assert found == quick
    assert {BLOBS[names.index(name)] for name in expected} - {BLOBS[names.index(name)] for name in found} == {
        BLOBS[3],
        BLOBS[6],
    }


def test_nothing(tmp_path):
    assert stubs.of([], str(tmp_path)) == {}
