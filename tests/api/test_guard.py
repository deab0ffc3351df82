"""gitblob.guard: a clear error where a pointer stands in for data."""

import json
import os
import pickle
import stat

import pytest

import gitblob
from gitblob.errors import BlobMissing

STUB = b"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:%064d\nsize: 1234567\n" % 0


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models/my model.pkl").write_bytes(STUB)
    (tmp_path / "good.pkl").write_bytes(pickle.dumps([1, 2]))
    return tmp_path


def test_it_names_the_file_its_size_and_what_to_type(here):
    with pytest.raises(BlobMissing) as caught:
        gitblob.guard("models/my model.pkl")
    assert str(caught.value) == "models/my model.pkl is not here: a pointer stands in for its 1,234,567 bytes"
    assert caught.value.hint == "`gitblob pull 'models/my model.pkl'` brings the content"


def test_folders_and_many_files(here):
    for name in "abcd":
        (here / "models" / name).write_bytes(STUB)
    with pytest.raises(BlobMissing, match=r"models/a \(and 4 more\)") as caught:
        gitblob.guard(["good.pkl", here.joinpath("models").relative_to(here)])
    assert caught.value.hint == "`gitblob pull` brings the content"
    with pytest.raises(FileNotFoundError):
        gitblob.guard("absent")
    os.mknod(here / "pipe", stat.S_IFSOCK)  # a pipe would be waited for, this one be an error
    gitblob.guard("pipe")
    gitblob.guard("good.pkl")
    gitblob.guard([])


def test_a_block(here):
    with gitblob.guard("good.pkl"), open("good.pkl", "rb") as file:
        assert pickle.load(file) == [1, 2]
    with pytest.raises(pickle.UnpicklingError), gitblob.guard("good.pkl"):
        pickle.loads(b"x")
    guarded = gitblob.guard("good.pkl")
    (here / "good.pkl").write_bytes(STUB)  # somebody has switched branches meanwhile
    with pytest.raises(BlobMissing) as caught, guarded:
        pickle.loads((here / "good.pkl").read_bytes())
    assert isinstance(caught.value.__cause__, pickle.UnpicklingError)


def test_a_function_looks_at_its_arguments(here):
    load = gitblob.guard(pickle.load)
    with open("good.pkl", "rb") as file:
        assert load(file) == [1, 2]
    with pytest.raises(BlobMissing, match=r"my model\.pkl"), open("models/my model.pkl", "rb") as file:
        load(file)

    @gitblob.guard
    def parse(path, *, other=None, what=b""):
        """Doc."""
        return json.loads(path)

    assert parse.__doc__ == "Doc."
    assert parse("[1]", what=b"\0") == [1]
    with pytest.raises(BlobMissing):
        parse("[1]", other=here / "models" / "my model.pkl")
