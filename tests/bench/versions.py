"""`gitblob version` over many stubs: what it takes, cold (without its memory) and warm. See README.md.

python tests/bench/versions.py --work WORK [--stubs 100000] [--commits 1000] [--gitblob PROGRAM]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGED = 100  # stubs that each commit changes
FOLDERS = 100
STATES = 50  # of the commits so many change data, the others a README
DECLARED = """\
data:
  processed: {paths: [data/], config: "config.yaml:pipeline", seed: 7}
"""
MEMORY = Path(".git/gitblob/ml-1.sqlite")


def stub(number: int, generation: int) -> bytes:
    oid = hashlib.sha256(f"{number} {generation}".encode()).hexdigest()
    return f"# gitblob v1: run `gitblob pull` to get this file\noid: sha256:{oid}\nsize: {1000 + number}\n".encode()


def history(stubs: int, commits: int) -> Iterator[bytes]:
    """A stream for `git fast-import`: stubs in folders, then commits of which STATES change CHANGED stubs each."""
    yield from _commit(0, [(b".gitblob.yaml", DECLARED.encode()), (b"config.yaml", b"pipeline: {size: 224}\n")])
    for number in range(stubs):
        yield _file(*_stub(number, 0))
    every = max(commits // STATES, 1)
    for generation in range(1, commits):
        data = generation % every == 0
        changed = [(generation * CHANGED + n) % stubs for n in range(CHANGED)] if data else []
        yield from _commit(
            generation, [(b"README", str(generation).encode()), *(_stub(n, generation) for n in changed)]
        )


def _stub(number: int, generation: int) -> tuple[bytes, bytes]:
    return f"data/d{number % FOLDERS:02}/f{number:06}.bin".encode(), stub(number, generation)


def _commit(generation: int, files: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    yield b"commit refs/heads/main\ncommitter A <a@example.invalid> %d +0000\ndata 1\nx\n" % (
        1_700_000_000 + generation
    )
    yield from (_file(*file) for file in files)


def _file(path: bytes, data: bytes) -> bytes:
    return b"M 100644 inline %s\ndata %d\n%s\n" % (path, len(data), data)


def make(work: Path, stubs: int, commits: int) -> Path:
    """The repository, with a work tree of stubs. Its objects are packed, as a clone and `git gc` leave them."""
    repo = work / f"versions-{stubs}-{commits}"
    if not repo.exists():
        subprocess.run(["git", "init", "-q", "-b", "main", repo], check=True)
        with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=repo, stdin=subprocess.PIPE) as git:
            assert git.stdin
            for piece in history(stubs, commits):
                git.stdin.write(piece)
        subprocess.run(["git", "checkout", "-q", "main"], cwd=repo, check=True)
        subprocess.run(["git", "gc", "--quiet"], cwd=repo, check=True)
        subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=repo, check=False)
    return repo


def measure(repo: Path, gitblob: str, *words: str, cold: bool, times: int) -> dict[str, object]:
    walls = []
    for _ in range(times):
        if cold:
            for path in repo.glob(f"{MEMORY}*"):
                path.unlink()
        start = time.perf_counter()
        subprocess.run([gitblob, "version", *words], cwd=repo, check=True, capture_output=True)
        walls.append(time.perf_counter() - start)
    name = " ".join(words) or "(work tree)"
    return {"command": name, "cold": cold, "seconds": round(statistics.median(walls), 3), "best": round(min(walls), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--stubs", type=int, default=100_000)
    parser.add_argument("--commits", type=int, default=1_000)
    parser.add_argument("--gitblob", default=shutil.which("gitblob"))
    parser.add_argument("--times", type=int, default=3)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    repo = make(args.work, args.stubs, args.commits)
    shown = subprocess.run([args.gitblob, "version", "HEAD", "--json"], cwd=repo, check=True, capture_output=True)
    wanted = json.loads(shown.stdout)["data"]["processed"]["shown"]
    last = subprocess.run(
        ["git", "log", "-1", "--format=%H", "--", "data"], cwd=repo, check=True, capture_output=True, text=True
    ).stdout.strip()
    for words in (["HEAD"], [], ["explain", f"{last}~1", last], ["explain", f"{last}~1"], ["find", wanted]):
        for cold in (True, False):
            print(json.dumps(measure(repo, args.gitblob, *words, cold=cold, times=args.times)), flush=True)
    print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg()}))


if __name__ == "__main__":
    main()
