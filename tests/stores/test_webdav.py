"""WebDAV: what every backend must do on three servers, and what each of them, or the network, does wrong."""

import hashlib
import os
import re
import socket
import time
from pathlib import Path

import pytest
from support.servers import apache, nginx, process, rclone_webdav, wsgidav
from support.servers.dav import Logins
from support.servers.proxy import Fault, Proxy

from gitblob.errors import BlobMissing, StoreDenied, StoreError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store import registry, webdav
from gitblob.store.access import Access
from gitblob.store.conformance import BackendConformance


def server(module):
    @pytest.fixture(scope="session")
    def running(tmp_path_factory):
        with module.serve(tmp_path_factory.mktemp(module.__name__.rpartition(".")[2])) as dav:
            yield dav

    return running


wsgidav_server, apache_server = server(wsgidav), server(apache)
rclone_server, nginx_server = server(rclone_webdav), server(nginx)


def opened(url, access):
    return webdav.make("data", url, {}, access)


def source(tmp_path, data, name="source"):
    path = tmp_path / name
    path.write_bytes(data)
    return str(path)


def oid_of(data):
    return Oid(hashlib.sha256(data).hexdigest())


class TestWsgidav(BackendConformance):
    @pytest.fixture
    def backend(self, wsgidav_server):
        return absent(wsgidav_server)


class TestApache(BackendConformance):
    @pytest.fixture
    def backend(self, apache_server):
        return absent(apache_server)


class TestRclone(BackendConformance):
    @pytest.fixture
    def backend(self, rclone_server):
        return absent(rclone_server)


def absent(dav):
    """A backend at a root, two folders deep, that is not there yet."""
    return opened(f"{dav.place()}/a b%23/ü", dav.logins.access())


