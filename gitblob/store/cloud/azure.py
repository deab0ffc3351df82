"""`az://CONTAINER/PREFIX`: Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Mapping

from gitblob.errors import StoreError
from gitblob.store.access import Access
from gitblob.store.cloud import backend
from gitblob.store.cloud.backend import CloudBackend
from gitblob.store.cloud.place import parse
from gitblob.store.cloud.service import Service

SERVICE = Service(
    "Azure Blob Storage",
    "container",
    "`az login`, or check AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_SAS_TOKEN",
    "grant the role Storage Blob Data Contributor; with an account key, check the key",
    "make it (`az storage container create --name CONTAINER`), or correct the URL",
)


def make(name: str, url: str, options: Mapping[str, str], access: Access) -> CloudBackend:  # noqa: ARG001
    """A container, or a prefix in one. Raises StoreError where neither account nor endpoint is given."""
    place = parse(name, url, options)
    account, endpoint = options.get("account"), options.get("endpoint")
    if not account and not endpoint:
        raise StoreError(f"store {place.label}: an `account:` or an `endpoint:` is needed", "`gitblob help cloud`")
    settings = {
        "container": place.container,
        "root": place.root,
        "endpoint": endpoint or f"https://{account}.blob.core.windows.net",
    }
    if account:
        settings["account_name"] = account
    if place.flag("anonymous"):
        settings["skip_signature"] = "true"
    return CloudBackend(place.label, SERVICE, lambda: backend.operator("azblob", place.label, **settings))
