"""The ssh that git would start (git-config(1): core.sshCommand, ssh.variant; git(1): GIT_SSH, GIT_SSH_COMMAND).

It runs with the user's own configuration, agent and known hosts, and asks on the terminal as it does for git. Only two
things are added: a host that does not answer, or no longer, is given up.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from gitblob.errors import StoreError
from gitblob.git import command as git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitblob.git.pipe import Pipe

LIVELY = ("-oConnectTimeout=30", "-oServerAliveInterval=15", "-oServerAliveCountMax=3")  # a dead host: 45 s
Kept = TypeVar("Kept")
PUTTY = {"plink", "putty", "tortoiseplink"}


class GitSsh:
    """cwd: where git runs, for the configuration that counts there.

    sessions: what `shared` has been given.
    """

    def __init__(self, cwd: str | None = None) -> None:
        self._cwd = cwd
        self.sessions: dict[object, Any] = {}

    def shared(self, key: object, make: Callable[[], Kept]) -> Kept:
        """See store.access.Ssh."""
        if key not in self.sessions:
            self.sessions[key] = make()
        kept: Kept = self.sessions[key]
        return kept

    def start(self, destination: str, port: int | None, command: Sequence[str], subsystem: bool = False) -> Pipe:
        """See store.access.Ssh."""
        from gitblob.git.pipe import Pipe  # with subprocess, which only who starts an ssh has to load

        refuse(destination)
        program, variant = self._program(destination)
        options = [*(LIVELY if variant == "ssh" else ["-batch"] if variant == "tortoiseplink" else [])]
        if port:
            if variant == "simple":
                raise StoreError(f"{program[-1]} cannot be given a port ({port})", "set ssh.variant to `ssh`")
            options += ["-P" if variant in PUTTY else "-p", str(port)]
        there = command if subsystem else [" ".join(map(shlex.quote, command))]
        try:
            return Pipe([*program, *options, *(["-s"] if subsystem else []), destination, *there], self._cwd)
        except OSError as error:
            raise StoreError(f"{program[0]} cannot be started: {error.strerror}", "install OpenSSH's client") from error

    def _program(self, destination: str) -> tuple[list[str], str]:
        """The words that start ssh (by way of a shell where the user has given a command line), and its variant."""
        line = os.environ.get("GIT_SSH_COMMAND") or self._config("core.sshCommand")
        if line:
            program = ["/bin/sh", "-c", f'{line} "$@"', line]
            try:
                first = shlex.split(line)[0]
            except (ValueError, IndexError):
                first = "ssh"
        else:
            first = os.environ.get("GIT_SSH") or "ssh"
            program = [first]
        variant = os.environ.get("GIT_SSH_VARIANT") or self._config("ssh.variant") or "auto"
        if variant == "auto":
            from gitblob.git.pipe import succeeds

            name = os.path.basename(first).lower().removesuffix(".exe")
            known = name in PUTTY or name == "ssh"
            variant = name if known else "ssh" if succeeds([*program, "-G", destination], self._cwd) else "simple"
        return program, variant

    def _config(self, key: str) -> str:
        return git.text("config", "--get", key, cwd=self._cwd, ok=(0, 1))


def refuse(destination: str) -> None:
    """Raise StoreError for a destination that ssh could take for an option (CVE-2017-1000117), or that is none."""
    user, _, host = destination.rpartition("@")
    if not host or not destination.isprintable() or " " in destination or "-" in {user[:1], host[:1]}:
        raise StoreError(f"{destination!r} is no host for ssh", "it is `host` or `user@host`")
