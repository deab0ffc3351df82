"""What most tests begin with, made once by git and gitblob, then copied: that takes milliseconds instead of a second.

A copy is what the commands would have made there: its paths are its own, its index knows its files, and gitblob's notes
of where the hooks lie and what was pushed where are those of the place. Where a test has changed what a template starts
from, the commands are run.
"""

import shutil
from pathlib import Path
from types import SimpleNamespace

from gitblob.git import hookmark
from gitblob.ops.confirmed import Notes
from support.sandbox import CONFIG, Repo, Sandbox

PUSHED = ("refs/remotes/origin/main", "logs/refs/remotes/origin/main")  # what a first push changes, beside the config


def install(sandbox: Sandbox) -> None:
    """Tell git of gitblob."""
    sandbox.run("gitblob", "install")


def begin(sandbox: Sandbox) -> Repo:
    """A repository that tracks `*.bin`, with one commit."""
    repo = sandbox.repo()
    repo.gitblob("track", "*.bin")
    repo.commit("track")
    return repo


def push(sandbox: Sandbox, repo: Repo) -> Path:
    """A bare remote of it, named origin."""
    path = sandbox.bare()
    repo.git("remote", "add", "origin", str(path))
    repo.git("push", "-q", "-u", "origin", "main")
    return path


class Templates:
    """root: where they are made, each when it is first asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made = {}

    def install(self, sandbox: Sandbox) -> None:
        """See `install`."""
        made = self._of("installed")
        if self._starts_like(sandbox, made, CONFIG):
            self._write(made, sandbox, made.home / ".gitconfig")
        else:
            install(sandbox)

    def begin(self, sandbox: Sandbox) -> Repo:
        """See `begin`."""
        made = self._of("repo")
        place = sandbox.root / "repo"
        if place.exists() or not self._starts_like(sandbox, made, self._config(made, sandbox)):
            return begin(sandbox)
        shutil.copytree(made.root / "repo", place, symlinks=True)
        for hook in (made.root / "repo/.git").glob("hooks/*"):  # a newer git has them in its configuration
            self._write(made, sandbox, hook)
        self._mark(sandbox, place)
        sandbox.run("git", "update-index", "-q", "--refresh", cwd=place)
        return Repo(sandbox, place)

    def push(self, sandbox: Sandbox, repo: Repo) -> Path:
        """See `push`."""
        made, before = self._of("remote"), self._of("repo")
        there, folder, origin = made.root / "repo/.git", repo.path / ".git", sandbox.root / "origin.git"
        if origin.exists() or not (
            self._starts_like(sandbox, made, self._config(made, sandbox))
            and repo.path == sandbox.root / "repo"
            and _state(folder) == _state(before.root / "repo/.git")
        ):
            return push(sandbox, repo)
        shutil.copytree(made.root / "origin.git", origin)
        self._write(made, sandbox, there / "config")
        for name in PUSHED:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(there / name, folder / name)
        shutil.copyfile(_note(there, made.root / "origin.git"), _note(folder, origin, make=True))
        self._mark(sandbox, repo.path)
        return origin

    def _of(self, name: str) -> Sandbox:
        if name not in self._made:
            made = self._made[name] = Sandbox(self._root / name)
            if name == "installed":
                install(made)
            elif name == "repo":
                self.install(made)
                begin(made)
            else:
                self.install(made)
                push(made, self.begin(made))
        return self._made[name]

    def _starts_like(self, sandbox: Sandbox, made: Sandbox, config: str) -> bool:
        """Would the commands find what they found when the template was made?"""
        env = {name: self._moved(made, sandbox, value) for name, value in made.env.items()}
        return sandbox.env == env and (sandbox.home / ".gitconfig").read_text() == config

    def _config(self, made: Sandbox, sandbox: Sandbox) -> str:
        return self._moved(made, sandbox, (made.home / ".gitconfig").read_text())

    def _moved(self, made: Sandbox, sandbox: Sandbox, text: str) -> str:
        return text.replace(str(made.home.parent), str(sandbox.home.parent))

    def _write(self, made: Sandbox, sandbox: Sandbox, path: Path) -> None:
        """A file of the template, with the paths of its new place."""
        to = sandbox.home.parent / path.relative_to(made.home.parent)
        to.write_text(self._moved(made, sandbox, path.read_text()))

    def _mark(self, sandbox: Sandbox, worktree: Path) -> None:
        """That the hooks are in place, as hooks and configuration look here."""
        folder = str(worktree / ".git")
        (worktree / ".git/gitblob" / hookmark.NAME).unlink()
        hookmark.set_current(SimpleNamespace(common_dir=folder, git_dir=folder))


def _state(folder: Path) -> list:
    """Of a git directory: all that a push reads."""
    names = ("HEAD", "config", "packed-refs", "logs/HEAD")
    refs = sorted(path.relative_to(folder) for path in folder.glob("refs/**/*") if path.is_file())
    ours = sorted(path.relative_to(folder) for path in (folder / "gitblob").rglob("*"))
    hooks = sorted(path.name for path in folder.glob("hooks/*"))
    files = [folder / name for name in (*names, *refs)]
    return [refs, ours, hooks, *(path.read_text() if path.exists() else "" for path in files)]


def _note(folder: Path, origin: Path, make: bool = False) -> Path:
    """gitblob's note of what was pushed to there."""
    store = SimpleNamespace(url=f"{origin}/gitblob")
    path = Path(Notes(str(folder / "gitblob"), store, str(origin))._path)
    if make:
        path.parent.mkdir(exist_ok=True)
    return path
