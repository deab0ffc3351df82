"""What is remembered is expendable at any moment, and never in the way."""

import os
import sqlite3
import threading

import pytest

from gitblob.ml import memory


@pytest.fixture
def kept(tmp_path):
    return memory.open(str(tmp_path / "cache"))


def test_what_is_put_is_there(kept, tmp_path):
    assert kept.get("kind", "a") is None
    kept.put_many("kind", {"a": b"1", "b": b"\0\xff"})
    kept.put("other", "a", b"2")
    kept.put("kind", "a", b"3")
    assert kept.get_many("kind", ["a", "b", "c", "a"]) == {"a": b"3", "b": b"\0\xff"}
    assert memory.open(str(tmp_path / "cache")).get("other", "a") == b"2"


def test_many_keys_and_odd_ones(kept):
    values = {f"{n}\udce9\ud800\0ü": str(n).encode() for n in range(2000)}
    kept.put_many("kind", values)
    assert kept.get_many("kind", values) == values


@pytest.mark.parametrize("damage", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_counts_as_empty_and_is_made_anew(kept, tmp_path, damage):
    kept.put("kind", "a", b"1")
    (tmp_path / "cache" / memory.FILE).write_bytes(damage)
    assert kept.get("kind", "a") is None
    kept.put("kind", "a", b"2")
    assert kept.get("kind", "a") == b"2"


def test_a_file_with_another_table(kept, tmp_path):
    (tmp_path / "cache").mkdir()
    with sqlite3.connect(tmp_path / "cache" / memory.FILE) as other:
        other.execute("CREATE TABLE memory (x)")
    other.close()
    assert kept.get("kind", "a") is None
    kept.put("kind", "a", b"1")


def test_what_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    kept = memory.open(str(tmp_path / "file" / "cache"))
    kept.put("kind", "a", b"1")
    assert kept.get("kind", "a") is None


def test_a_directory_in_its_place(kept, tmp_path):
    (tmp_path / "cache" / memory.FILE).mkdir(parents=True)
    kept.put("kind", "a", b"1")
    assert kept.get("kind", "a") is None


def test_a_locked_file(kept, tmp_path, monkeypatch):
    kept.put("kind", "a", b"1")
    monkeypatch.setattr(memory, "PATIENCE", 0.01)
    other = sqlite3.connect(tmp_path / "cache" / memory.FILE)
    other.execute("BEGIN EXCLUSIVE")
    kept.put("kind", "a", b"2")
    assert kept.get("kind", "a") is None
    other.rollback()
    other.close()
    assert kept.get("kind", "a") == b"1"


def test_it_does_not_grow_for_ever(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "MOST", 100_000)
    for n in range(8):
        kept.put("kind", str(n), os.urandom(50_000))
    assert (tmp_path / "cache" / memory.FILE).stat().st_size < 250_000


def test_writers_side_by_side(kept):
    threads = [
        threading.Thread(target=kept.put_many, args=("kind", {f"{n} {m}": b"x" for m in range(50)})) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.get_many("kind", [f"{n} {m}" for n in range(8) for m in range(50)])) == 400
