"""Git remotes: their names in the order in which they are asked, their URLs, and the repository behind a path."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote

from gitblob.git import command
from gitblob.model import address
from gitblob.model.address import Address

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//|:)")


def names(cwd: str) -> list[str]:
    """The remote that the current branch follows, origin, then the others."""
    known = command.text("remote", cwd=cwd).splitlines()
    branch = command.text("symbolic-ref", "--quiet", "--short", "HEAD", cwd=cwd, ok=(0, 1, 128))
    followed = command.text("config", "--get", f"branch.{branch}.remote", cwd=cwd, ok=(0, 1)) if branch else ""
    return sorted(known, key=lambda name: (name != followed, name != "origin"))


def default(cwd: str | None = None) -> str:
    """The remote that `git push` takes (git-push(1)): the branch's, the configured, the only one, origin; else ""."""
    branch = command.text("symbolic-ref", "--quiet", "--short", "HEAD", cwd=cwd, ok=(0, 1, 128))
    query = ("config", "-z", "--get-regexp", r"^(branch\..*\.(pushremote|remote)|remote\.pushdefault)$")
    records = command.run(*query, cwd=cwd, ok=(0, 1)).split(b"\0")[:-1]
    configured = dict(os.fsdecode(record).partition("\n")[::2] for record in records)  # the last one counts
    for key in (f"branch.{branch}.pushremote", "remote.pushdefault", f"branch.{branch}.remote"):
        name = configured.get(key)
        if name and name != ".":
            return name
    known = command.text("remote", cwd=cwd).splitlines()
    return known[0] if len(known) == 1 else "origin" if "origin" in known else ""


def urls(remote: str, cwd: str, push: bool = False) -> list[str]:
    """The URLs of a remote, as git uses them (pushurl, url.*.insteadOf); a remote that is a URL stands for itself."""
    options = ("--push", "--all") if push else ("--all",)
    output = command.text("remote", "get-url", *options, "--", remote, cwd=cwd, ok=(0, 2, 128))
    return output.splitlines() or [command.text("ls-remote", "--get-url", "--", remote, cwd=cwd)]


def path(url: str, base: str) -> str | None:
    """The path that a remote's URL names on this machine, or None. base: what relative ones start from."""
    if url.lower().startswith("file://"):
        host, slash, rest = url[len("file://") :].partition("/")
        return unquote(slash + rest, errors="surrogateescape") if host in {"", "localhost"} else None
    if SCHEME.match(url) or ":" in url.partition("/")[0]:
        return None  # an address, or ssh's host:path (url_is_local_not_ssh() in git's connect.c)
    return os.path.join(base, url)


def ssh(url: str) -> Address | None:
    """Where a remote's URL leads by ssh (`ssh://…`, `host:path`), or None."""
    try:
        return address.parse(url)
    except ValueError:
        return None


def common_dir(place: str) -> str | None:
    """The common git directory of the repository at a path as a remote names it, or None where there is none."""
    for suffix in address.SUFFIXES:
        git_dir = _git_dir(place.rstrip("/") + suffix)
        if git_dir:
            return os.path.realpath(os.path.join(git_dir, _line(f"{git_dir}/commondir")))
    return None


def _git_dir(candidate: str) -> str | None:
    """A git directory, or the one that a `.git` file leads to."""
    if os.path.isfile(candidate):
        line = _line(candidate)
        if not line.startswith("gitdir: "):
            return None
        candidate = os.path.join(os.path.dirname(candidate), line.removeprefix("gitdir: "))
    has_objects = os.path.isdir(f"{candidate}/objects") or os.path.isfile(f"{candidate}/commondir")
    return candidate if has_objects and os.path.lexists(f"{candidate}/HEAD") else None


def _line(file: str) -> str:
    try:
        with open(file, "rb") as stream:
            return os.fsdecode(stream.read(1 << 12).rstrip(b"\n"))
    except OSError:
        return ""
