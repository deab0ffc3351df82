"""Measure gitblob beside its peers, on the same data, in the same run; see README.md."""

from __future__ import annotations

import argparse
import filecmp
import os
import platform
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import adapters
import datagen
import handshake
import report
from measure import Runner, disk_bytes, environment, warm

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKOUT = Path(__file__).parents[2]
SAMPLE = {"W1": 0.02, "W2": 0.05, "W4": 0.0}  # seconds between two looks at the memory; looking costs a short step time
WARM = {"W1": 7168, "W2": 1024, "W4": 0}  # MiB of memory to own before a step that moves bytes
MOVES_BYTES = {"add", "push", "clone", "checkout", "cp"}
TIMES = {"status": 3, "add_noop": 3, "status_touched": 2, "switch": 4}


class Bench:
    """One peer on one workload, once: every step's record goes to the output file."""

    def __init__(self, args: argparse.Namespace, peer: str, workload: str, number: int) -> None:
        self.args, self.label = args, {"peer": peer, "workload": workload, "run": number}
        self.data = datagen.make(workload, args.work / "data", args.scale)
        self.top = Path(tempfile.mkdtemp(prefix=f"{peer}-", dir=args.work / "run"))
        log = args.work / "log" / f"{peer}.{workload}.log"
        self.runner = Runner(self.top / "home", log, SAMPLE[workload])
        self.peer = adapters.PEERS[peer](self.runner, self.top, args.prefix)
        self.repo = self.peer.repo

    def run(self) -> None:
        """All steps that this peer can do; a step that fails is recorded, and the next one tried."""
        workload = self.label["workload"]
        try:
            self.peer.setup("*.bin")
            if isinstance(self.peer, (adapters.Cp, adapters.Floor)):
                self.reference(workload)
            else:
                {"W1": self.w1, "W2": self.w2, "W4": self.w4}[workload]()
        except (RuntimeError, OSError) as error:
            self.write("aborted", {"failed": str(error)})
        if workload == "W1":
            shutil.rmtree(self.top)  # large and of few files; see `aside` for the others

    def write(self, step: str, record: dict[str, Any]) -> None:
        report.append(self.args.out, {**self.label, "step": step, **record})

    def step(self, name: str, function: Callable[..., None], *args: object) -> bool:
        if name in MOVES_BYTES and (mib := round(WARM[self.label["workload"]] * self.args.scale)):
            warm(mib)
        try:
            self.write(name, self.runner.step(function, *args))
        except RuntimeError as error:
            self.write(name, {"failed": str(error)})
            return False
        return True

    def check(self, step: str, verify: Callable[[Path], object], top: Path) -> None:
        """Wrong bytes make the step a failed one, however fast it was."""
        try:
            verify(top)
        except OSError as error:
            self.write(step, {"failed": str(error)})

    def aside(self, path: Path) -> None:
        """Out of the way, but not removed.

        For a minute ext4 gives no deleted inode to a new file and looks at each of them again for each new file: to
        make 10,000 files then takes ten times as long, for whoever comes next.
        """
        path.rename(self.top / f"aside-{len(os.listdir(self.top))}")

    def w1(self) -> None:
        """One large file."""
        put(self.data / "big.bin", self.repo / "big.bin")
        self.whole("big.bin", lambda top: same(self.data / "big.bin", top / "big.bin"))

    def w2(self) -> None:
        """Many small files, and what they cost when nothing, or little, changes."""
        base, other = self.data / "base", self.data / "other"
        files, changed = names(base), names(other)
        for name in files:
            put(base / name, self.repo / "data" / name)
        self.whole("data", lambda top: [same(base / name, top / "data" / name) for name in files])
        for step, function in (("status", self.peer.status), ("add_noop", self.peer.add_noop)):
            for _ in range(TIMES[step]):
                self.step(step, function)
        for _ in range(TIMES["status_touched"]):
            time.sleep(1.1)  # so that the index is newer than what it calls clean
            for name in files:
                os.utime(self.repo / "data" / name)
            self.step("status_touched", self.peer.status)
        self.switch(base, other, changed)

    def switch(self, base: Path, other: Path, changed: list[Path]) -> None:
        """To and fro between two branches that differ in `changed`."""
        self.peer.branch("other")
        for name in changed:
            put(other / name, self.repo / "data" / name)
        self.peer.add("data")
        self.peer.commit()
        for number in range(TIMES["switch"]):
            branch, top = [("main", base), ("other", other)][number % 2]
            if self.step("switch", self.peer.switch, branch):
                for name in changed[::50]:
                    same(top / name, self.repo / "data" / name)

    def w4(self) -> None:
        """One file of 2 MB at a time."""
        files = names(self.data)
        for name in files[10:]:
            put(self.data / name, self.repo / name)
            self.peer.add(str(name))
            self.peer.commit()
        for name in files[:10]:
            put(self.data / name, self.repo / name)
            self.step("add", self.peer.add, str(name))
            self.step("commit", self.peer.commit)
            self.aside(self.repo / name)
            if self.step("checkout", self.peer.checkout, str(name)):
                same(self.data / name, self.repo / name)
            self.step("status_after", self.peer.status)

    def whole(self, item: str, verify: Callable[[Path], object]) -> None:
        """From `git add` of this item to a clone of it, and back from the cache after it was deleted."""
        self.step("add", self.peer.add, item)
        self.step("commit", self.peer.commit)
        clone = self.top / "clone"
        if self.step("push", self.peer.push) and self.step("clone", self.peer.clone, clone):
            self.check("clone", verify, clone)
            self.write("disk_clone", {"bytes": disk_bytes(clone)})
        self.aside(self.repo / item)
        if self.step("checkout", self.peer.checkout, item):
            self.check("checkout", verify, self.repo)
        self.step("status_after", self.peer.status)
        both = disk_bytes(self.repo, self.peer.origin)
        self.write("disk", {"repo": disk_bytes(self.repo), "remote": self.peer.remote_bytes(), "both": both})

    def reference(self, workload: str) -> None:
        """What the others are compared with: `cp`, and `git add` through a filter that does almost nothing."""
        items = [Path("big.bin")] if workload == "W1" else [Path("data")] if workload == "W2" else names(self.data)[:10]
        for item in items:
            source = self.data / ("base" if workload == "W2" else item)
            for name in names(source) if source.is_dir() else [None]:
                put(source / name if name else source, self.repo / item / name if name else self.repo / item)
            if isinstance(self.peer, adapters.Cp):
                self.step("cp", self.peer.cp, str(item))
                self.aside(self.top / "copy")
            else:
                self.step("add", self.peer.add, str(item))


def names(top: Path) -> list[Path]:
    """All files below top, relative to it."""
    return sorted(path.relative_to(top) for path in top.rglob("*") if path.is_file())


def put(source: Path, target: Path) -> None:
    """Write these bytes to a file, in place if it is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def same(source: Path, target: Path) -> None:
    """Raises OSError when the bytes differ."""
    if not filecmp.cmp(source, target, shallow=False):
        raise OSError(f"{target} does not hold the bytes of {source}")


def greet(args: argparse.Namespace) -> None:
    """The handshake, in a repository with nothing in it."""
    home = args.work / "greet"
    subprocess.run(["git", "init", "-q", home / "repo"], check=True)
    python = str(args.prefix / "bin/python")
    programs = {
        "gitblob": [str(args.prefix / "bin/gitblob"), "filter-process"],
        "bare python": [python, "-c", handshake.BARE],
        "bare python -I -S": [python, "-I", "-S", "-c", handshake.BARE],
    }
    if shutil.which("git-lfs"):
        programs["git-lfs"] = ["git-lfs", "filter-process"]
    for label, times in handshake.measure(programs, home / "repo", environment(home)).items():
        report.append(args.out, {"peer": label, "workload": "handshake", "step": "handshake", **times})


def describe(args: argparse.Namespace) -> None:
    """Which programs and which machine the figures are of."""
    commands = {
        "git": ["git", "version"],
        "git-lfs": ["git-lfs", "version"],
        "gitblob": ["git", "-C", CHECKOUT, "describe", "--always", "--dirty"],
    }
    about = {"python": platform.python_version(), "machine": f"{os.cpu_count()} processors, {platform.system()}"}
    for name, command in commands.items():
        if shutil.which(str(command[0])):
            about[name] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    report.append(args.out, {"peer": "", "workload": "about", "step": "about", "scale": args.scale, **about})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work", type=Path, required=True, help="scratch folder for data, environment and repositories"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="JSON lines, appended to; report.py makes tables of them"
    )
    parser.add_argument("--prefix", type=Path, help="an environment that has gitblob (default: made of this checkout)")
    parser.add_argument("--peer", nargs="+", default=list(adapters.PEERS), choices=list(adapters.PEERS))
    parser.add_argument("--workload", nargs="*", default=list(datagen.MAKERS), choices=list(datagen.MAKERS))
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="of W1's bytes and W2's number of files")
    args = parser.parse_args()
    args.work = args.work.resolve()
    if args.prefix is None:
        args.prefix = args.work / "env"
        adapters.install(CHECKOUT, args.prefix)
    args.prefix = args.prefix.resolve()
    shutil.rmtree(args.work / "run", ignore_errors=True)
    (args.work / "run").mkdir()
    describe(args)
    greet(args)
    for workload in args.workload:
        for number in range(args.runs):
            for peer in args.peer:
                Bench(args, peer, workload, number).run()


if __name__ == "__main__":
    main()
