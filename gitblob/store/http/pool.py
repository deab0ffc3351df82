"""A pool of connections as git would open them: certificates, proxy, time-outs."""

from __future__ import annotations

import ssl
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3 import connection, connectionpool

from gitblob import __version__
from gitblob.errors import StoreError
from gitblob.store.access import Http

CONNECT = 10.0  # seconds until a connection stands
SILENCE = 60.0  # seconds without a byte in either direction
BLOCK = 1 << 18  # bytes handed to the system at a time
AGENT = f"gitblob/{__version__}"


def make(label: str, http: Http, connections: int) -> urllib3.PoolManager:
    """The pool for one host. Raises StoreError for certificates that cannot be read and proxies of other kinds."""
    options = {
        "num_pools": 1,
        "maxsize": connections,
        "retries": False,
        "timeout": urllib3.Timeout(connect=CONNECT, read=SILENCE),
        "blocksize": BLOCK,
        "ssl_context": _context(label, http),
        "headers": {"User-Agent": AGENT, "Accept-Encoding": "identity"},
    }
    pool = _through(label, http.proxy, options) if http.proxy else urllib3.PoolManager(**options)  # type: ignore[arg-type]
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _SafePool}
    return pool


def _through(label: str, proxy: str, options: dict[str, object]) -> urllib3.PoolManager:
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StoreError(f"store {label}: a proxy must be http:// or https://", "see http.proxy in `git help config`")
    headers = None
    if parts.username is not None:
        headers = urllib3.make_headers(proxy_basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return urllib3.ProxyManager(address, proxy_headers=headers, **options)  # type: ignore[arg-type]


def _context(label: str, http: Http) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=http.ca_info)
    except (OSError, ssl.SSLError) as error:
        raise StoreError(
            f"store {label}: the certificates in {http.ca_info} cannot be read: {error.strerror or error}",
            "see http.sslCAInfo in `git help config`",
        ) from error
    if not http.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # the user has said so
    return context


class _Connection(connection.HTTPConnection):
    """urllib3 would give up on a server that takes no bytes for CONNECT seconds, while the body is sent."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(SILENCE)


class _SafeConnection(connection.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(SILENCE)


class _Pool(connectionpool.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SafePool(connectionpool.HTTPSConnectionPool):
    ConnectionCls = _SafeConnection
