"""`install.sh` as a new user runs it: an empty home, the packages from the registry, the real demo."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import registry

CHECKOUT = Path(__file__).parents[2]
TOOLS = ("sh", "dirname", "sed", "readlink", "mkdir", "rm", "mv", "ln", "rmdir", "cat", "chmod")
PYTHONS = [f"python3.{minor}" for minor in range(10, 15)] + ["python3", "python"]


class User:
    """Somebody with an empty home; `tools` comes first on the PATH and holds what a test puts there."""

    def __init__(self, root: Path, path: str) -> None:
        self.home, self.tools, self.tmp = root / "new home", root / "tools", root / "tmp"
        for folder in (self.home, self.tools, self.tmp):
            folder.mkdir()
        self.bin = self.home / ".local/bin"
        self.env = {
            **registry.environment(),
            "HOME": str(self.home),
            "PATH": f"{self.tools}{os.pathsep}{path}",
            "TMPDIR": str(self.tmp),
            "SHELL": "/bin/bash",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, *argv, ok=0, **env):
        """Run a program; its CompletedProcess."""
        result = subprocess.run(
            [str(a) for a in argv], cwd=self.home, env=self.env | env, capture_output=True, text=True, check=False
        )
        assert result.returncode == ok, result.stdout + result.stderr
        return result

    def install(self, *options, ok=0, **env):
        """Run install.sh."""
        return self.run(CHECKOUT / "install.sh", *options, ok=ok, **env)

    def tool(self, name: str, script: str) -> None:
        """Put a shell script on the PATH."""
        (self.tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.tools / name).chmod(0o755)

    def files(self) -> set[str]:
        """What lies in the home, apart from what a rust tool of this machine that pip asks leaves there."""
        return {path.relative_to(self.home).parts[0] for path in self.home.rglob("*")} - {".rustup"}


@pytest.fixture
def user(tmp_path) -> User:
    """A new user whose PATH is this machine's."""
    return User(tmp_path, os.environ["PATH"])


@pytest.fixture
def bare_user(tmp_path) -> User:
    """A new user whose PATH has the tools every system has: neither git nor python."""
    user = User(tmp_path, "")
    for name in TOOLS:
        (user.tools / name).symlink_to(shutil.which(name))
    user.env["PATH"] = str(user.tools)
    return user


def test_demo_then_upgrade_then_uninstall(user):
    shown = user.install("--demo").stdout
    assert "The clone has the same bytes." in shown
    assert "trips.csv is what it was in the first version." in shown
    assert list(user.tmp.iterdir()) == []
    assert f'export PATH="{user.bin}:$PATH"' in shown

    env = user.home / ".local/share/gitblob/env"
    assert list(env.rglob("*.pth")) == []
    assert {path.stem for path in (env / "lib").rglob("gitblob/*.py")} == {
        path.name.split(".")[0] for path in (env / "lib").rglob("gitblob/__pycache__/*.pyc")
    }
    assert "filter.gitblob.required=true" in user.run("git", "config", "--global", "--list").stdout

    before = (user.home / ".gitconfig").read_text()
    again = user.install(PATH=f"{user.bin}{os.pathsep}{user.env['PATH']}").stdout
    assert "program" in again
    assert "not on your PATH" not in again
    assert (user.home / ".gitconfig").read_text() == before
    assert user.run(user.bin / "gitblob", "help").stdout

    _interrupt_demo(user)
    assert list(user.tmp.iterdir()) == []

    user.install("--uninstall")
    assert user.files() == set()


def test_uv_where_python_has_neither_ensurepip_nor_pip(user, tmp_path):
    uv = shutil.which("uv") or _fetch_uv(tmp_path, user)
    (user.tools / "uv").symlink_to(uv)
    for name in PYTHONS:
        user.tool(name, _debian_without_venv(sys.executable))
    user.install()
    assert user.run(user.bin / "gitblob", "help").stdout
    assert list((user.home / ".local").rglob("*.pth")) == []


def test_pip_of_the_python_where_it_has_no_ensurepip(user):
    for name in PYTHONS:
        user.tool(name, _debian_without_venv(sys.executable, pip=True))
    user.install()
    assert user.run(user.bin / "gitblob", "help").stdout


def test_python_that_cannot_make_environments(bare_user):
    _git(bare_user)
    bare_user.tool("python3", _debian_without_venv(sys.executable))
    error = bare_user.install(ok=1).stderr
    assert "cannot make environments" in error
    assert "python3-venv" in error or "python3" in error


def test_no_python(bare_user):
    _git(bare_user)
    assert "no python 3.10 or newer" in bare_user.install(ok=1).stderr


def test_old_python(bare_user):
    _git(bare_user)
    bare_user.tool("python3", "echo")
    assert "no python 3.10 or newer" in bare_user.install(ok=1).stderr


def test_no_git(bare_user):
    assert "git is not on the PATH" in bare_user.install(ok=1).stderr


@pytest.mark.parametrize(("version", "ok"), [("2.29.3", False), ("1.8.0", False), ("2.30.0", True), ("3.0", True)])
def test_git_version(bare_user, version, ok):
    _git(bare_user, version)
    error = bare_user.install(ok=1).stderr
    assert ("too old" in error) != ok


def test_foreign_command_is_not_overwritten(user):
    user.bin.mkdir(parents=True)
    (user.bin / "gitblob").write_text("mine")
    assert "is there already" in user.install(ok=1).stderr
    assert (user.bin / "gitblob").read_text() == "mine"


def test_failed_upgrade_leaves_the_old_one(user):
    env = user.home / ".local/share/gitblob/env"
    env.mkdir(parents=True)
    (env / "bin").mkdir()
    (env / "bin/gitblob").touch()
    user.install(ok=1, PIP_NO_INDEX="1", PIP_FIND_LINKS="", PIP_CONFIG_FILE=os.devnull)
    assert [path.name for path in env.rglob("*")] == ["bin", "gitblob"]
    assert list(env.parent.iterdir()) == [env]


def test_without_the_packages_of_cloud_stores(user):
    wanted = user.tmp / "constraints"
    wanted.write_text("opendal==0\n")
    said = user.install(PIP_CONSTRAINT=str(wanted), UV_CONSTRAINT=str(wanted)).stdout
    assert re.search(r"  note +no stores in S3, Google or Azure.*\n +(ERROR|error|\u00d7).+\n", said)
    assert user.run(user.bin / "gitblob", "help").stdout
    assert [path.name for path in (user.home / ".local/share/gitblob").iterdir()] == ["env"]


def test_foreign_directory_is_not_overwritten(user):
    (user.home / "env").mkdir()
    assert "is not from this script" in user.install(ok=1, GITBLOB_HOME=str(user.home)).stderr
    user.install("--uninstall", ok=1, GITBLOB_HOME=str(user.home))
    assert (user.home / "env").is_dir()


def test_nothing_to_uninstall(user):
    assert "is not installed" in user.install("--uninstall", ok=1).stderr
    assert user.files() == set()


def test_unknown_option(user):
    assert "unknown option --frobnicate" in user.install("--frobnicate", ok=1).stderr


def _interrupt_demo(user: User) -> None:
    """Press Ctrl-C while the demo adds the large file."""
    demo = subprocess.Popen(
        ["sh", CHECKOUT / "gitblob/demo.sh"],
        env=user.env | {"PATH": f"{user.bin}{os.pathsep}{user.env['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 ignored in background jobs
    )
    assert demo.stdout
    for line in demo.stdout:
        if "$ git add" in line:
            os.killpg(demo.pid, signal.SIGINT)
            break
    demo.communicate(timeout=60)
    assert demo.returncode == 130


def _git(user: User, version: str = "2.39.5") -> None:
    user.tool("git", f"echo git version {version}")


def _debian_without_venv(python: str, *, pip: bool = False) -> str:
    """A python as Debian ships it without python3-venv (and, unless `pip`, without python3-pip)."""
    no_pip = "" if pip else '"-m pip"*) exit 1 ;;'
    return f"""case "$*" in
*sys.executable*) echo "$0"; exit ;;
*ensurepip*) exit 1 ;;
{no_pip}
esac
exec {python} "$@" """


def _fetch_uv(folder: Path, user: User) -> str:
    user.run(sys.executable, "-m", "pip", "install", "-q", "--target", folder / "uv", "uv")
    return str(folder / "uv/bin/uv")
