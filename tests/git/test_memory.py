"""Neither git nor the filter ever holds a file (git buffers whole smudge answers: see the filter's help page)."""

import os
import subprocess
import time
from pathlib import Path

SIZE = 300 << 20
LIMIT_MIB = 60


def peak_mib(repo, *argv):
    """The largest sum, over time, of a git command and every process below it; shared pages count once (Pss)."""
    process = subprocess.Popen(["git", *argv], cwd=repo.path, env=repo.sandbox.env, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(proportional_kib, family(process.pid))))
        time.sleep(0.005)
    assert process.returncode == 0
    return peak / 1024


def family(pid):
    """A process and those below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = [pid]
    for ancestor in found:
        found += [child for child, parent in parents.items() if parent == ancestor]
    return found


def proportional_kib(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    sizes = [line for line in lines if line.startswith("Pss:")]
    return int(sizes[0].split()[1]) if sizes else 0


def test_add_checkout_push_and_clone_in_little_memory(repo, remote, tmp_path):
    with open(repo.path / "big.bin", "wb") as file:
        file.writelines(os.urandom(1 << 16) * 15 + n.to_bytes(8, "big") * 8192 for n in range(SIZE >> 20))
    assert 8 < peak_mib(repo, "add", "big.bin") < LIMIT_MIB  # a filter alone has more than 8: it was seen
    assert peak_mib(repo, "commit", "-q", "-m", "big") < LIMIT_MIB
    assert peak_mib(repo, "push", "-q", "origin", "main") < LIMIT_MIB
    (repo.path / "big.bin").unlink()
    assert peak_mib(repo, "checkout", "--", "big.bin") < LIMIT_MIB
    assert peak_mib(repo, "clone", "-q", str(remote), str(tmp_path / "clone")) < LIMIT_MIB
    assert (tmp_path / "clone/big.bin").stat().st_size == (repo.path / "big.bin").stat().st_size


def test_add_of_a_file_that_git_itself_has_in_little_memory(repo):
    """It was committed before the rule, and lies in a pack."""
    (repo.path / ".gitattributes").rename(repo.path / "rules")
    with open(repo.path / "big.bin", "wb") as file:
        file.writelines(os.urandom(1 << 20) for _ in range(2 * LIMIT_MIB))
    repo.commit()
    repo.git("-c", "pack.compression=0", "repack", "-q", "-d")
    (repo.path / "rules").rename(repo.path / ".gitattributes")
    with open(repo.path / "big.bin", "ab") as file:
        file.write(b"more")
    assert 8 < peak_mib(repo, "add", "big.bin") < LIMIT_MIB
    assert repo.stored("big.bin", "").startswith(b"# gitblob")
