"""What a store's URL may be. It stands in a committed file, so it is judged before anything is done with it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from gitblob.store import secrets

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
LOGIN_PART = re.compile(r"//[^/]*@")
SHORT = re.compile(r"([^/:]+):(?!//).*")  # ssh's host:path
PORTS = {"http": 80, "https": 443, "ssh": 22}
CARRIERS = {**{word: word for word in PORTS}, "webdav": "http", "webdavs": "https", "sftp": "ssh"}
HARMLESS = {"region", "path_style", "anonymous"}  # options that change neither who gets data nor who is told a secret
BUCKETS = {"s3", "gs", "az"}
HOST = r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"  # all readers of a URL find the same in it
LOGIN = {"ssh", "sftp"}  # where a user's name is part of the address and no secret


def refusal(url: str) -> str | None:
    """Why this URL is not taken, or None."""
    if not url or url != url.strip() or not url.isprintable():
        return "it is empty or has blanks at its ends, line breaks or control characters"
    if url.startswith("-"):
        return "it starts with a dash"
    if SCHEME.match(url):
        return _refused_address(url)
    if os.path.isabs(url):
        return None
    if url.startswith("~"):
        return "~ is not expanded, write the whole path"
    parts = os.path.normpath(url).split("/")
    if parts[0] in {"..", "."}:
        return "a relative path must stay below the top of the work tree; give an absolute one"
    if any(part.lower() == ".git" for part in parts):
        return "a path inside .git belongs to git"
    return None


def shown(url: str) -> str:
    """The URL without what may be a secret, for messages."""
    return LOGIN_PART.sub("//", url).partition("?")[0] if SCHEME.match(url) else url


def kind(url: str) -> str:
    """The scheme in small letters (`s3`, `https+dav`); "" for a path."""
    return url.partition("://")[0].lower() if SCHEME.match(url) else ""


def directory(url: str) -> str | None:
    """The path that a URL without scheme or with file:// names (relative ones stay so); None for any other URL."""
    if not SCHEME.match(url):
        return url if os.path.isabs(url) or ":" not in url.partition("/")[0] else None
    parts = urlsplit(url)
    return os.path.normpath(unquote(parts.path, errors="surrogateescape")) if parts.scheme.lower() == "file" else None


def place(url: str, options: Mapping[str, str]) -> str:
    """Where a store at such a URL sends data and proves who the user is: `s3://bucket @ https://endpoint`.

    That is the scheme, the host (or bucket; with the user of ssh) and the options but those that change neither. Blanks
    stand between its words only, so that no two places look the same; of a bucket's name capitals count.
    """
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    host = host.lower() if _transport(parts.scheme) else host
    words = [f"{parts.scheme.lower()}://{user}{at}{host}{'' if host else parts.path}"]
    words[0] += f"?{parts.query}" if parts.query else ""
    more = [f"{name}={options[name]}" for name in sorted(set(options) - HARMLESS - {"endpoint"})]
    words = [word.replace(" ", "%20") for word in words + more]
    if "endpoint" in options:
        words[1:1] = ["@", options["endpoint"].rstrip("/").replace(" ", "%20")]
    return " ".join(words)


def host(url: str) -> tuple[str, str, str, int] | None:
    """Transport, user (of ssh), host and port of a store's or a Git remote's URL (`user@host:path` too), else None."""
    if short := SHORT.fullmatch(url):
        url = f"ssh://{short[1]}/"
    try:
        parts = urlsplit(url)
        transport = _transport(parts.scheme)
        if transport is None or not parts.hostname:
            return None
        user = parts.username or "" if transport == "ssh" else ""
        return transport, user, parts.hostname, parts.port or PORTS[transport]
    except ValueError:
        return None


def is_host(text: str) -> bool:
    """Is it `host` or `host:port`, in ASCII and without anything that is read in several ways?"""
    return re.fullmatch(HOST, text) is not None


def _transport(scheme: str) -> str | None:
    """What carries a scheme: http, https or ssh; None for another one."""
    return next((CARRIERS[word] for word in scheme.lower().split("+") if word in CARRIERS), None)


def _refused_address(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        return str(error)
    if parts.password is not None or (parts.username is not None and parts.scheme.lower() not in LOGIN):
        return f"it holds a user or password; {secrets.place(kind(url))}"
    if secrets.look(url) or any(secrets.is_name(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return f"it holds a secret; {secrets.place(kind(url))}"
    if host.startswith("-"):
        return "its host starts with a dash"
    place = parts.netloc.rpartition("@")[2]
    is_asked = _transport(parts.scheme) or parts.scheme.lower() in BUCKETS
    if "\\" in parts.netloc or (place and is_asked and not is_host(place)):
        return "its host has characters that no host's name has (one in other letters is written xn--...)"
    if parts.scheme.lower() == "file":
        if host not in {"", "localhost"}:
            return "file:// names a path on this machine: file:///path"
        if not unquote(parts.path).isprintable() or not parts.path.startswith("/"):
            return "file:// needs an absolute path"
    return None
