"""`gdrive://FOLDER/PREFIX`: Google Drive, with the token of an OAuth client of the user's own."""

from __future__ import annotations

import os
from collections.abc import Mapping

from gitblob.errors import StoreDenied
from gitblob.store.access import Access
from gitblob.store.cloud import backend
from gitblob.store.cloud.backend import CloudBackend
from gitblob.store.cloud.place import parse
from gitblob.store.cloud.service import Service

VARIABLES = "OPENDAL_GDRIVE_"  # as opendal itself names them; other services' clients read theirs by themselves
LASTING = ("refresh_token", "client_id", "client_secret")
SERVICE = Service(
    "Google Drive",
    "folder",
    "renew the token (`gitblob help cloud`)",
    "share the folder with this account",
    "make it, or correct the URL",
)


def make(name: str, url: str, options: Mapping[str, str], access: Access) -> CloudBackend:  # noqa: ARG001
    """A folder below the drive's root."""
    place = parse(name, url, options)
    root = f"/{place.container}{place.root}".rstrip("/")
    return CloudBackend(
        place.label, SERVICE, lambda: backend.operator("gdrive", place.label, root=root, **_tokens(place.label))
    )


def _tokens(label: str) -> dict[str, str]:
    """An access token, or what it takes to get one. Raises StoreDenied where the environment has neither."""
    found = {part: os.environ.get((VARIABLES + part).upper(), "") for part in ("access_token", *LASTING)}
    if found["access_token"]:
        return {"access_token": found["access_token"]}
    if all(found[part] for part in LASTING):
        return {part: found[part] for part in LASTING}
    raise StoreDenied(
        f"store {label}: there are no credentials",
        f"set {VARIABLES}ACCESS_TOKEN, or {VARIABLES}REFRESH_TOKEN, _CLIENT_ID and _CLIENT_SECRET",
    )
