"""What a team types, with one S3 server (`rclone serve s3`) on loopback: gitblob, DVC and opendal alone.

    python tests/bench/team.py [--large 1024] [--count 5000] [--repeat 2] [--dvc FOLDER/bin/dvc] [--place /dev/shm]

gitblob: `git push` to a bare repository with the store in the bucket, `git clone` with all files. dvc: `dvc push`, and
`dvc pull` in a new clone (DVC needs `dvc[s3]`; without --dvc it is left out). opendal: see stores.py. Seconds of wall,
the shortest of all repetitions, and the ratio to opendal; server folders are in memory.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import stores  # noqa: E402 this is a program of its own
from support.sandbox import Sandbox  # noqa: E402
from support.servers import rclone  # noqa: E402

SMALL, MIB = stores.SMALL, stores.MIB


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", type=int, default=1024)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--dvc")
    parser.add_argument("--place", default="/dev/shm")
    args = parser.parse_args()
    for title, large, count in ((f"1 file of {args.large} MiB", args.large, 1), (f"{args.count} files", 0, args.count)):
        best = {}
        for _ in range(args.repeat):
            for who in ("opendal", "gitblob", *(["dvc"] if args.dvc else [])):
                for what, seconds in measured(args, who, large, count):
                    best.setdefault((what, who), []).append(seconds)
        for what in ("up", "down"):
            alone = min(best[what, "opendal"])
            row = (
                f"{who} {min(best[what, who]):.2f} s ({min(best[what, who]) / alone:.2f})"
                for w, who in best
                if w == what
            )
            print(f"{title} {what}: {', '.join(row)}", flush=True)


def measured(args, who, large, count):
    """(what, seconds) with a server and folders of their own."""
    with tempfile.TemporaryDirectory(dir=args.place) as name, rclone.s3(Path(name)) as server:
        os.environ.update(server.environment)
        if who == "opendal":
            for what in ("up", "down"):
                run = {"endpoint": server.endpoint, "concurrency": None, "who": who, "what": what}
                yield what, stores.once(server, Path(name), {**run, "large": large, "count": count}, "bench")["seconds"]
            return
        sandbox = Sandbox(Path(name))
        sandbox.env.update(server.environment)
        server.bucket("bench")
        yield from (gitblob if who == "gitblob" else dvc)(sandbox, server, large, count, args.dvc)


def fill(repo, large, count):
    (repo.path / "data").mkdir()
    for number in range(count):
        with open(repo.path / f"data/{number}.bin", "wb") as file:
            file.writelines(os.urandom(size) for size in [MIB] * large or [SMALL])


def timed(sandbox, cwd, *argv):
    begin = time.perf_counter()
    sandbox.run(*argv, cwd=cwd, timeout=600)
    return time.perf_counter() - begin


def gitblob(sandbox, server, large, count, _):
    sandbox.run("gitblob", "install")
    repo, origin = sandbox.repo(), sandbox.bare()
    repo.gitblob("track", "*.bin")
    repo.gitblob("store", "add", "team", "s3://bench/project", "--default", "--option", f"endpoint={server.endpoint}")
    fill(repo, large, count)
    repo.commit("data")
    repo.git("remote", "add", "origin", str(origin))
    yield "up", timed(sandbox, repo.path, "git", "push", "-q", "origin", "main")
    shutil.rmtree(repo.path)
    begin = time.perf_counter()
    clone = sandbox.clone(origin)
    clone.gitblob("pull")
    yield "down", time.perf_counter() - begin
    seen = [path.stat().st_size for path in (clone.path / "data").iterdir()]
    assert seen == [large * MIB or SMALL] * count


def dvc(sandbox, server, large, count, program):
    repo = sandbox.repo()
    sandbox.env["DVC_NO_ANALYTICS"] = "1"
    for line in (
        "init -q",
        "remote add -d team s3://bench/project",
        f"remote modify team endpointurl {server.endpoint}",
        "remote modify team region us-east-1",
    ):
        sandbox.run(program, *line.split(), cwd=repo.path)
    fill(repo, large, count)
    sandbox.run(program, "add", "-q", "data", cwd=repo.path, timeout=600)
    repo.commit("data")
    yield "up", timed(sandbox, repo.path, program, "push", "-q")
    clone = sandbox.clone(repo.path)
    yield "down", timed(sandbox, clone.path, program, "pull", "-q")
    seen = [path.stat().st_size for path in (clone.path / "data").iterdir()]
    assert seen == [large * MIB or SMALL] * count


if __name__ == "__main__":
    main()
