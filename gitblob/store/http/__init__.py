"""HTTP for stores: one pool of connections per store, a login when it is asked for, errors in the words of `errors`."""

from __future__ import annotations

from gitblob.store.http.client import Client
from gitblob.store.http.response import Response
from gitblob.store.http.upload import Upload

__all__ = ["Client", "Response", "Upload"]
