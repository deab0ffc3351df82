"""Neither git nor the filter ever holds a file (git buffers whole smudge answers: see the filter's help page)."""

import os
import subprocess
import time
from pathlib import Path

SIZE = 300 << 20
LIMIT_MIB = 60


def peak_mib(repo, *argv):
    """The sum of the largest sizes of a git command and of every process below it, read from /proc as they run."""
    process = subprocess.Popen(["git", *argv], cwd=repo.path, env=repo.sandbox.env, stderr=subprocess.DEVNULL)
    peaks = {}
    while process.poll() is None:
        for pid in family(process.pid):
            peaks[pid] = max(peaks.get(pid, 0), high_water_kib(pid))
        time.sleep(0.005)
    assert process.returncode == 0
    return sum(peaks.values()) / 1024


def family(pid):
    """A process and those below it, without the pytest that a child still is between fork and exec."""
    parents = {}
    for entry in Path("/proc").iterdir():
        try:
            if (entry.name.isdigit() and os.readlink(entry / "exe") != os.readlink("/proc/self/exe")) or is_filter(
                entry
            ):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = [pid]
    for ancestor in found:
        found += [child for child, parent in parents.items() if parent == ancestor]
    return found


def is_filter(entry):
    """The filter runs in the same Python as pytest does."""
    return b"filter-process" in (entry / "cmdline").read_bytes()


def high_water_kib(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) if lines else 0


def test_add_checkout_push_and_clone_in_little_memory(repo, remote, tmp_path):
    with open(repo.path / "big.bin", "wb") as file:
        file.writelines(os.urandom(1 << 16) * 15 + n.to_bytes(8, "big") * 8192 for n in range(SIZE >> 20))
    assert peak_mib(repo, "add", "big.bin") < LIMIT_MIB
    assert peak_mib(repo, "commit", "-q", "-m", "big") < LIMIT_MIB
    assert peak_mib(repo, "push", "-q", "origin", "main") < LIMIT_MIB
    (repo.path / "big.bin").unlink()
    assert peak_mib(repo, "checkout", "--", "big.bin") < LIMIT_MIB
    assert peak_mib(repo, "clone", "-q", str(remote), str(tmp_path / "clone")) < LIMIT_MIB
    assert (tmp_path / "clone/big.bin").stat().st_size == (repo.path / "big.bin").stat().st_size
