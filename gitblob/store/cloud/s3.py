"""`s3://BUCKET/PREFIX`: Amazon S3 and the many servers that speak its protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitblob.errors import StoreError
from gitblob.store.access import Access
from gitblob.store.cloud import backend
from gitblob.store.cloud.backend import CloudBackend
from gitblob.store.cloud.client import CONNECTIONS, Bucket, Client, configured_region
from gitblob.store.cloud.multipart import AT_A_TIME, Multipart
from gitblob.store.cloud.notes import Notes
from gitblob.store.cloud.place import Place, parse
from gitblob.store.cloud.service import Service

if TYPE_CHECKING:
    from opendal import Operator

REGION = "us-east-1"  # what servers other than Amazon's take, whatever they call their own
SERVICE = Service(
    "S3",
    "bucket",
    "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile (`aws sso login --profile NAME`)",
    "grant s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket",
    "make it (`aws s3 mb s3://BUCKET`), or correct the URL",
)


def make(name: str, url: str, options: Mapping[str, str], access: Access) -> CloudBackend:
    """A bucket, or a prefix in one."""
    place = parse(name, url, options)
    settings = _settings(place)
    prefix = f"{place.root}/".lstrip("/")
    notes = Notes(access.notes, f"{url} {settings.get('endpoint', '')}")
    lanes = min(access.calls or AT_A_TIME, CONNECTIONS)
    large = Multipart(place.label, Client(_bucket(place, settings)), prefix, notes, lanes)
    return CloudBackend(place.label, SERVICE, lambda: _operator(place.label, settings), large)


def _operator(label: str, settings: Mapping[str, str]) -> Operator:
    """Opendal knows the region from the settings and AWS_REGION, but not from ~/.aws/config."""
    try:
        return backend.operator("s3", label, **settings)
    except StoreError as error:
        if "region is missing" not in error.message:
            raise
    region = configured_region(label, settings.get("profile"))
    if region is None:
        raise StoreError(f"store {label}: nothing says in which region it is", "set `region:` beside its `url:`")
    return backend.operator("s3", label, **settings, region=region)


def _bucket(place: Place, settings: Mapping[str, str]) -> Bucket:
    """The same place for botocore."""
    return Bucket(
        label=place.label,
        name=place.container,
        service=SERVICE,
        endpoint=settings.get("endpoint"),
        region=settings.get("region"),
        profile=settings.get("profile"),
        path_style=is_path_style(place),
        anonymous=bool(place.flag("anonymous")),
        role=is_amazon(place),
    )


def _settings(place: Place) -> dict[str, str]:
    """Settings for opendal. What is not set here it takes from the AWS_* variables and the files in ~/.aws.

    Every service compares Content-MD5 with what has come; of the newer checksums many take no notice.
    """
    given = {key: place.options[key] for key in ("endpoint", "region", "profile") if key in place.options}
    settings = {"bucket": place.container, "root": place.root, "checksum_algorithm": "md5", **given}
    if not is_path_style(place):
        settings["enable_virtual_host_style"] = "true"
    if place.flag("anonymous"):
        settings["skip_signature"] = "true"
    if not is_amazon(place):
        settings |= {"disable_ec2_metadata": "true", "region": given.get("region", REGION)}
    return settings


def is_amazon(place: Place) -> bool:
    """Is it Amazon's own service? Only there can the machine's role give credentials."""
    endpoint = place.options.get("endpoint")
    if endpoint is None:
        return True
    host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def is_path_style(place: Place) -> bool:
    """Does the bucket stand in the path? Amazon has it in the host's name, unless it holds a dot (TLS)."""
    flag = place.flag("path_style")
    return flag if flag is not None else not is_amazon(place) or "." in place.container
