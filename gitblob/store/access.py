"""What stores need from outside: passwords, the user's ssh, a place for notes. They know no git and start no program.

`workspace` puts it together: passwords come from `git credential`, ssh is the one that git would start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO, NamedTuple, Protocol, TypeVar

from gitblob.errors import StoreError
from gitblob.model.host import Http, Login

__all__ = ["Access", "Credentials", "Http", "Login", "Pipe", "Ssh", "ssh_of"]


class Credentials(Protocol):
    """Passwords by URL, as gitcredentials(7) keeps them. One command asks for each host once."""

    def fill(self, url: str) -> Login | None:
        """The login for this URL (without path unless credential.useHttpPath); None where nobody can say."""

    def approve(self, url: str, login: Login) -> None:
        """The login worked: helpers may keep it."""

    def reject(self, url: str, login: Login) -> None:
        """The login did not work: helpers forget it."""


class Pipe(Protocol):
    """A running program that is spoken to through its stdin and stdout."""

    stdin: BinaryIO
    stdout: BinaryIO

    def close(self) -> tuple[int, str]:
        """Close both ends and wait (ended by force after a few seconds); exit code and the end of its stderr."""


Kept = TypeVar("Kept")


class Ssh(Protocol):
    """The user's own ssh, with his configuration, agent and known hosts."""

    def start(self, destination: str, port: int | None, command: Sequence[str], subsystem: bool = False) -> Pipe:
        """Run a command there, its words quoted for a POSIX shell; a subsystem (`sftp`) is named, not quoted.

        destination: `host` or `user@host`. Raises StoreError where there is no ssh or the destination is refused.
        """

    def shared(self, key: object, make: Callable[[], Kept]) -> Kept:
        """What has been made under this key, for the rest of the command: nobody logs in twice."""


class Access(NamedTuple):
    """top: the work tree's, for relative paths. notes: a directory for what is known of unfinished uploads, or None.

    http: what git is told about an http(s) URL. calls: how many at a time to one store; None: what it can use.
    """

    top: str | None = None
    credentials: Credentials | None = None
    ssh: Ssh | None = None
    notes: str | None = None
    http: Callable[[str], Http] | None = None
    calls: int | None = None


def ssh_of(access: Access, label: str) -> Ssh:
    """The ssh to use. Raises StoreError where the caller has given none."""
    if access.ssh is None:
        raise StoreError(f"store {label} needs ssh, and none is at hand here")
    return access.ssh
