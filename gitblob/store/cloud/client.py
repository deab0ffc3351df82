"""Amazon's own client for what opendal does not show, made at the first call: it takes a third of a second.

It looks for credentials, region and profile where opendal does: the store's options, the AWS_* variables, ~/.aws.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from typing import Any, NamedTuple

from gitblob.errors import StoreDenied
from gitblob.store.cloud import failure
from gitblob.store.cloud.service import Service

CONNECTIONS = 10
ABSENT = {"404", "NoSuchKey"}
PATIENCE = 60.0  # seconds without a byte; the answer to `complete` can take long


class Bucket(NamedTuple):
    """A bucket and how it is reached. role: may the machine's own role give credentials?"""

    label: str
    name: str
    service: Service
    endpoint: str | None
    region: str | None
    profile: str | None
    path_style: bool
    anonymous: bool
    role: bool


class Client:
    """Requests about a bucket, from any thread, none of them repeated by itself."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._client: Any = None
        self._making = threading.Lock()

    def call(
        self, doing: str, operation: str, codes: Collection[str], special: type[Exception], **given: Any
    ) -> dict[str, Any]:
        """The answer. Raises `special` for these codes of errors, StoreError for all else."""
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._made()
        try:
            answer: dict[str, Any] = getattr(client, operation)(Bucket=self._bucket.name, **given)
        except (BotoCoreError, ClientError) as error:
            fault = failure.of_botocore(error)
            if fault.code in codes:
                raise special from error
            raise failure.explain(fault, self._bucket.label, self._bucket.service, doing) from error
        return answer

    def size(self, key: str) -> int | None:
        """The size of a file in bytes, or None where there is none."""
        try:
            answer = self.call(f"looking for {key}", "head_object", ABSENT, LookupError, Key=key)
        except LookupError:
            return None
        return int(answer["ContentLength"])

    def _made(self) -> Any:
        with self._making:
            if self._client is None:
                self._client = _make(self._bucket)
            return self._client


def configured_region(label: str, profile: str | None) -> str | None:
    """The region that the environment or ~/.aws/config name. Raises StoreError."""
    found: str | None = os.environ.get("AWS_REGION") or _session(label, profile).get_config_variable("region")
    return found


def _session(label: str, profile: str | None) -> Any:
    try:
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ImportError as error:
        raise failure.not_installed(label, "botocore") from error
    try:
        session = Session(profile=profile)
        session.get_scoped_config()
    except BotoCoreError as error:
        raise StoreDenied(f"store {label}: {error}", "`aws configure list-profiles` shows what there is") from error
    return session


def _make(bucket: Bucket) -> Any:
    session = _session(bucket.label, bucket.profile)
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(
        signature_version=UNSIGNED if bucket.anonymous else None,
        retries={"total_max_attempts": 1},
        connect_timeout=30,  # holds for each piece that is sent, too: a slow line needs its time
        read_timeout=PATIENCE,
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        request_checksum_calculation="when_required",  # several servers know no other than Content-MD5
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if bucket.path_style else "virtual", "payload_signing_enabled": False},
    )
    if not bucket.role:
        session.get_component("credential_provider").remove("iam-role")
    region = bucket.region or configured_region(bucket.label, bucket.profile)
    try:
        return session.create_client("s3", region, endpoint_url=bucket.endpoint, config=config)
    except (BotoCoreError, ValueError) as error:
        raise StoreDenied(f"store {bucket.label}: {error}", bucket.service.login) from error
