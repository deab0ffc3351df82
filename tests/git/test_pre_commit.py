"""The hook id in `.pre-commit-hooks.yaml`, run by the real pre-commit program in its own environment."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from support import registry

CHECKOUT = Path(__file__).parents[2]
PRE_COMMIT = shutil.which("pre-commit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
LIMIT = 10 << 20  # track.above


@pytest.fixture
def source(sandbox) -> Path:
    """This checkout as a repository that pre-commit can clone: the files as they are, in one commit."""
    names = sandbox.run("git", "-C", CHECKOUT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").stdout
    source = sandbox.root / "source"
    for name in filter(None, names.split("\0")):
        if (CHECKOUT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, source / name)
    sandbox.run("git", "init", "-q", source)
    sandbox.run("git", "-C", source, "add", ".")
    sandbox.run("git", "-C", source, "commit", "-q", "-m", "The checkout")
    return source


@pytest.fixture
def guarded(repo, source):
    """A repository whose commits are checked by the hook id alone, through pre-commit."""
    rev = repo.sandbox.run("git", "-C", source, "rev-parse", "HEAD").stdout.strip()
    repo.write(".pre-commit-config.yaml", f"repos:\n- repo: {source}\n  rev: {rev}\n  hooks:\n  - id: gitblob\n")
    repo.gitblob("uninstall", "--local")
    repo.git("config", "gitblob.hooks", "false")
    repo.sandbox.run(PRE_COMMIT, "install", cwd=repo.path, env=registry.environment())
    repo.git("add", ".pre-commit-config.yaml")
    repo.git("commit", "-q", "-m", "Check with pre-commit", env=registry.environment())
    hooks = repo.path / ".git/hooks"
    assert [path.name for path in hooks.iterdir() if b"gitblob" in path.read_bytes()] == []
    return repo


def test_hook_id(guarded):
    """One environment (the slow part) for the three things the hook does."""
    guarded.write("model.bin", os.urandom(1000))
    guarded.commit("A tracked file passes")
    assert guarded.stored("model.bin").startswith(b"# gitblob v1")

    guarded.write("large.dat", os.urandom(LIMIT + 1))
    guarded.git("add", "large.dat")
    guarded.git("commit", "-q", "-m", "A large file that no rule covers")
    assert guarded.stored("large.dat").startswith(b"# gitblob v1")
    assert b"large.dat" in guarded.stored(".gitattributes")
    assert guarded.status() == ""

    raw = guarded.git("hash-object", "-w", "--no-filters", "large.dat").strip()
    guarded.git("update-index", "--add", "--cacheinfo", f"100644,{raw},raw.bin")
    refused = guarded.sandbox.run("git", "commit", "-m", "Raw content", cwd=guarded.path, ok=1)
    assert "raw.bin" in refused.stdout + refused.stderr
