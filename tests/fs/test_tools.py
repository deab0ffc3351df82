"""pandas, Arrow, DuckDB and Dask over gitblob://, the last two straight from an S3 store without a checkout."""

import gc
import os
import subprocess
import sys
import time

import duckdb
import fsspec
import numpy
import pandas
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest
from support.sandbox import Sandbox
from support.servers import rclone

from gitblob.api import repositories

ROWS = 200
PARTS = {1: 100, 2: 10}  # files in each version
LARGE_ROWS = 600_000


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """`rclone serve s3`."""
    with rclone.s3(tmp_path_factory.mktemp("rclone-s3")) as server:
        yield server


@pytest.fixture(scope="module")
def place(tmp_path_factory, s3):
    """A bare clone without content of two commits (v1, v2), whose blobs lie in a bucket alone; its path."""
    sandbox = Sandbox(tmp_path_factory.mktemp("tools"))
    sandbox.env.update(s3.environment)
    bucket = s3.bucket("tools")
    sandbox.run("gitblob", "install")
    repo = sandbox.repo()
    repo.gitblob("track", "*.csv", "*.parquet")
    repo.gitblob("store", "add", "team", f"s3://{bucket}/project", "--default", "--option", f"endpoint={s3.endpoint}")
    for version in (1, 2):
        repo.write("data/x.csv", "a,b\n" + f"{version},x\n" * 1000)
        (repo.path / "data/parts").mkdir(exist_ok=True)
        for part in (repo.path / "data/parts").iterdir():
            part.unlink()
        for number in range(PARTS[version]):
            rows = {"part": [number] * ROWS, "version": [version] * ROWS, "x": range(ROWS)}
            pyarrow.parquet.write_table(pyarrow.table(rows), repo.path / f"data/parts/{number:03}.parquet")
        repo.commit(f"version {version}")
        repo.git("tag", f"v{version}")
    random = numpy.random.default_rng(5)
    wide = {name: random.random(LARGE_ROWS) for name in ("a", "b", "c", "d")} | {"n": numpy.arange(LARGE_ROWS)}
    pyarrow.parquet.write_table(pyarrow.table(wide), repo.path / "data/wide.parquet", row_group_size=LARGE_ROWS // 10)
    repo.commit("large")
    repo.git("tag", "v3")
    origin = sandbox.bare()
    repo.git("remote", "add", "origin", str(origin))
    repo.git("push", "-q", "--tags", "origin", "main")
    assert not (origin / "gitblob").exists()
    repo.remove_worktree()
    return origin


@pytest.fixture
def options(place, s3, monkeypatch, sandbox):
    """storage_options of the clone, in which nothing has been fetched yet."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    approved = {"COUNT": "1", "KEY_0": "gitblob.trust", "VALUE_0": f"s3://tools @ {s3.endpoint}"}
    for name, value in approved.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    sandbox.run("git", "clone", "-q", "--bare", place, "clone.git")
    return {"repo": str(sandbox.root / "clone.git")}


def cached(options):
    """Blobs in the clone's cache, with their sizes."""
    folder = os.path.join(options["repo"], "gitblob")
    return {
        name: os.stat(os.path.join(place, name)).st_size
        for place, _, names in os.walk(folder)
        for name in names
        if len(name) == 62
    }


class Counted:
    """How many bytes were asked of the stores of a repository."""

    def __init__(self, repo):
        self.moved = 0
        self._stores = [self._watched(store) for store in repositories.opened(repo).stores()]

    def _watched(self, store):
        read, get = store.read, store.get

        def counting_read(blob, start, end):
            self.moved += end - start
            return read(blob, start, end)

        def counting_get(items, watch):
            items = list(items)
            self.moved += sum(blob.size for blob, _ in items)
            return get(items, watch)

        store.read, store.get = counting_read, counting_get
        return store


@pytest.mark.parametrize("version", [1, 2])
def test_pandas_reads_a_version(options, version):
    frame = pandas.read_csv("gitblob://data/x.csv", storage_options={**options, "rev": f"v{version}"})
    assert list(frame.columns) == ["a", "b"]
    assert len(frame) == 1000
    assert set(frame.a) == {version}
    assert len(cached(options)) == 1


def parts_of_files(options):
    return [name for name in os.listdir(f"{options['repo']}/gitblob/tmp") if name.startswith(".gitblob-tmp")]


def test_arrow_reads_a_data_set(options):
    fs = fsspec.filesystem("gitblob", **options, rev="v1")
    data = pyarrow.dataset.dataset("data/parts", filesystem=fs, format="parquet")
    assert len(data.files) == PARTS[1]
    table = data.to_table(filter=pyarrow.dataset.field("part") == 7)
    assert table.num_rows == ROWS
    assert set(table["version"].to_pylist()) == {1}
    assert data.count_rows() == PARTS[1] * ROWS


def test_one_column_of_a_large_file_moves_a_part_of_it(options):
    fs = fsspec.filesystem("gitblob", **options, rev="v3")
    counted = Counted(options["repo"])
    size = fs.size("data/wide.parquet")
    assert size > 16 << 20
    table = pyarrow.parquet.read_table("data/wide.parquet", columns=["b"], filesystem=fs)
    assert table.num_rows == LARGE_ROWS
    assert size / 10 < counted.moved < size / 3, counted.moved / size
    assert cached(options) == {}
    del table
    unfinished = parts_of_files(options)
    for _ in range(100):
        if unfinished:  # Arrow closes no file, and one of its threads may hold it a little longer
            gc.collect()
            time.sleep(0.1)
            unfinished = parts_of_files(options)
    assert not unfinished


def test_a_large_file_that_was_read_whole_is_verified_and_stays(options):
    fs = fsspec.filesystem("gitblob", **options, rev="v3")
    counted = Counted(options["repo"])
    size = fs.size("data/wide.parquet")
    table = pyarrow.parquet.read_table("data/wide.parquet", filesystem=fs)
    assert sum(table["n"].to_numpy()) == LARGE_ROWS * (LARGE_ROWS - 1) // 2
    with fs.open("data/wide.parquet") as file:
        for _ in iter(lambda: file.read(1 << 20), b""):
            pass
    assert list(cached(options).values()) == [size]
    moved = counted.moved
    assert moved <= size * 2
    assert pandas.read_parquet("gitblob://data/wide.parquet", storage_options={**options, "rev": "v3"}).shape == (
        LARGE_ROWS,
        5,
    )
    assert counted.moved == moved


@pytest.mark.parametrize("version", [1, 2])
def test_duckdb(options, version):
    with duckdb.connect() as connection:
        connection.register_filesystem(fsspec.filesystem("gitblob", **options, rev=f"v{version}"))
        query = "select count(*), min(version), max(version) from read_parquet('gitblob://data/parts/*.parquet')"
        assert connection.sql(query).fetchall() == [(PARTS[version] * ROWS, version, version)]
        assert connection.sql("select sum(a) from 'gitblob://data/x.csv'").fetchall() == [(1000 * version,)]


DASK = """
import sys
import dask
from dask.distributed import Client, LocalCluster
import dask.dataframe

def pid():
    import os
    return os.getpid()

if __name__ == "__main__":
    dask.config.set({"distributed.worker.multiprocessing-method": "spawn"})
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, Client(cluster) as client:
        frame = dask.dataframe.read_parquet("gitblob://data/parts/*.parquet", storage_options={"repo": sys.argv[1], "rev": "v1"})
        assert frame.npartitions >= 2, frame.npartitions
        rows, version, part = dask.compute(frame.x.count(), frame.version.max(), frame.part.sum())
        print(rows, version, part)
        print(len(set(client.run(pid).values())))
"""


def test_a_dask_cluster_of_two_processes(options, tmp_path):
    (tmp_path / "program.py").write_text(DASK)
    done = subprocess.run(
        [sys.executable, tmp_path / "program.py", options["repo"]],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{PARTS[1] * ROWS} 1 {ROWS * sum(range(PARTS[1]))}", "2"]
    assert len(cached(options)) == PARTS[1]
