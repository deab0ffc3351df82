"""A hermetic place: a home, a git configuration, an installed gitblob, repositories made by plain git."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# As installed, without `site`: of what a start takes that is a sixth. What `site` would have found is named instead.
PACKAGES = [path for path in sys.path if path.endswith("-packages") or Path(path, "gitblob/__main__.py").is_file()]
START = f"import sys\nif sys.executable == {sys.executable!r}:\n    sys.path += {PACKAGES!r}\n"
START = START.replace("{", "{{").replace("}", "}}")
LAUNCHER = f"""#!{{python}} -S
{START}from gitblob.__main__ import main
sys.exit(main())
"""
CONFIG = """[user]
\tname = A U Thor
\temail = author@example.invalid
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


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of every program a test starts."""
    keep = {name: os.environ[name] for name in ("PATH", "TERM", "GITBLOB_TEST_GIT") if name in os.environ}
    git = keep.get("GITBLOB_TEST_GIT")  # a folder with another git to test against
    path = f"{git}{os.pathsep}{keep['PATH']}" if git else keep["PATH"]
    return {
        **keep,
        "PATH": f"{home / 'bin'}{os.pathsep}{path}",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TEMPLATE_DIR": str(home / "template"),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CEILING_DIRECTORIES": str(home.parent),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "COLUMNS": "100",
    }


class Sandbox:
    """`home`, `root` (where repositories go) and the environment; `gitblob` is on the PATH, not yet installed in git."""

    def __init__(self, root: Path) -> None:
        self.root = root / "work"
        self.home = root / "home"
        for folder in (self.root, self.home / "bin", self.home / "template"):
            folder.mkdir(parents=True)
        (self.home / ".gitconfig").write_text(CONFIG)
        for name in ("gitblob", "git-blob"):
            launcher = self.home / "bin" / name
            launcher.write_text(LAUNCHER.format(python=sys.executable))
            launcher.chmod(0o755)
        self.env = clean_environment(self.home)

    def run(self, *argv, cwd=None, ok=0, data=None, env=None, timeout=120):
        """Run a program; its CompletedProcess (stdout and stderr as str). ok: the expected exit code, None for any."""
        result = subprocess.run(
            [str(a) for a in argv],
            cwd=cwd or self.root,
            env={**self.env, **(env or {})},
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=timeout,
            check=False,
        )
        if ok is not None and result.returncode != ok:
            raise AssertionError(f"{argv} exited {result.returncode}\n{result.stdout}\n{result.stderr}")
        return result

    def repo(self, name: str = "repo", *options: str) -> "Repo":
        """A new repository."""
        self.run("git", "init", "-q", *options, name)
        return Repo(self, self.root / name)

    def bare(self, name: str = "origin.git") -> Path:
        """A new bare repository to push to; its path."""
        self.run("git", "init", "-q", "--bare", name)
        return self.root / name

    def clone(self, source, name: str = "clone", *options: str) -> "Repo":
        """A fresh clone by plain git."""
        self.run("git", "clone", "-q", *options, source, name)
        return Repo(self, self.root / name)


class Repo:
    """A work tree, driven by plain git."""

    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self.sandbox, self.path = sandbox, path

    def git(self, *argv, binary=False, **options):
        """Run git here; stdout (as bytes: binary)."""
        if binary:
            return subprocess.run(
                ["git", *argv], cwd=self.path, env=self.sandbox.env, capture_output=True, check=True
            ).stdout
        return self.git_result(*argv, **options).stdout

    def git_result(self, *argv, **options):
        """Run git here; the CompletedProcess."""
        return self.sandbox.run("git", *argv, cwd=self.path, **options)

    def cleans(self, *argv) -> int:
        """How many files a git command sends through the filter (GIT_TRACE_PACKET shows each request)."""
        trace = self.git_result(*argv, env={"GIT_TRACE_PACKET": "1"}).stderr
        return trace.count("command=clean")

    def gitblob(self, *argv, **options):
        """Run gitblob here; the CompletedProcess."""
        return self.sandbox.run("gitblob", *argv, cwd=self.path, **options)

    def write(self, name: str, data: "bytes | str") -> Path:
        """Write a file, with its folders."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def read(self, name: str) -> bytes:
        """The bytes in the work tree."""
        return (self.path / name).read_bytes()

    def commit(self, message: str = "change", *paths: str) -> str:
        """Add these paths (default: everything) and commit; the commit's name."""
        self.git("add", "--", *(paths or ["."]))
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def stored(self, name: str, rev: str = "HEAD") -> bytes:
        """The bytes Git itself keeps for a path."""
        result = subprocess.run(
            ["git", "cat-file", "blob", f"{rev}:{name}"],
            cwd=self.path,
            env=self.sandbox.env,
            capture_output=True,
            check=True,
        )
        return result.stdout

    def status(self) -> str:
        """git status --porcelain."""
        return self.git("status", "--porcelain")

    def remove_worktree(self) -> None:
        """Delete the whole folder."""
        shutil.rmtree(self.path)
