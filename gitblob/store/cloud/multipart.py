"""Large files to S3 in parts that are sent side by side, and that a later push does not send again.

By botocore, since opendal neither shows the id of an upload nor the parts that are there, nor tells of bytes while it
sends them. The file is hashed in order while its parts are sent; only when the hash is right is the upload completed,
which makes the file visible at once. A file that is not worth parts is hashed before it is sent.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

from gitblob import filesystem
from gitblob.errors import BlobCorrupt, GitblobError, StoreUnavailable
from gitblob.model import oid as oids
from gitblob.model.oid import Oid
from gitblob.store.base import Moved
from gitblob.store.cloud import parts as cutting
from gitblob.store.cloud.backend import refuse_other_bytes
from gitblob.store.cloud.client import Client
from gitblob.store.cloud.notes import Note, Notes
from gitblob.store.cloud.parts import Part

THRESHOLD = 16 << 20  # bytes from which a file is worth two questions more and the library's start
AT_A_TIME = 8  # parts, if nobody wants another number
OVER = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder"}  # the upload was completed or given up by someone else


class Over(Exception):
    """The upload is no more."""


class Multipart:
    """Uploads below a prefix of a bucket. One file at a time: its parts fill the line."""

    def __init__(self, label: str, client: Client, prefix: str, notes: Notes, at_a_time: int = AT_A_TIME) -> None:
        self._label = label
        self._client = client
        self._prefix = prefix
        self._notes = notes
        self._at_a_time = at_a_time
        self._line = threading.Lock()
        self._opaque = False  # has the service shown that its ETags are no MD5?

    def put(self, key: str, path: str, oid: Oid | None, moved: Moved) -> None:
        """Send a file, or what is left of it."""
        fd = os.open(path, os.O_RDONLY | filesystem.BINARY)
        try:
            size = os.fstat(fd).st_size
            if size < THRESHOLD:
                self._put_whole(key, fd, size, oid, moved)
                return
            with self._line:
                moved(0)
                self._put(key, fd, size, oid, moved)
        finally:
            os.close(fd)

    def _put_whole(self, key: str, fd: int, size: int, oid: Oid | None, moved: Moved) -> None:
        """In one request, whose bytes the service checks."""
        digest, whole = oids.hasher(), Part(1, 0, size)
        checksum = _content_md5(fd, whole, digest.update)
        refuse_other_bytes(oid, digest.hexdigest(), self._label)
        trouble: list[BaseException] = []

        def told(sent: int) -> None:
            try:
                moved(sent)
            except BaseException as error:
                trouble.append(error)  # botocore makes its own of it
                raise

        given = {"Key": self._prefix + key, "ContentLength": size, "ContentMD5": checksum}
        try:
            body = cutting.Reader(fd, whole, told)
            self._client.call(f"writing {key}", "put_object", (), Over, Body=body, **given)
        except Exception:
            if trouble:
                raise trouble[0] from None
            raise

    def _put(self, key: str, fd: int, size: int, oid: Oid | None, moved: Moved) -> None:
        for known in (self._notes.read(key, size), None):
            try:
                self._upload(key, known or self._begin(key, size), fd, oid, moved)
                return
            except (Over, StoreUnavailable) as error:  # some servers fall over parts of an upload that is no more
                if self._client.size(self._prefix + key) == size:
                    return  # another push of the same blob has finished it
                if isinstance(error, StoreUnavailable):
                    raise
        raise StoreUnavailable(f"store {self._label}: the upload of {key} was ended by someone else", "try again")

    def _begin(self, key: str, size: int) -> Note:
        answer = self._client.call(f"writing {key}", "create_multipart_upload", (), Over, Key=self._prefix + key)
        opaque = "kms" in answer.get("ServerSideEncryption", "") or "SSECustomerAlgorithm" in answer
        note = Note(answer["UploadId"], size, cutting.size_of_parts(size), opaque)
        self._notes.write(key, note)
        return note

    def _upload(self, key: str, note: Note, fd: int, oid: Oid | None, moved: Moved) -> None:
        try:
            tags = self._send(key, note, fd, oid, moved)
            listed = [{"PartNumber": number, "ETag": tags[number]} for number in sorted(tags)]
            self._ask(key, note, "complete_multipart_upload", MultipartUpload={"Parts": listed})
        except BaseException as error:
            if self._notes.folder is None or isinstance(error, BlobCorrupt):
                with suppress(GitblobError, Over):
                    self._ask(key, note, "abort_multipart_upload")
            if isinstance(error, BlobCorrupt | Over):
                self._notes.remove(key)
            raise
        self._notes.remove(key)

    def _send(self, key: str, note: Note, fd: int, oid: Oid | None, moved: Moved) -> dict[int, str]:
        """Send the parts that are not there yet; the ETags of all, by number."""
        there, state = self._finished(key, note), _state(fd)
        digest, stop = oids.hasher(), threading.Event()
        tags: dict[int, str] = {}

        trouble: list[BaseException] = []
        telling = threading.Lock()  # whoever watches a file hears of it from one thread at a time

        def told(size: int) -> None:
            if stop.is_set():
                raise Over
            try:
                with telling:
                    moved(size)
            except BaseException as error:
                trouble.append(error)  # botocore makes its own of it
                raise

        def send(part: Part) -> None:
            tags[part.number] = self._send_part(key, note, fd, part, told)

        with ThreadPoolExecutor(self._at_a_time, "gitblob-parts") as pool:
            sending: set[Future[None]] = set()
            try:
                for part in cutting.cut(fd, note.size, note.part, digest.update):
                    if tag := _tag(there.get(part.number), part, note, fd):
                        tags[part.number] = tag
                        told(part.size)
                        continue
                    sending = _finish(sending, self._at_a_time)
                    sending.add(pool.submit(send, part))
                refuse_other_bytes(oid, digest.hexdigest(), self._label)
                _finish(sending, 0)
            except BaseException:
                stop.set()
                if trouble:
                    raise trouble[0] from None
                raise
        if _state(fd) != state:
            raise BlobCorrupt(f"the file for {key} was changed while it was sent to store {self._label}")
        return tags

    def _send_part(self, key: str, note: Note, fd: int, part: Part, moved: Moved) -> str:
        """Its ETag. Where that is the MD5 of what was sent it has come as it is; elsewhere the service has to check it.

        Not everywhere: who is asked to check computes the MD5 a second time.
        """
        given = {"PartNumber": part.number, "ContentLength": part.size}
        if not (note.opaque or self._opaque):
            body = cutting.Reader(fd, part, moved)
            tag: str = self._ask(key, note, "upload_part", Body=body, **given)["ETag"]
            if tag.strip('"') == body.md5:
                return tag
            moved(-part.size)
        checksum = _content_md5(fd, part)
        body = cutting.Reader(fd, part, moved)
        tag = self._ask(key, note, "upload_part", Body=body, ContentMD5=checksum, **given)["ETag"]
        self._opaque = self._opaque or tag.strip('"') != body.md5
        return tag

    def _finished(self, key: str, note: Note) -> dict[int, dict[str, Any]]:
        """The parts that the service has of an upload. Raises Over."""
        found: dict[int, dict[str, Any]] = {}
        marker = 0
        while True:
            answer = self._ask(key, note, "list_parts", PartNumberMarker=marker)
            found |= {part["PartNumber"]: part for part in answer.get("Parts", ())}
            if not answer.get("IsTruncated") or answer.get("NextPartNumberMarker", 0) <= marker:
                return found
            marker = answer["NextPartNumberMarker"]

    def _ask(self, key: str, note: Note, operation: str, **arguments: Any) -> dict[str, Any]:
        """One request about an upload. Raises Over where there is no such upload."""
        return self._client.call(
            f"writing {key}", operation, OVER, Over, Key=self._prefix + key, UploadId=note.upload, **arguments
        )


def _content_md5(fd: int, part: Part, hashed: Callable[[bytes], object] = cutting.unheeded) -> str:
    """The header Content-MD5 (RFC 1864) for a part. hashed: is given its bytes, too."""
    return base64.b64encode(bytes.fromhex(cutting.md5(fd, part, hashed))).decode()


def _state(fd: int) -> tuple[int, int]:
    """What shows that a file has been written to: parts are read once for the hash, and once more to be sent."""
    found = os.fstat(fd)
    return found.st_size, found.st_mtime_ns


def _tag(found: dict[str, Any] | None, part: Part, note: Note, fd: int) -> str | None:
    """The ETag of a part that is there already with these bytes; where ETags are opaque, its size has to do."""
    if not found or found["Size"] != part.size:
        return None
    tag: str = found["ETag"]
    return tag if note.opaque or tag.strip('"') == cutting.md5(fd, part) else None


def _finish(sending: set[Future[None]], most: int) -> set[Future[None]]:
    """Wait until no more than so many are under way, those; the first error of a finished one is raised."""
    while True:
        done, sending = wait(sending, timeout=0 if len(sending) <= most else None, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        if len(sending) <= most:
            return sending
