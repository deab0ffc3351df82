"""Milliseconds from the start of a filter process to its whole answer to git's greeting."""

from __future__ import annotations

import os
import subprocess
import time
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GREETING = b"0016git-filter-client\n000eversion=2\n0000"
OFFER = b"0015capability=clean\n0016capability=smudge\n0015capability=delay\n0000"
BARE = "import os; os.read(0, 65536); os.write(1, b'0000'); os.read(0, 65536); os.write(1, b'0000')"
TIMES = 30


def measure(programs: dict[str, list[str]], repo: Path, env: dict[str, str]) -> dict[str, dict[str, float]]:
    """For each program (label: argv, started in turn): min and median milliseconds of TIMES starts."""
    walls: dict[str, list[float]] = {label: [] for label in programs}
    for number in range(TIMES + 2):
        for label, argv in programs.items():
            wall = _once(argv, repo, env)
            if number >= 2:  # the first starts read the programs from disk
                walls[label].append(1000 * wall)
    return {label: {"min_ms": min(times), "median_ms": median(times)} for label, times in walls.items()}


def _once(argv: list[str], repo: Path, env: dict[str, str]) -> float:
    start = time.perf_counter()
    with subprocess.Popen(argv, cwd=repo, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin
        assert process.stdout
        for text in (GREETING, OFFER):
            process.stdin.write(text)
            answer = b""
            while not answer.endswith(b"0000"):
                piece = os.read(process.stdout.fileno(), 65536)
                if not piece:
                    raise RuntimeError(f"{' '.join(argv)} does not answer git's greeting")
                answer += piece
        wall = time.perf_counter() - start
        process.stdin.close()
    return wall
