"""Replacing one file while others write to it."""

import os

import pytest

from gitblob import filesystem, materialise
from gitblob.cache import Cache
from gitblob.git.repository import Repository
from gitblob.model import pointer
from gitblob.model.pointer import Pointer
from gitblob.stub import Stub

CONTENT = b"content of the blob"


@pytest.fixture
def place(tmp_path):
    """A repository, a stub in its work tree, the path of its blob, the path of the file."""
    top = tmp_path / "repo"
    (top / ".git").mkdir(parents=True)
    repository = Repository(str(top), str(top / ".git"), str(top / ".git"), str(top / ".git/index"))
    cache = Cache(repository.cache_root)
    value = Pointer(cache.put(CONTENT), len(CONTENT))
    path = top / "a.bin"
    path.write_bytes(pointer.encode(value))
    return repository, Stub(b"a.bin", pointer.encode(value), value), cache.path(value.oid), path


def test_the_stub_becomes_content_with_its_own_mode_and_time(place):
    repository, stub, blob, path = place
    path.chmod(0o755)
    before = path.stat()
    info = materialise.replace(repository, stub, blob)
    assert path.read_bytes() == CONTENT
    assert (info.st_mode & 0o777, info.st_mtime_ns, info.st_size) == (0o755, before.st_mtime_ns, len(CONTENT))


def test_a_file_saved_before_is_kept(place):
    repository, stub, blob, path = place
    path.write_bytes(b"saved by the user")
    assert materialise.replace(repository, stub, blob) is None
    assert path.read_bytes() == b"saved by the user"


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_file_saved_while_the_blob_is_copied_is_kept(place, monkeypatch, can_exchange):
    repository, stub, blob, path = place
    copy, exchange = filesystem.copy, filesystem.exchange

    def copy_and_save(*args):
        copy(*args)
        path.write_bytes(b"saved by the user")

    monkeypatch.setattr(filesystem, "copy", copy_and_save)
    monkeypatch.setattr(filesystem, "exchange", exchange if can_exchange else lambda *_: False)
    assert materialise.replace(repository, stub, blob) is None
    assert path.read_bytes() == b"saved by the user"


def test_an_edit_right_after_the_exchange_is_not_called_up_to_date(place, monkeypatch):
    """A stat taken later would tell git that the edited file is what it knows."""
    repository, stub, blob, path = place
    exchange = filesystem.exchange

    def exchange_and_edit(*args):
        done = exchange(*args)
        with open(path, "r+b") as file:
            file.write(b"USER EDIT")
        return done

    monkeypatch.setattr(filesystem, "exchange", exchange_and_edit)
    assert materialise.replace(repository, stub, blob) is None
    assert path.read_bytes() == b"USER EDIT" + CONTENT[9:]


def test_nothing_is_written_behind_a_link(place, tmp_path):
    repository, stub, blob, path = place
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.bin").write_bytes(stub.data)
    os.symlink(outside, path.parent / "d")
    assert materialise.replace(repository, Stub(b"d/a.bin", stub.data, stub.pointer), blob) is None
    assert materialise.standing(repository.worktree, b"d/a.bin") is None
    assert (outside / "a.bin").read_bytes() == stub.data
