"""Where ssh goes: `ssh://user@host:port/path` and git's `user@host:path`, as values (git-clone(1), GIT URLS)."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

SUFFIXES = ("/.git", "", ".git/.git", ".git")  # of a repository: what git's enter_repo() tries, in its order (path.c)
SCHEMES = {"ssh", "sftp", "git+ssh", "ssh+git"}
SHORT = re.compile(r"((?:[^/@\[\]:]+@)?(?:\[[^\]/]+\]|[^/@\[\]:]+)):(?!//|:)(.*)", re.DOTALL)


class Address(NamedTuple):
    """destination: `host` or `user@host`, as ssh takes it. path: absolute, `~…`, or relative to the user's home."""

    destination: str
    port: int | None
    path: str

    @property
    def host(self) -> str:
        """Without the user."""
        return self.destination.rpartition("@")[2]

    @property
    def url(self) -> str:
        """The address in its long form, for people; a path below the home begins with `/~/`."""
        host = self.destination if ":" not in self.host else self.destination.replace(self.host, f"[{self.host}]")
        path = self.path if self.path.startswith("/") else "/" + ("" if self.path[:1] == "~" else "~/") + self.path
        return f"ssh://{host}{f':{self.port}' if self.port else ''}{path}"


def parse(url: str) -> Address | None:
    """The address that a URL names, or None for one that ssh does not lead to. Raises ValueError for a bad port."""
    if "://" in url:
        parts = urlsplit(url)
        if parts.scheme.lower() not in SCHEMES or not parts.hostname:
            return None
        user, at, host = parts.netloc.rpartition("@")
        host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        path = unquote(parts.path, errors="surrogateescape")
        path = path[1:] if path.startswith("/~") else path
        return Address(unquote(user.partition(":")[0]) + at + unquote(host), parts.port, path or "/")
    short = SHORT.fullmatch(url)
    return Address(short[1].replace("[", "").replace("]", ""), None, short[2]) if short and short[2] else None
