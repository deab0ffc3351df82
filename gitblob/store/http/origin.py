"""Whom a URL leads to, where all who read it agree: the host that is asked is the one that the login was meant for."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from urllib3.util import parse_url

PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """A place that a login belongs to (RFC 6454)."""

    scheme: str
    host: str
    port: int


def of(url: str) -> Origin:
    r"""The origin of an http(s) URL.

    Raises ValueError for another URL, and for one like `http://a\@b/`, where Python sees the host b and urllib3 asks a.
    """
    parts = urlsplit(url)
    asked = parse_url(url)
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not parts.hostname or not asked.host or "\\" in parts.netloc:
        raise ValueError(url)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    seen = Origin(scheme, parse_url(f"{scheme}://{name}").host or "", parts.port or PORTS[scheme])
    if seen != (asked.scheme, asked.host, asked.port or PORTS[scheme]):
        raise ValueError(url)
    return seen
