"""The real git-lfs client and gitblob at the same Git LFS server, by http and by ssh: neither sees a difference."""

import hashlib
import os
import sys

import pytest
from support.servers import process
from support.servers.lfs_server import LfsServer

LARGE = 3 << 20
SSH = """#!{python}
# git-lfs-authenticate as the forges have it (docs/api/server-discovery.md), git itself, and nothing else
import json, shlex, subprocess, sys
words = sys.argv[1:]
while words[0].startswith("-o"):
    words = words[2 if words[0] == "-o" else 1 :]
if words[0] == "-G":
    sys.exit(0)
command = shlex.split(" ".join(words[1:]))
with open({log!r}, "a") as log:
    print(*command, file=log)
if command[0] == "git-lfs-authenticate" and command[1].strip("/") == "team/repo.git":
    print(json.dumps({{"href": {url!r}, "header": {{"Authorization": "RemoteAuth " + command[2]}}, "expires_in": 600}}))
elif command[0] in ("git-upload-pack", "git-receive-pack"):
    sys.exit(subprocess.call([command[0], {root!r} + "/" + command[1].strip("/")]))
else:
    sys.exit("sh: " + command[0] + ": not found") if command[0] != "gitblob" else sys.exit(127)
"""


@pytest.fixture
def host(sandbox):
    process.program("git-lfs")
    with LfsServer(sandbox.root / "objects", git=sandbox.root) as host:
        sandbox.bare("team/repo.git")
        yield host


@pytest.fixture
def theirs(sandbox):
    """A sandbox with its own home in which git-lfs is installed, and no gitblob."""

    def run(*argv, cwd, **options):
        env = {"GIT_CONFIG_GLOBAL": str(sandbox.root / "theirs"), **options.pop("env", {})}
        return sandbox.run(*argv, cwd=cwd, env=env, **options)

    (sandbox.root / "theirs").write_text((sandbox.home / ".gitconfig").read_text().partition("[filter")[0])
    run("git", "lfs", "install", cwd=sandbox.root)
    return run


def digest(data):
    return hashlib.sha256(data).hexdigest()


def test_the_real_client_pushes_and_clones(sandbox, host, theirs):
    """So the server of our tests is one."""
    contents = {f"{number}.bin": os.urandom(2000 + number) for number in range(120)} | {"large.bin": os.urandom(LARGE)}
    work = sandbox.repo("theirs-work").path
    theirs("git", "lfs", "track", "*.bin", cwd=work)
    for name, data in contents.items():
        (work / name).write_bytes(data)
    theirs("git", "add", ".", cwd=work)
    theirs("git", "commit", "-qm", "theirs", cwd=work)
    theirs("git", "push", "-q", f"{host.host}/team/repo.git", "main", cwd=work)
    assert host.holds() == {digest(data) for data in contents.values()}
    theirs("git", "clone", "-q", f"{host.host}/team/repo.git", "again", cwd=sandbox.root)
    assert {name: (sandbox.root / "again" / name).read_bytes() for name in contents} == contents


def test_what_one_pushes_the_other_clones(sandbox, host, theirs):
    url = f"{host.host}/team/repo.git"
    first, second = os.urandom(LARGE), os.urandom(LARGE)
    work = sandbox.repo("theirs-work").path
    theirs("git", "lfs", "track", "*.bin", cwd=work)
    (work / "a.bin").write_bytes(first)
    theirs("git", "add", ".", cwd=work)
    theirs("git", "commit", "-qm", "theirs", cwd=work)
    theirs("git", "remote", "add", "origin", url, cwd=work)
    theirs("git", "push", "-q", "origin", "main", cwd=work)
    sandbox.run("gitblob", "install", "--lfs")
    ours = sandbox.clone(url, "ours")
    assert (ours.read("a.bin"), ours.status()) == (first, "")
    ours.write("b.bin", second)
    ours.commit()
    ours.git("push", "-q")
    assert host.holds() == {digest(first), digest(second)}
    theirs("git", "pull", "-q", "origin", "main", cwd=work)
    assert (work / "b.bin").read_bytes() == second


def test_a_forge_that_is_reached_by_ssh(installed, repo, host):
    """git-lfs-authenticate says where the server is and gives the right to it, one for each direction."""
    host.users, host.remote_auth = {}, {"upload": "ann", "download": "ann"}
    log = installed.root / "ssh.log"
    program = installed.home / "bin" / "ssh"
    program.write_text(SSH.format(python=sys.executable, log=str(log), url=host.url, root=str(installed.root)))
    program.chmod(0o755)
    installed.env["GIT_SSH"] = str(program)
    repo.git("remote", "add", "origin", "git@forge.invalid:team/repo.git")
    data = os.urandom(LARGE)
    repo.write("a.bin", data)
    repo.commit()
    repo.git("push", "-q", "-u", "origin", "main")
    assert host.holds() == {digest(data)}
    clone = installed.clone("ssh://git@forge.invalid/team/repo.git")
    assert (clone.read("a.bin"), clone.status()) == (data, "")
    asked = log.read_text()
    assert "git-lfs-authenticate team/repo.git upload\n" in asked
    assert "git-lfs-authenticate /team/repo.git download\n" in asked
    clone.gitblob("lock", "a.bin")
    assert [lock["owner"]["name"] for lock in host.locks.values()] == ["ann"]
    host.remote_auth = {}
    repo.write("b.bin", data[1:])
    repo.commit()
    refused = repo.git_result("push", ok=1).stderr
    assert "401" in refused or "login" in refused
