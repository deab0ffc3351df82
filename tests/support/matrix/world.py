"""One repository of the matrix, with gitblob or (the oracle) by plain Git, and what a scenario can do in it."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from support.matrix import state, template
from support.matrix.content import content
from support.matrix.names import Names
from support.sandbox import CONFIG, START, clean_environment

LAUNCHER = f"""#!{{python}} -S
{START}import os
from gitblob.__main__ import main
if os.environ.get("MATRIX_LOG") and sys.argv[1:2] == ["filter-process"]:
    sys.path.append({{tests!r}})
    from support.matrix import spy
    spy.watch(os.environ["MATRIX_LOG"])
sys.exit(main())
"""
PLAIN = """[core]
\tbigFileThreshold = 1k
\tcompression = 0
"""


class Home:
    """A home with git configured and, unless plain, gitblob installed; and the templates made there so far."""

    def __init__(self, root: Path, full: bool) -> None:
        self.root, self.full = root, full
        self.env = clean_environment(root / "home")
        self.env["PATH"] += os.pathsep + str(Path(sys.executable).parent)  # git-filter-repo
        for folder in ("home/bin", "home/template", "templates"):
            (root / folder).mkdir(parents=True)
        (root / "home/.gitconfig").write_text(CONFIG + ("" if full else PLAIN))
        self._templates: dict[template.Kind, Path] = {}
        if full:
            launcher = root / "home/bin/gitblob"
            launcher.write_text(LAUNCHER.format(python=sys.executable, tests=str(Path(__file__).parents[2])))
            launcher.chmod(0o755)
            self.run("gitblob", "install")

    def run(self, *argv, cwd=None, data=None) -> bytes:
        """Run a program that must succeed; its output."""
        done = subprocess.run(argv, cwd=cwd or self.root, env=self.env, input=data, capture_output=True, check=False)
        assert done.returncode == 0, (argv, done.stdout, done.stderr)
        return done.stdout

    def world(self, root: Path, kind: template.Kind) -> "World":
        """A fresh copy of the repository of this kind, below root."""
        made = self._templates.get(kind)
        if not made:
            made = self.root / "templates" / str(len(self._templates))
            made.mkdir()
            template.build(
                lambda *argv, cwd=made, data=None: self.run(*argv, cwd=cwd, data=data), made, kind, self.full
            )
            self._templates[kind] = made
        root.mkdir()
        template.copy(self.run, made, root, self.full)
        return World(self, root, kind.names)


class World:
    """`root` has `repo` and `origin.git`.

    `setup` runs git to prepare, `git` runs it as what is being tested: its exit code and its cleans count. Attributes
    `small`, `large`, `zoo`, `run`, `deep`, `far`: the files' names, as they are typed where commands run (`cwd`).
    """

    def __init__(self, home: Home, root: Path, names: Names) -> None:
        self.home, self.root, self.names, self.full = home, root, names, home.full
        self.repo = self.cwd = root / "repo"
        self.places = [self.repo]  # work trees and bare repositories to look at
        self.options: list[str] = []
        self.env = {**home.env, "MATRIX_LOG": str(root / "log"), "GIT_CEILING_DIRECTORIES": str(root)}
        self.said: list[tuple] = []
        self.moments: list[dict] = []
        self.cleaned: list[str] = []  # by `git`, without those that Git could not avoid
        self._clock = template.OLD

    def __getattr__(self, role: str) -> str:
        if role not in Names._fields:
            raise AttributeError(role)
        return self.typed(getattr(self.names, role))

    def typed(self, path: str) -> str:
        """A path from the top, as it is typed where commands run."""
        typed = os.path.relpath(self.repo / path, self.cwd)
        return f"./{typed}" if typed[0] in ":-" else typed

    def git(self, *argv, code=0, **options) -> str:
        """The command under test; its output. code: the exit code that plain Git gives."""
        done = self._run(*argv, **options)
        self.said.append((*argv, done.stderr))
        assert done.returncode == code, self._trouble(argv, done)
        self.cleaned += self.requests(b"clean")
        return done.stdout.decode(errors="surrogateescape")

    def setup(self, *argv, **options) -> str:
        """A command that prepares; its output."""
        done = self._run(*argv, **options)
        assert done.returncode == 0, self._trouble(argv, done)
        self.requests()
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def setup_code(self, code: int, *argv) -> None:
        """A command that prepares by exiting with this code."""
        done = self._run(*argv)
        assert done.returncode == code, self._trouble(argv, done)
        self.requests()

    def seen_now(self) -> None:
        """Compare what can be seen at this moment, too."""
        self.moments.append(state.seen(self))
        self.requests()

    def folder(self, path: Path) -> dict[str, tuple]:
        """Every file below a folder."""
        return state.files(path)

    def ask(self, *argv, cwd, code=0) -> bytes:
        """A command that looks at a place: no option of the setting counts but its environment."""
        done = subprocess.run(("git", *argv), cwd=cwd, env=self.env, capture_output=True, check=False)
        assert done.returncode == code, self._trouble(argv, done)
        return done.stdout

    def gitblob(self, *argv, cwd=None) -> str:
        """Run gitblob (nothing happens in the oracle's world)."""
        if not self.full:
            return ""
        done = subprocess.run(("gitblob", *argv), cwd=cwd or self.cwd, env=self.env, capture_output=True, check=False)
        assert done.returncode == 0, self._trouble(argv, done)
        return done.stdout.decode(errors="surrogateescape")

    def cleans_of_status(self, place: Path) -> list[str]:
        """What the next `git status` sends through the filter, without what Git cannot avoid."""
        self.requests()
        self.ask("status", "--porcelain", cwd=place)
        return self.requests(b"clean")

    def counted(self, paths: list[str]) -> dict[str, int]:
        """How often each role's file is among the paths; others by their name."""
        roles = {path: role for role, path in self.names._asdict().items()}
        return dict(Counter(roles.get(path, path) for path in paths))

    def within(self, expected: Mapping[str, int | range], paths: list[str]) -> dict[str, int]:
        """What `counted` has to be: within a range any number is right."""
        counts = self.counted(paths)
        exact = {
            role: number
            if isinstance(number, int)
            else counts.get(role, 0)
            if counts.get(role, 0) in number
            else number
            for role, number in expected.items()
        }
        return {role: number for role, number in exact.items() if number}

    def requests(self, command: bytes = b"") -> list[str]:
        """Paths that git asked the filter about since this was last asked; see `spy`."""
        log = self.root / "log"
        lines = log.read_bytes().split(b"\0")[:-1] if log.exists() else []
        log.unlink(missing_ok=True)
        return [os.fsdecode(line.partition(b" ")[2]) for line in lines if line.startswith(command + b" ")]

    def write(self, path: str, what: str, base: Path | None = None) -> None:
        """Write a file (from the top): a label's content, or text. It is old enough to be racily clean to nobody."""
        data = content(what, self.full) if re.fullmatch(r"\w+:\d+", what) else what.encode()
        target = (base or self.repo) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "wb") as file:
            file.write(data)
        self._clock += 1
        os.utime(target, (self._clock, self._clock))

    def age(self) -> None:
        """Make every file old enough to be racily clean to nobody."""
        for folder, _, names in os.walk(os.fsencode(self.repo)):
            for name in names:
                os.utime(os.path.join(folder, name), (template.OLD, template.OLD), follow_symlinks=False)
        self.setup("update-index", "-q", "--refresh")

    def delete(self, *paths: str) -> None:
        """Delete files (from the top)."""
        for path in paths:
            os.unlink(self.repo / path)

    def forget(self) -> None:
        """Throw the caches away, or what is needed comes from there and not from the store."""
        for blobs in (self.repo / ".git/gitblob").glob("[0-9a-f][0-9a-f]"):
            shutil.rmtree(blobs)

    def _run(self, *argv, cwd=None, env=None, data=None):
        return subprocess.run(
            ["git", *self.options, *map(str, argv)],
            cwd=cwd or self.cwd,
            env={**self.env, **(env or {})},
            input=data.encode() if isinstance(data, str) else data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def _trouble(self, argv, done) -> str:
        told = (done.stdout + done.stderr)[-3000:].decode(errors="backslashreplace")
        return f"{'gitblob' if self.full else 'plain git'}: {argv} exited {done.returncode}\n{told}"
