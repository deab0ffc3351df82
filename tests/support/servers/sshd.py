"""OpenSSH's sshd with a host key and users' keys of its own; who comes in is the user that runs the test.

with sshd.serve(folder, path=...) as server:
    server.environment                  # GIT_SSH_COMMAND for git and gitblob
    server.url("/srv/store")            # ssh://127.0.0.1:PORT/srv/store
"""

import contextlib
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.servers import process

CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
MaxStartups 64
Subsystem sftp internal-sftp
{more}
"""


@dataclass
class Sshd:
    """A running server. `home`: what HOME is for whoever comes in; `command` is in no test's environment."""

    port: int
    folder: Path
    log: Path

    def ssh(self, *options: str, key: str = "user", known: str = "known") -> str:
        """The command line of an ssh that knows this server."""
        files = ["-i", f"{self.folder}/{key}", "-o", f"UserKnownHostsFile={self.folder}/{known}"]
        words = ["ssh", "-F", "none", *files, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", *options]
        return shlex.join(words)

    @property
    def environment(self) -> dict[str, str]:
        return {"GIT_SSH_COMMAND": self.ssh()}

    def url(self, path, kind: str = "ssh") -> str:
        return f"{kind}://127.0.0.1:{self.port}{path}"

    def permit(self, options: str = "") -> None:
        """What the user's key may do from now on (authorized_keys(5))."""
        key = (self.folder / "user.pub").read_text()
        (self.folder / "authorized").write_text(f"{options} {key}" if options else key)


@contextlib.contextmanager
def serve(folder: Path, more: str = "", **environment: str):
    """The server while it runs. environment: of whatever it starts (PATH, HOME)."""
    folder.mkdir(parents=True, exist_ok=True)
    keygen, port = process.program("ssh-keygen"), process.free_port()
    for name in ("host", "user", "stranger"):
        argv = [keygen, "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name]
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    host = (folder / "host.pub").read_text()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host}")
    settings = " ".join(f'"{name}={value}"' for name, value in environment.items())
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder, more=f"{more}\nSetEnv {settings}"))
    os.makedirs("/run/sshd", exist_ok=True)
    log = folder / "log"
    with process.running([process.program("sshd"), "-D", "-e", "-f", folder / "config"], port, log):
        server = Sshd(port, folder, log)
        server.permit()
        yield server
