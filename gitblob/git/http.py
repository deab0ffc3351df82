"""What git's configuration and environment say about an http(s) URL, as git itself takes it (http.c)."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

from gitblob.git import command
from gitblob.model.host import Http

FALSE = {"false", "no", "off", "0", ""}


def settings(url: str, cwd: str | None = None) -> Http:
    """http.sslCAInfo, sslVerify, proxy and extraHeader for this URL; the environment where git looks there, too.

    Of several extraHeader for one URL the last one counts. Client certificates (http.sslCert) are not used.
    """
    output = command.run("config", "-z", "--get-urlmatch", "http", _bare(url), cwd=cwd, ok=(0, 1))
    found = dict(os.fsdecode(record).partition("\n")[::2] for record in output.split(b"\0")[:-1])
    ca_info = os.environ.get("GIT_SSL_CAINFO") or os.path.expanduser(found.get("http.sslcainfo", ""))
    verify = "GIT_SSL_NO_VERIFY" not in os.environ and found.get("http.sslverify", "true").lower() not in FALSE
    return Http(
        ca_info or os.environ.get("REQUESTS_CA_BUNDLE") or None,
        verify,
        found["http.proxy"] or None if "http.proxy" in found else _proxy(url),
        _headers(found.get("http.extraheader", "")),
    )


def _bare(url: str) -> str:
    """The URL without password and query, which may be secrets: whoever is on this machine sees a program's words."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login.partition(':')[0]}{at}{host}", query="", fragment=""))


def _proxy(url: str) -> str | None:
    """What http_proxy, https_proxy, all_proxy and no_proxy say (curl's rules, which are git's)."""
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    parts = urlsplit(url)
    proxies = getproxies_environment()
    if proxy_bypass_environment(parts.netloc.rpartition("@")[2], proxies):
        return None
    return proxies.get(parts.scheme) or proxies.get("all") or None


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    name, colon, value = text.partition(":")
    return ((name.strip(), value.strip()),) if colon else ()
