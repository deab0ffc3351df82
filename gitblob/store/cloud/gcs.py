"""`gs://BUCKET/PREFIX`: Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Mapping

from gitblob.store.access import Access
from gitblob.store.cloud import backend
from gitblob.store.cloud.backend import CloudBackend
from gitblob.store.cloud.place import parse
from gitblob.store.cloud.service import Service

SERVICE = Service(
    "Google Cloud Storage",
    "bucket",
    "`gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key file",
    "grant the role roles/storage.objectUser on the bucket",
    "make it (`gcloud storage buckets create gs://BUCKET`), or correct the URL",
)


def make(name: str, url: str, options: Mapping[str, str], access: Access) -> CloudBackend:  # noqa: ARG001
    """A bucket, or a prefix in one."""
    place = parse(name, url, options)
    settings = {"bucket": place.container, "root": place.root}
    if "endpoint" in options:  # a server of one's own: no machine has a role there
        settings |= {"endpoint": options["endpoint"], "disable_vm_metadata": "true"}
    if place.flag("anonymous"):
        settings |= {"skip_signature": "true", "disable_vm_metadata": "true", "disable_config_load": "true"}
    return CloudBackend(place.label, SERVICE, lambda: backend.operator("gcs", place.label, **settings))
