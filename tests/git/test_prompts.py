"""A login that nobody can be asked for: a checkout goes on, a command says what is missing, nobody waits."""

import subprocess

import pytest
from support.servers.lfs_server import LfsServer


@pytest.mark.parametrize("prompt", ["0", "1"])
def test_without_a_terminal(repo, installed, sandbox, prompt):
    with LfsServer(sandbox.root / "objects", git=sandbox.root, users={"ann": "a"}) as host:
        sandbox.bare("team/repo.git")
        repo.git("remote", "add", "origin", f"http://ann:a@127.0.0.1:{host.port}/team/repo.git")
        repo.write("a.bin", b"a" * 1000)
        repo.write(".gitblob.yaml", f"stores: {{team: 'lfs+{host.url}'}}\n")
        repo.commit()
        repo.git("push", "-q", "--no-verify", "-u", "origin", "main")
        sandbox.run("git", "clone", "-q", "--bare", repo.path, "mirror.git")
        sandbox.run("git", "config", "--global", "gitblob.trust", f"lfs+{host.host}")

        def alone(*argv, cwd):
            return subprocess.run(
                argv,
                cwd=cwd,
                env={**sandbox.env, "GIT_TERMINAL_PROMPT": prompt},
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )

        cloned = alone("git", "clone", "mirror.git", "there", cwd=sandbox.root)
        assert cloned.returncode == 0, cloned.stderr
        assert cloned.stderr.count("the server wants a login, and there is none for http") == 1
        pulled = alone("gitblob", "pull", cwd=sandbox.root / "there")
        assert pulled.returncode == 15
        assert "the server wants a login" in pulled.stderr
