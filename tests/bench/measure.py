"""Run commands, timing them and sampling the memory of the whole process tree."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TOUCH = """import mmap, sys
memory = mmap.mmap(-1, int(sys.argv[1]))
if hasattr(mmap, "MADV_HUGEPAGE"):
    memory.madvise(mmap.MADV_HUGEPAGE)
memory[:: mmap.PAGESIZE] = bytes(len(range(0, len(memory), mmap.PAGESIZE)))
"""
CONFIG = """[user]
\tname = bench
\temail = bench@example.invalid
[init]
\tdefaultBranch = main
[gc]
\tauto = 0
[maintenance]
\tauto = false
[advice]
\tdetachedHead = false
[protocol "file"]
\tallow = always
"""


def environment(home: Path) -> dict[str, str]:
    """All that a measured program sees of the machine: a search path, and a home of its own."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CONFIG_HOME": f"{home}/.config",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "XDG_DATA_HOME": f"{home}/.local/share",
        "XDG_STATE_HOME": f"{home}/.local/state",
        "GIT_CONFIG_GLOBAL": f"{home}/.gitconfig",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


class Sampler(threading.Thread):
    """Polls a process tree: peak of the summed RSS and the peak of each kind of process, in KiB."""

    def __init__(self, pid: int, interval: float) -> None:
        super().__init__(daemon=True)
        self.pid, self.interval = pid, interval
        self.sum_rss = self.sum_anon = 0
        self.by_process: dict[str, int] = {}
        self.halt = threading.Event()

    def run(self) -> None:
        while not self.halt.is_set():
            self.look()
            self.halt.wait(self.interval)

    def look(self) -> None:
        rss = anon = 0
        todo = [self.pid]
        while todo:
            pid = todo.pop()
            todo += _children(pid)
            if memory := _memory(pid):
                label, one_rss, one_anon = memory
                rss, anon = rss + one_rss, anon + one_anon
                self.by_process[label] = max(self.by_process.get(label, 0), one_rss)
        self.sum_rss, self.sum_anon = max(self.sum_rss, rss), max(self.sum_anon, anon)


class Runner:
    """Runs commands in an isolated environment; a step adds up what its commands took.

    sample: seconds between two looks at the memory, 0 for none. Raises RuntimeError when a command fails.
    """

    def __init__(self, home: Path, log: Path, sample: float) -> None:
        self.home, self.sample = home, sample
        self.record: dict[str, Any] | None = None
        self.env = environment(home)
        home.mkdir(parents=True, exist_ok=True)
        (home / ".gitconfig").write_text(CONFIG)
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log.open("ab")

    def __call__(self, *argv: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
        words = [str(word) for word in argv]
        self.log.write(("$ " + " ".join(words) + "\n").encode())
        self.log.flush()
        start = time.perf_counter()
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        sampler = Sampler(process.pid, self.sample) if self.record is not None and self.sample else None
        if sampler:
            sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if sampler:
            sampler.halt.set()
            sampler.join()
        if self.record is not None:
            _add(self.record, wall, usage, sampler)
        if process.returncode:
            raise RuntimeError(f"exit {process.returncode}: {' '.join(words)} (see {self.log.name})")

    def step(self, function: Callable[..., None], *args: object) -> dict[str, Any]:
        """Run function, adding up its commands; before that, outside the time, dirty pages are flushed."""
        os.sync()
        self.record = {"wall": 0.0, "user": 0.0, "sys": 0.0, "max_process_mib": 0.0}
        try:
            function(*args)
            return self.record
        finally:
            self.record = None


def warm(mib: int) -> None:
    """Make the machine own this much free memory.

    A virtual machine gets its memory page by page when it first touches it, and gives back what it frees: there a copy
    of 2 GiB takes 0.5 s in memory that was touched a moment ago and 5 s in memory that was not.
    """
    subprocess.run([sys.executable, "-c", TOUCH, str(mib << 20)], check=True)


def disk_bytes(*paths: Path) -> int:
    """Allocated bytes below paths, each inode once."""
    seen, total = set(), 0
    for top in paths:
        for folder, _, names in os.walk(top):
            for name in [".", *names]:
                info = os.lstat(os.path.join(folder, name))
                if (info.st_dev, info.st_ino) not in seen:
                    seen.add((info.st_dev, info.st_ino))
                    total += info.st_blocks * 512
    return total


def _add(record: dict[str, Any], wall: float, usage: Any, sampler: Sampler | None) -> None:
    record["wall"] += wall
    record["user"] += usage.ru_utime
    record["sys"] += usage.ru_stime
    record["max_process_mib"] = max(record["max_process_mib"], usage.ru_maxrss / 1024)
    if sampler:
        record["sum_rss_mib"] = max(record.get("sum_rss_mib", 0), sampler.sum_rss / 1024)
        record["sum_anon_mib"] = max(record.get("sum_anon_mib", 0), sampler.sum_anon / 1024)
        kinds = record.setdefault("by_process", {})
        for label, rss in sampler.by_process.items():
            kinds[label] = max(kinds.get(label, 0), rss // 1024)


def _children(pid: int) -> list[int]:
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        return []
    return found


def _memory(pid: int) -> tuple[str, int, int] | None:
    """(label, rss, anonymous rss) of one process in KiB, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        with open(f"/proc/{pid}/cmdline") as file:
            argv = file.read().split("\0")
        rss = int(fields["VmRSS"].split()[0])
        anon = int(fields["RssAnon"].split()[0])
    except (OSError, KeyError, ValueError):
        return None
    words = [argv[0], *[word for word in argv[1:] if not word.startswith("-")][:1]]
    return " ".join(os.path.basename(word) for word in words)[:40], rss, anon
