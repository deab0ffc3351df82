"""Passwords from git's own store of them (gitcredentials(7)): helpers, askpass, a question on the terminal."""

from __future__ import annotations

import os
import threading
from urllib.parse import unquote, urlsplit

from gitblob.errors import StoreError
from gitblob.git import command
from gitblob.git.command import GitFailed
from gitblob.model.host import Login


class GitCredentials:
    """Logins by URL, each asked for once; threads that want the same one wait for the answer.

    cwd: where git runs, for the configuration that counts there. GIT_TERMINAL_PROMPT and GIT_ASKPASS are git's affair.
    """

    def __init__(self, cwd: str | None = None) -> None:
        self._cwd = cwd
        self._lock = threading.Lock()
        self._answers: dict[bytes, bytes] = {}  # what was asked: git's answer, empty where there is none (any more)

    def fill(self, url: str) -> Login | None:
        """The login for this URL, or None. Raises StoreError for a URL that cannot be asked about."""
        question = self._question(url)
        with self._lock:
            if question not in self._answers:
                self._answers[question] = self._ask("fill", question)
            fields = _fields(self._answers[question])
        return Login(fields.get("username", ""), fields["password"]) if "password" in fields else None

    def approve(self, url: str, login: Login) -> None:
        """The login worked: helpers may keep it, with all else that they said (an expiry, a refresh token)."""
        self._tell("approve", url, login)

    def reject(self, url: str, login: Login) -> None:
        """The login did not work: helpers forget it, and nobody is asked for another before the next command."""
        question = self._tell("reject", url, login)
        with self._lock:
            self._answers[question] = b""

    def _tell(self, what: str, url: str, login: Login) -> bytes:
        question = self._question(url)
        with self._lock:
            answer = self._answers.get(question, b"")
            if _fields(answer).get("password") == login.password:
                self._ask(what, answer)
        return question

    def _question(self, url: str) -> bytes:
        """What `git credential` reads (git-credential(1), INPUT/OUTPUT FORMAT); the path only where it counts."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        user, path = unquote(parts.username or ""), unquote(parts.path.strip("/"))
        if not parts.hostname or not (host + user + path).isprintable():
            raise StoreError("no login is asked for a URL with control characters or without a host")
        fields = {"protocol": parts.scheme, "host": host, "path": path, "username": user}
        key = ("config", "--type=bool", "--get-urlmatch", "credential.useHttpPath", url)
        if path and command.text(*key, cwd=self._cwd, ok=(0, 1)) != "true":
            fields["path"] = ""
        return os.fsencode("".join(f"{name}={value}\n" for name, value in fields.items() if value))

    def _ask(self, what: str, question: bytes) -> bytes:
        try:
            return command.run("credential", what, cwd=self._cwd, data=question + b"\n")
        except GitFailed:  # no helper knows, and nobody can be asked
            return b""


def _fields(answer: bytes) -> dict[str, str]:
    lines = answer.decode(errors="surrogateescape").split("\n")
    return {name: value for name, equals, value in (line.partition("=") for line in lines) if equals}
