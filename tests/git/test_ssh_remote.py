"""A git remote by ssh has its store in its git directory: plain git over real sshd, nothing configured."""

import os
import re
import sys

import pytest
from support.sandbox import LAUNCHER
from support.servers import sshd


@pytest.fixture
def host(tmp_path, sandbox):
    """This machine over ssh, as another user's host: a home of its own, with gitblob and git."""
    home = tmp_path / "there"
    (home / "bin").mkdir(parents=True)
    put_gitblob(home)
    path = os.pathsep.join([str(home / "bin"), os.environ["PATH"]])
    env = {"PATH": path, "HOME": str(home), "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "GIT_CONFIG_NOSYSTEM": "1"}
    with sshd.serve(tmp_path / "sshd", **env) as server:
        sandbox.env.update(server.environment)
        server.home = home
        yield server


def put_gitblob(home):
    (home / "bin/gitblob").write_text(LAUNCHER.format(python=sys.executable))
    (home / "bin/gitblob").chmod(0o755)


def bare(sandbox, host, name="repo.git"):
    sandbox.run("git", "init", "-q", "--bare", host.home / name)
    return host.home / name


def blobs(git_dir):
    return {path.stat().st_size for path in (git_dir / "gitblob").glob("??/*")}


def test_clone_push_clone(host, installed, repo):
    """The whole way, by the long form of the URL."""
    origin, data = bare(installed, host), os.urandom(3 << 20)
    repo.git("remote", "add", "origin", host.url(origin))
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    assert blobs(origin) == {3 << 20}
    clone = installed.clone(host.url(origin))
    assert clone.read("a.bin") == data
    clone.write("b.bin", b"b" * 5000)
    clone.commit()
    pushed = clone.git_result("push", "origin", "main")
    assert blobs(origin) == {3 << 20, 5000}
    repo.git("pull", "-q")
    assert repo.read("b.bin") == b"b" * 5000
    assert "connection" not in pushed.stderr


@pytest.mark.parametrize("form", ["there:{path}", "me@there:{path}", "there:~/{name}", "ssh://there/~/{name}"])
def test_the_short_form(host, installed, repo, form):
    """By an alias of ~/.ssh/config."""
    origin = bare(installed, host)
    config = installed.home / "ssh_config"
    config.write_text(
        f"Host there\n HostName 127.0.0.1\n Port {host.port}\n User {os.environ.get('USER', 'root')}\n"
        f" IdentityFile {host.folder}/user\n IdentityAgent none\n UserKnownHostsFile {host.folder}/known\n"
    )
    installed.env["GIT_SSH_COMMAND"] = f"ssh -F {config}"
    if form.startswith("me@"):
        form = form.replace("me@", f"{os.environ.get('USER', 'root')}@")
    url = form.format(name=origin.name, path=origin)
    repo.git("remote", "add", "origin", url)
    repo.write("a.bin", b"a" * 3000)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    assert blobs(origin) == {3000}
    assert installed.clone(url).read("a.bin") == b"a" * 3000


def test_the_user_s_own_ssh(host, installed, repo):
    """core.sshCommand counts where the environment says nothing."""
    origin = bare(installed, host)
    repo.git("config", "core.sshCommand", installed.env.pop("GIT_SSH_COMMAND"))
    repo.git("remote", "add", "origin", host.url(origin))
    repo.write("a.bin", b"a" * 3000)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    assert blobs(origin) == {3000}


def test_one_login_for_the_store_in_each_command(host, installed, repo):
    origin = bare(installed, host)
    repo.git("remote", "add", "origin", host.url(origin))
    repo.write("a.bin", b"a" * 3000)
    repo.commit()
    before = logins(host)
    repo.git("push", "-q", "-u", "origin", "main")
    assert logins(host) - before == 2, "git's own and one for the store"
    before = logins(host)
    installed.clone(host.url(origin))
    assert logins(host) - before == 2


def logins(host):
    return len(re.findall(r"Accepted publickey", host.log.read_text()))


def test_a_push_that_is_killed_goes_on(host, installed, repo):
    """200 MiB; what the server has is not sent again."""
    origin = bare(installed, host)
    repo.git("remote", "add", "origin", host.url(origin))
    size = 200 << 20
    repo.write("big.bin", os.urandom(1 << 20) * 200)
    repo.commit()
    killer = installed.home / "bin/killer"
    killer.write_text(
        f"#!{sys.executable}\n"
        "import os, pathlib, signal, subprocess, sys, time\n"
        "push = subprocess.Popen(['git', 'push', '-q', 'origin', 'main'], start_new_session=True)\n"
        f"tmp = pathlib.Path({str(origin)!r}, 'gitblob/tmp')\n"
        "while push.poll() is None and not any(p.stat().st_size > 60 << 20 for p in tmp.glob('.gitblob-tmp-part-*')):\n"
        "    time.sleep(0.01)\n"
        "os.killpg(push.pid, signal.SIGKILL)\n"
    )
    killer.chmod(0o755)
    installed.run(killer, cwd=repo.path)
    assert blobs(origin) == set()
    assert not repo.git("ls-remote", "origin")
    (part,) = (origin / "gitblob/tmp").iterdir()
    there = part.stat().st_size
    assert 60 << 20 < there < size
    counting, sent = installed.home / "bin/counting", installed.home / "sent"
    counting.write_text(f'#!/bin/sh\ntee -a {sent} | {installed.env["GIT_SSH_COMMAND"]} "$@"\n')
    counting.chmod(0o755)
    repo.git("push", "-q", "origin", "main", env={"GIT_SSH_COMMAND": str(counting)})
    assert size - there < sent.stat().st_size < size - there + (1 << 20)
    assert blobs(origin) == {size}
    assert not list((origin / "gitblob/tmp").iterdir())
    assert installed.clone(host.url(origin)).read("big.bin") == repo.read("big.bin")


def test_a_host_with_an_sftp_server_only(host, installed, repo):
    """And git: the store is beside git's objects there, too."""
    origin = bare(installed, host)
    (host.home / "bin/gitblob").write_text("#!/bin/sh\nexit 127\n")
    repo.git("remote", "add", "origin", host.url(origin))
    repo.write("a.bin", b"a" * 3000)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    assert blobs(origin) == {3000}
    assert installed.clone(host.url(origin)).read("a.bin") == b"a" * 3000


def test_a_host_that_has_neither(host, installed, repo):
    """The push is refused, nothing is lost, and the message says what to do."""
    origin = bare(installed, host)
    wrapper = host.home / "bin/git-only"
    wrapper.write_text(
        '#!/bin/sh\ncase $SSH_ORIGINAL_COMMAND in git-*-pack*) eval "$SSH_ORIGINAL_COMMAND";; *) echo "no shell here" >&2; exit 128;; esac\n'
    )
    wrapper.chmod(0o755)
    host.permit(f'command="{wrapper}"')
    repo.git("remote", "add", "origin", host.url(origin))
    repo.write("a.bin", b"a" * 3000)
    repo.commit()
    pushed = repo.git_result("push", "origin", "main", ok=None)
    assert pushed.returncode
    assert "does not run `gitblob serve-store`: no shell here" in pushed.stderr
    assert "gitblob store add" in pushed.stderr
    assert not repo.git("ls-remote", "origin")
