"""What format 1 wrote is read for ever. The files beside this one are frozen: never made anew."""

import shutil
from pathlib import Path

from gitblob import journal
from gitblob.model import layout, pointer
from gitblob.model.pointer import Pointer
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.base import Blob

FROZEN = Path(__file__).parent / "v1"
SECOND = b"id,tag\n1,vision\n2,text\n"


def test_the_pointer():
    data = (FROZEN / "pointer.txt").read_bytes()
    value = pointer.decode(data)
    assert value == Pointer(
        layout.oid_at("8a/dd3d29345ad74118cd0f2a2c41b759393084a8b6b02bbd85ceaca96fc69c30"), len(SECOND)
    )
    assert pointer.encode(value) == data


def test_the_git_lfs_pointer():
    data = (FROZEN / "lfs-pointer.txt").read_bytes()
    value = pointer.decode(data)
    assert (value.size, value.lfs) == (266992, True)
    assert pointer.encode(value) == data


def test_the_journal(tmp_path):
    (tmp_path / "journal").mkdir()
    shutil.copy(FROZEN / "journal", tmp_path / "journal" / "123-0")
    (entries,) = journal.read(str(tmp_path)).values()
    stub = (FROZEN / "pointer.txt").read_bytes()
    assert [(entry.path, entry.stub) for entry in entries] == [(b"d/a.csv", stub), (b"odd\nname.csv", stub)]


def test_the_store():
    assert (FROZEN / "store" / layout.MARKER).read_bytes() == layout.MARKER_TEXT
    store = registry.open("frozen", str(FROZEN / "store"), Access())
    value = pointer.decode((FROZEN / "pointer.txt").read_bytes())
    assert store.missing([Blob(value.oid, value.size)]) == set()
    assert len(list(store.blobs())) == 3


def test_a_repository_with_its_store_settings_and_rules(installed):
    repo = installed.clone(FROZEN / "repository.bundle", "clone", "-b", "main")
    assert repo.read("a.csv") == (FROZEN / "pointer.txt").read_bytes()
    shutil.copytree(FROZEN / "store", repo.path / "stores" / "blob")
    repo.gitblob("pull")
    assert (repo.read("a.csv"), repo.read("odd name.csv"), repo.read("empty.csv")) == (SECOND, b"x,y\n0,1\n", b"")
    repo.git("checkout", "-q", "HEAD~1")
    assert repo.read("a.csv") == b"id,tag\n1,vision\n"
    assert repo.gitblob("fsck", "--store", "frozen").stdout == ""
