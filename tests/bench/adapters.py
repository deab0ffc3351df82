"""One small class for each peer; its methods are the steps that the workloads measure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from measure import disk_bytes

if TYPE_CHECKING:
    from measure import Runner

HERE = Path(__file__).parent


class Adapter:
    """Plain git, and the base of the others: a new peer overrides what differs.

    The remote is a bare repository given by its path, so that git-lfs and gitblob keep their blobs in it, unasked.
    run starts the programs; top is where this run's repositories lie; prefix is gitblob's environment.
    """

    def __init__(self, run: Runner, top: Path, prefix: Path) -> None:
        self.run, self.top, self.prefix = run, top, prefix
        self.repo, self.origin = top / "repo", top / "origin.git"

    def git(self, *args: object) -> None:
        self.run("git", *args, cwd=self.repo)

    def setup(self, pattern: str) -> None:
        """A repository with a remote, in which files of this pattern are large; outside any timed step."""
        self.configure()
        self.run("git", "init", "-q", self.repo)
        self.run("git", "init", "-q", "--bare", self.origin)
        self.git("remote", "add", "origin", self.origin)
        self.track(pattern)
        if (self.repo / ".gitattributes").exists():
            self.git("add", ".gitattributes")
            self.commit()

    def configure(self) -> None:
        """Once in the run's own home, before any repository."""

    def track(self, pattern: str) -> None:
        """Write .gitattributes."""

    def add(self, *paths: str) -> None:
        self.git("add", *paths)

    def commit(self) -> None:
        self.git("commit", "-q", "-m", "change")

    def push(self) -> None:
        self.git("push", "-q", "origin", "main")

    def clone(self, target: Path) -> None:
        self.run("git", "clone", "-q", self.origin, target, cwd=self.top)

    def checkout(self, *paths: str) -> None:
        self.git("checkout", "-q", "--", *paths)

    def status(self) -> None:
        self.git("status", "--short")

    def add_noop(self) -> None:
        self.git("add", ".")

    def branch(self, name: str) -> None:
        self.git("checkout", "-q", "-b", name)

    def switch(self, name: str) -> None:
        self.git("checkout", "-q", name)

    def remote_bytes(self) -> int:
        return disk_bytes(self.origin)


class Git(Adapter):
    """Git alone, with its defaults: what costs nothing extra, and compresses everything."""


class GitLfs(Adapter):
    """Git LFS with its defaults."""

    def configure(self) -> None:
        self.run("git", "lfs", "install", "--skip-repo")

    def track(self, pattern: str) -> None:
        self.git("lfs", "install", "--local")
        self.git("lfs", "track", pattern)


class GitAnnex(Adapter):
    """git-annex with unlocked files, added by `git annex add`; the remote is the bare repository, which it initialises."""

    def configure(self) -> None:
        for key, value in {"annex.addunlocked": "true", "annex.thin": "false", "annex.jobs": "cpus"}.items():
            self.run("git", "config", "--global", key, value)

    def track(self, pattern: str) -> None:
        self.git("annex", "init", "-q")
        (self.repo / ".gitattributes").write_text(f"* annex.largefiles=nothing\n{pattern} annex.largefiles=anything\n")

    def add(self, *paths: str) -> None:
        self.git("annex", "add", "-q", *paths)

    def push(self) -> None:
        self.git("push", "-q", "origin", "main", "git-annex")
        self.git("annex", "copy", "-q", "--to", "origin")

    def clone(self, target: Path) -> None:
        super().clone(target)
        self.run("git", "annex", "init", "-q", cwd=target)
        self.run("git", "annex", "get", "-q", cwd=target)


class Gitblob(Adapter):
    """This checkout, installed as a user has it."""

    def gitblob(self, *args: str, cwd: Path) -> None:
        self.run(self.prefix / "bin/gitblob", *args, cwd=cwd)

    def configure(self) -> None:
        self.gitblob("install", cwd=self.run.home)

    def track(self, pattern: str) -> None:
        self.gitblob("track", pattern, cwd=self.repo)


class Floor(Adapter):
    """Adds through floor.py; can do nothing else."""

    mode: ClassVar[str]

    def track(self, pattern: str) -> None:
        python = self.prefix / "bin/python"
        self.git("config", "filter.floor.process", f"exec '{python}' -I '{HERE / 'floor.py'}' {self.mode}")
        self.git("config", "filter.floor.required", "true")
        (self.repo / ".gitattributes").write_text(f"{pattern} filter=floor -text\n")


class Drain(Floor):
    mode = "drain"


class DrainAndHash(Floor):
    mode = "hash"


class Cp(Adapter):
    """No git: how long `cp` takes for the same files."""

    def cp(self, item: str) -> None:
        self.run("cp", "-r", self.repo / item, self.top / "copy")


PEERS: dict[str, type[Adapter]] = {
    "gitblob": Gitblob,
    "git-lfs": GitLfs,
    "git-annex": GitAnnex,
    "git": Git,
    "cp": Cp,
    "drain": Drain,
    "drain+hash": DrainAndHash,
}


def install(checkout: Path, prefix: Path) -> None:
    """Give the checkout an environment of its own: a wheel, byte-compiled, nothing taken from the work tree later."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run([sys.executable, "-m", "venv", "--clear", prefix], check=True, env=env)
    subprocess.run([prefix / "bin/python", "-m", "pip", "install", "-q", checkout], check=True, env=env)
