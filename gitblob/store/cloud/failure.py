"""What opendal and botocore say went wrong, in our errors: what happened, and what the user can do about it."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from gitblob.errors import StoreDenied, StoreError, StoreUnavailable, StoreUnreachable
from gitblob.store.cloud.service import Service

SKEW = 300  # seconds; services refuse requests that are 900 off
CODE = re.compile(r'code: "([^"]*)"|<Code>([^<]*)<')
SAID = re.compile(r'message: "([^"]*)"')
STATUS = re.compile(r"status: (\d{3})")
DATE = re.compile(r'"date": "([^"]*)"')
RETRY = re.compile(r'"retry-after": "(\d+)"')

NO_CONTAINER = {"NoSuchBucket", "ContainerNotFound", "ResourceNotFound"}
BAD_LOGIN = {
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "AuthenticationFailed", "InvalidAuthenticationInfo",
    "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException",
}  # fmt: skip
BAD_SIGNATURE = "including the signature"  # Azure's words for a wrong key, whatever the code
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"}
WRONG_REGION = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
CLOCK = {"RequestTimeTooSkewed", "RequestTimeSkewed"}
FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity", "EntityTooLarge", "AccountIsOverQuota"}
CROSSED = {"InvalidBlockList", "InvalidBlobOrBlock"}  # another push of the same blob ended while its parts were sent
BUSY = {"SlowDown", "ServiceUnavailable", "ServerBusy", "RequestLimitExceeded", "TooManyRequests", "Throttling"}
ALTERED = {"BadDigest"}  # on the way: the bytes were right when they were sent
FOR_NOW = BUSY | ALTERED | CROSSED
NO_LOGIN = ("failed to load signing credential", "no valid credential", "Unable to locate credentials")
TLS = ("certificate", "tls", "ssl", "corrupt message", "HandshakeFailure")
PASSING = ("Connect", "Timeout", "Closed", "Streaming", "HTTPClient")  # in the names of botocore's exceptions


class Fault(NamedTuple):
    """An error of a library: the class of error it calls it, the service's code and words, and how it was carried."""

    kind: str
    code: str = ""
    said: str = ""
    status: int = 0
    date: str = ""
    retry_after: float | None = None
    cause: str = ""
    passing: bool = False

    @property
    def absent(self) -> bool:
        """There is no such file (a HEAD cannot say whether there is a bucket)."""
        return self.kind == "NotFound" and self.code not in NO_CONTAINER and "bucket does not exist" not in self.said

    @property
    def beyond(self) -> bool:
        """The file has none of the bytes that were asked for."""
        return self.kind == "RangeNotSatisfied"

    @property
    def taken(self) -> bool:
        """A condition that the file is not there yet was not met."""
        return self.kind in {"ConditionNotMatch", "AlreadyExists"}


def of_opendal(error: Exception) -> Fault:
    """From opendal's exceptions, and the OSError of its files: both are known by their text alone."""
    text = str(error).partition("\n\nBacktrace")[0]
    head, _, rest = text.partition("\n\nSource:")
    code, status, retry = CODE.search(text), STATUS.search(text), RETRY.search(text)
    return Fault(
        kind=text.partition(" ")[0],
        code=(code[1] or code[2] or "") if code else "",
        said=_first(SAID, text) or head.partition("\n")[0].partition("=> ")[2],
        status=int(status[1]) if status else 0,
        date=_first(DATE, text),
        retry_after=float(retry[1]) if retry else None,
        cause=rest.strip() or text,
        passing=" (temporary) " in head[:80] or "too little data" in head,
    )


def of_botocore(error: Exception) -> Fault:
    """From botocore's exceptions: an answer of the service, or none."""
    answer: dict[str, Any] = getattr(error, "response", None) or {}
    meta = answer.get("ResponseMetadata", {})
    headers = meta.get("HTTPHeaders", {})
    retry = headers.get("retry-after", "")
    code = answer.get("Error", {}).get("Code", "")
    status = int(meta.get("HTTPStatusCode", 0))
    name = type(error).__name__
    return Fault(
        kind="NotFound" if status == 404 else name,
        code=code,
        said=answer.get("Error", {}).get("Message", ""),
        status=status,
        date=headers.get("date", ""),
        retry_after=float(retry) if retry.isdigit() else None,
        cause=str(error).partition(" from endpoint URL")[0],
        passing=not answer
        and any(word in name for word in ("Connect", "Timeout", "Closed", "Streaming", "HTTPClient")),
    )


def explain(fault: Fault, label: str, service: Service, doing: str) -> StoreError:
    """The error to raise. doing: `reading ab/cdef`."""
    return _carried(fault, label, doing) if not fault.status else _answered(fault, label, service, doing)


def not_installed(label: str, library: str) -> StoreError:
    """The error where a library of the extra `cloud` is missing. An installation by install.sh has no pip."""
    return StoreError(
        f"store {label} needs {library}, which is not installed here",
        "`pip install 'gitblob[cloud]'`, or the install.sh that gitblob came with, once more",
    )


def _answered(fault: Fault, label: str, service: Service, doing: str) -> StoreError:
    """The service gave an answer."""
    where = f"store {label}"
    skew = _skew(fault.date)
    if fault.code in CLOCK or (fault.status in {401, 403} and abs(skew) > SKEW):
        way = "behind" if skew > 0 else "ahead"
        return StoreDenied(
            f"{where} refuses requests because this computer's clock is {abs(skew) / 60:.0f} minutes {way}",
            "set the clock (`timedatectl set-ntp true`)",
        )
    if fault.code in NO_CONTAINER or "bucket does not exist" in fault.said:
        return StoreError(f"{where}: there is no such {service.container}", service.make)
    if fault.code in EXPIRED:
        return StoreDenied(f"{where}: the credentials have expired ({fault.code})", service.login)
    if fault.code in BAD_LOGIN or fault.status == 401 or BAD_SIGNATURE in fault.said:
        return StoreDenied(f"{where} does not accept the credentials ({fault.code or fault.status})", service.login)
    if fault.code in WRONG_REGION or fault.status in {301, 307}:
        return StoreError(f"{where}: the {service.container} is in another region. {fault.said}", "set `region:`")
    if fault.status == 403:
        said = f": {fault.code}" if fault.code else ""
        return StoreDenied(f"{where}: no permission for {doing} (403{said})", service.grant)
    if fault.code in FULL or fault.status in {413, 507}:
        return StoreError(f"{where} is full, or takes no file of this size ({fault.code or fault.status})")
    words = " ".join(filter(None, (str(fault.status), fault.code, fault.said)))
    if fault.code in FOR_NOW or fault.status in {408, 425, 429} or fault.status >= 500 or fault.passing:
        return StoreUnavailable(f"{where}: {doing}: the server answers {words}", None, fault.retry_after)
    return StoreError(f"{where}: {doing}: the server answers {words}")


def _carried(fault: Fault, label: str, doing: str) -> StoreError:
    """There was no answer, or only half of one."""
    where, cause = f"store {label}", fault.cause
    last = cause.strip().rpartition("\n")[2].strip().removeprefix("error sending request: ")
    if any(words in cause for words in NO_LOGIN):
        return StoreDenied(f"{where}: there are no credentials", "`gitblob help cloud` says where they are looked for")
    if "dns error" in cause or "resolve" in cause:
        return StoreUnreachable(
            f"{where}: the name of its host cannot be resolved", "check `endpoint:` and the network"
        )
    if "refused" in cause:
        return StoreUnreachable(f"{where}: the connection was refused", "is the server up? check `endpoint:`")
    if "Connect" in f"{cause} {fault.kind}" and any(word in cause.lower() for word in TLS):
        return StoreError(
            f"{where}: no secure connection: {last}", "check `endpoint:` (http or https?) and certificates"
        )
    if fault.kind == "ConfigInvalid":
        return StoreError(f"{where}: {fault.said}", "`gitblob help cloud`")
    if fault.passing or "timeout" in cause.lower():
        return StoreUnavailable(f"{where}: {doing}: {last[:200]}", None, fault.retry_after)
    return StoreError(f"{where}: {doing}: {(fault.said or last)[:200]}")


def _skew(date: str) -> float:
    """Seconds that the server's clock is ahead of ours; 0 where it does not say."""
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError):
        return 0.0


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
