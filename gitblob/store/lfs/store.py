"""A Git LFS server as a store: no backend, since it speaks of objects by their SHA-256 itself."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import NamedTuple, NoReturn

from gitblob.errors import BlobCorrupt, BlobMissing, StoreDenied, StoreError, StoreUnavailable
from gitblob.model.oid import Oid
from gitblob.store import retry
from gitblob.store.access import Access
from gitblob.store.base import Blob, Capabilities, Watch
from gitblob.store.lfs.api import DOWNLOAD, UPLOAD, Answer
from gitblob.store.lfs.connection import Connection, Way
from gitblob.store.lfs.crew import Crew, begun
from gitblob.store.lfs.locks import Locks
from gitblob.store.lfs.transfer import Refused, Transfer

BATCH = 100  # objects in one question, as git-lfs asks
SILENCE = Answer(-1, None, None, HTTPStatus.NOT_FOUND, "the server does not speak of it")
LACKING = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY}


class _Task(NamedTuple):
    blob: Blob
    path: str
    answer: Answer | None


class LfsStore:
    """Blobs on an LFS server. way, optional: see Connection. It parallelises inside: one question asks for many."""

    capabilities = Capabilities(parallelism=1, remote=True, deletes=False, retries=True)

    def __init__(self, name: str, url: str, way: Way, access: Access, optional: bool = False) -> None:
        self.name, self.url, self.label = name, url, name
        self._connection = Connection(self.label, way, access, optional)
        self._places = threading.BoundedSemaphore(self._connection.parallel)  # also where several calls run at a time
        self.locks = Locks(self.label, self._connection)

    def exists(self) -> bool:
        """True: a server is no place that a first put would make."""
        return True

    def knock(self) -> None:
        """Get the right to read, if one has to be asked for. Raises StoreError."""
        self._connection.open(DOWNLOAD)

    def identity(self) -> str | None:
        """Its URL, since there is no marker. A repository made anew under it shows by the blobs that it lacks."""
        return f"lfs {self.url}"

    def missing(self, blobs: Sequence[Blob]) -> set[Oid]:
        """Those that could not be downloaded: who may only read may ask this, too."""
        lacking: set[Oid] = set()
        left = iter(blobs)
        crew = Crew()

        def ask(some: list[Blob]) -> None:
            answers = retry.call(lambda: self._connection.batch(DOWNLOAD, some), self._connection.contact, crew.moved)
            lacking.update([blob.oid for blob in some if not self._has(blob, answers.get(blob.oid))])

        lanes = min(self._connection.parallel, -(-len(blobs) // BATCH))
        crew.run(iter(lambda: list(islice(left, BATCH)), []), ask, lanes)
        return lacking

    def put(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Upload blobs; the server verifies them, where it can."""
        crew = Crew(watch)

        def put(task: _Task) -> None:
            try:
                with self._places:
                    Transfer(self._connection, self.label, task.blob, task.answer, crew.moved).up(task.path)
            except (BlobMissing, BlobCorrupt, Refused) as error:
                watch.failed(task.blob, error.message)
            else:
                watch.done(task.blob)

        crew.run(self._tasks(UPLOAD, items, crew), put, self._connection.parallel)

    def get(self, items: Iterable[tuple[Blob, str]], watch: Watch) -> None:
        """Download blobs."""
        crew = Crew(watch)

        def get(task: _Task) -> None:
            try:
                with self._places:
                    Transfer(self._connection, self.label, task.blob, task.answer, crew.moved).down(task.path)
            except BlobMissing:
                return
            except (BlobCorrupt, Refused) as error:
                watch.failed(task.blob, f"store {self.label}: {error.message}")
            else:
                watch.done(task.blob)

        crew.run(self._tasks(DOWNLOAD, items, crew), get, self._connection.parallel)

    def read(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        """A part of a blob; servers that do not heed Range send the bytes before it, too."""
        left = end - start
        for data in Transfer(self._connection, self.label, blob, None, Crew().moved).pieces(start):
            yield data[:left]
            left -= len(data)
            if left <= 0:
                return

    def digest(self, _: Blob) -> Oid | None:
        """None: a server tells no digest but the name."""
        return None

    def _tasks(self, operation: str, items: Iterable[tuple[Blob, str]], crew: Crew) -> Iterator[_Task]:
        """What is to be done, with the server's word on it, one batch after the other.

        The next one is asked for while the last few of a batch are on their way, not sooner: actions end.
        """
        source = iter(items)

        def ask() -> list[_Task]:
            some = list(islice(source, BATCH))
            blobs = [blob for blob, _ in some]
            if not some:
                return []
            question = partial(self._connection.batch, operation, blobs)
            answers = retry.call(question, self._connection.contact, crew.moved)
            return [_Task(blob, path, answers.get(blob.oid, SILENCE)) for blob, path in some]

        coming = begun(ask)
        while tasks := coming():
            last_few = max(0, len(tasks) - 2 * self._connection.parallel)
            for number, task in enumerate(tasks):
                if number == last_few:
                    coming = begun(ask)
                yield task

    def _has(self, blob: Blob, answer: Answer | None) -> bool:
        if answer is None or answer.code in LACKING:
            return False
        if answer.code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise StoreDenied(f"store {self.label}: {blob.oid.text}: {answer.code} {answer.message}")
        if answer.code:
            raise StoreUnavailable(f"store {self.label}: {blob.oid.text}: {answer.code} {answer.message}")
        return answer.action is not None and answer.size in {blob.size, -1}

    def _impossible(self, *_: object, **__: object) -> NoReturn:
        raise StoreError(
            f"store {self.label}: a Git LFS server can neither list nor delete what it has",
            "its web page or its administrator may be able to",
        )

    blobs = delete = _impossible
