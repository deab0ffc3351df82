"""Which ssh is started, and with what words: a program in its place writes them down."""

import sys

import pytest

from gitblob.errors import StoreError
from gitblob.git.ssh import GitSsh

LIVELY = ["-oConnectTimeout=30", "-oServerAliveInterval=15", "-oServerAliveCountMax=3"]


@pytest.fixture
def fake(tmp_path):
    """Makes a program of this name that writes down its words."""

    def make(name="ssh", code=0):
        file = tmp_path / name
        file.write_text(
            f"#!{sys.executable}\nimport sys\nopen({str(tmp_path / 'words')!r}, 'w').write('\\n'.join(sys.argv[1:]))\nsys.exit({code})\n"
        )
        file.chmod(0o755)
        return str(file)

    return make


def words(tmp_path, *arguments, **options):
    code, _ = GitSsh(str(tmp_path)).start(*arguments, **options).close()
    assert code == 0
    return (tmp_path / "words").read_text().split("\n")


def test_openssh(tmp_path, fake, monkeypatch):
    monkeypatch.setenv("GIT_SSH", fake())
    assert words(tmp_path, "me@h", 22, ["a", "b c'd"]) == [*LIVELY, "-p", "22", "me@h", """a 'b c'"'"'d'"""]
    assert words(tmp_path, "h", None, ["sftp"], subsystem=True) == [*LIVELY, "-s", "h", "sftp"]


def test_the_command_line_comes_first(tmp_path, fake, monkeypatch):
    monkeypatch.setenv("GIT_SSH", "/nowhere")
    monkeypatch.setenv("GIT_SSH_COMMAND", f"{fake()} -i 'a key'")
    assert words(tmp_path, "h", None, ["x"]) == ["-i", "a key", *LIVELY, "h", "x"]


@pytest.mark.parametrize(("name", "options"), [("plink", []), ("tortoiseplink", ["-batch"])])
def test_putty(tmp_path, fake, monkeypatch, name, options):
    monkeypatch.setenv("GIT_SSH", fake(name))
    assert words(tmp_path, "h", 22, ["x"]) == [*options, "-P", "22", "h", "x"]


def test_another_program_that_is_openssh_or_not(tmp_path, fake, monkeypatch):
    """Asked with -G, as git does it."""
    monkeypatch.setenv("GIT_SSH", fake("mine"))
    assert words(tmp_path, "h", None, ["x"]) == [*LIVELY, "h", "x"]
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    assert words(tmp_path, "h", None, ["x"]) == ["h", "x"]
    with pytest.raises(StoreError, match="cannot be given a port"):
        GitSsh(str(tmp_path)).start("h", 22, ["x"])


@pytest.mark.parametrize("destination", ["-oProxyCommand=x", "-u@h", "me@-h", "", "me@", "h\nx", "h x", "h\x1b[m"])
def test_what_is_no_host(tmp_path, fake, monkeypatch, destination):
    monkeypatch.setenv("GIT_SSH", fake())
    with pytest.raises(StoreError, match="is no host for ssh"):
        GitSsh(str(tmp_path)).start(destination, None, ["x"])
    assert not (tmp_path / "words").exists()


def test_no_ssh(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_SSH", "/nowhere/ssh")
    with pytest.raises(StoreError, match="/nowhere/ssh cannot be started"):
        GitSsh(str(tmp_path)).start("h", None, ["x"])
