"""The hot path: what `filter-process` loads, and how soon it answers is measured in tests/bench."""

import subprocess
import sys
from pathlib import Path

import gitblob

STANDARD = {
    "__future__", "errno", "_hashlib", "_sha3", "_sha512", "_blake2", "_struct", "fcntl", "hashlib", "select", "struct",
    "_signal", "itertools", "atexit", "_locale",
}  # fmt: skip
OWN = {
    "gitblob", "gitblob.cache", "gitblob.cache.incoming", "gitblob.errors", "gitblob.filesystem", "gitblob.filter", "gitblob.filter.arrival",
    "gitblob.filter.clean", "gitblob.filter.late", "gitblob.filter.process", "gitblob.filter.report",
    "gitblob.filter.smudge", "gitblob.git", "gitblob.git.cache_dir", "gitblob.git.filterprocess", "gitblob.git.hookmark", "gitblob.git.index",
    "gitblob.git.pktline", "gitblob.git.repository", "gitblob.journal", "gitblob.materialise", "gitblob.model",
    "gitblob.model.gitfile", "gitblob.model.layout", "gitblob.model.size", "gitblob.model.oid", "gitblob.model.pointer", "gitblob.stub",
}  # fmt: skip
PROGRAM = """
import os, sys
before = set(sys.modules)
sys.path.insert(0, {root!r})
os.chdir({repository!r})
source, sink = os.pipe()
os.write(sink, b"0016git-filter-client\\n000eversion=2\\n00000015capability=clean\\n0016capability=smudge\\n0000")
os.write(sink, b"0012command=clean\\n0013pathname=a.bin\\n00000009hello0000")
os.close(sink)
os.dup2(source, 0)
out = os.open(os.devnull, os.O_WRONLY)
os.dup2(out, 1)
from gitblob.filter import process
code = process.main()
print(code, *sorted(set(sys.modules) - before), file=sys.stderr)
"""


def test_the_filter_loads_these_modules_and_no_others(sandbox):
    repo = sandbox.repo()
    repo.gitblob("install", "--local")
    program = PROGRAM.format(root=str(Path(gitblob.__file__).parents[1]), repository=str(repo.path))
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], env=sandbox.env, capture_output=True, text=True, check=True
    )
    code, *loaded = result.stderr.split()
    assert code == "0", result.stderr
    assert set(loaded) - STANDARD - OWN == set()
    assert "gitblob.filter.process" in loaded


SLOW = {"typing", "json", "argparse", "pathlib", "logging", "tempfile", "yaml", "rich", "git", "pygit2", "gitblob.cli"}


def test_an_ordinary_commit_is_checked_without_the_command_line(repo):
    repo.write("a.bin", b"x" * 2000)
    repo.write("code.py", "pass\n" * 1000)
    repo.git("add", ".")
    program = (
        "import os, sys; sys.argv[1:] = ['hook', 'pre-commit']; from gitblob.__main__ import main\n"
        "os._exit = lambda code: (print(code, *sys.modules), sys.exit(code))\n"
        "main()"
    )
    code, *loaded = repo.sandbox.run(sys.executable, "-c", program, cwd=repo.path).stdout.split()
    assert code == "0"
    assert "gitblob.git.staged" in loaded
    assert SLOW & set(loaded) == set()
