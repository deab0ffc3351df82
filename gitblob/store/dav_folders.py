"""The folders of a store on a WebDAV server: made when a file needs them, listed one by one.

Servers refuse to list a tree at once (apache) and to move a file into a folder that is not there (each with another
status).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from itertools import chain
from urllib.parse import quote, unquote, urlsplit

from gitblob.errors import StoreAbsent, StoreError
from gitblob.store import multistatus
from gitblob.store.http import Client, Response
from gitblob.store.multistatus import Entry

TEMPORARY = "tmp"
OLD = 86400  # seconds after which an unfinished file is nobody's
UNABLE = (405, 501)  # a server without PROPFIND
NO_LIST = "it needs WebDAV with PROPFIND; nginx has it with the module dav-ext; see `gitblob help webdav`"
LOST = (403, 409, 423, 500)  # how servers answer when another makes the same folder at this moment; or for good
PAUSES = (0.02, 0.1)  # seconds
AT_A_TIME = 8  # folders that are listed in parallel


class Folders:
    """Those below `base`, which ends with a slash. label: what errors call the store."""

    def __init__(self, label: str, base: str, client: Client) -> None:
        self._label, self._base, self._client = label, base, client
        self._lock = threading.Lock()
        self._known: set[str] | None = None
        self._making: dict[str, threading.Lock] = {}

    def prepare(self, folder: str) -> None:
        """Make the folder ("": the root) and the temporary one, unless they are there."""
        with self._lock:
            if self._known is None:
                self._known = self._begin()
            if not folder or folder in self._known:
                return
            known, making = self._known, self._making.setdefault(folder, threading.Lock())
        with making:
            if folder not in known:
                self._make(self._url(folder))
                known.add(folder)

    def files(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys that start with the prefix, and sizes. Raises StoreAbsent where there is no root."""
        folder, slash, _ = prefix.rpartition("/")
        if slash:
            yield from self._files_of(folder, prefix)
            return
        below: list[str] = []
        for entry, name in self._list("", must=True):
            if not name.startswith(prefix) or name == TEMPORARY:
                continue
            if entry.is_folder:
                below.append(name)
            elif entry.size is not None:
                yield name, entry.size
        yield from self._files_below(below)

    def _files_below(self, folders: list[str]) -> Iterator[tuple[str, int]]:
        if len(folders) <= 1:
            yield from chain.from_iterable(self._files_of(folder, "") for folder in folders)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_A_TIME, "gitblob-list") as pool:
            for at in range(0, len(folders), AT_A_TIME):
                window = folders[at : at + AT_A_TIME]
                yield from chain.from_iterable(pool.map(lambda folder: list(self._files_of(folder, "")), window))

    def _files_of(self, folder: str, prefix: str) -> Iterator[tuple[str, int]]:
        for entry, name in self._list(folder):
            key = f"{folder}/{name}"
            if not entry.is_folder and entry.size is not None and key.startswith(prefix):
                yield key, entry.size

    def _begin(self) -> set[str]:
        """Make sure of root and temporary folder, free the latter of old files; the folders that are there."""
        answer = self._ask("", ok=(404, *UNABLE))
        with answer:
            found = (
                {name for entry, name in self._named(answer, "") if entry.is_folder} if answer.status == 207 else set()
            )
        if answer.status == 404:
            self._make_root()
        if TEMPORARY in found:
            self._tidy()
        else:
            self._make(self._url(TEMPORARY))
        return found

    def _tidy(self) -> None:
        """By the server's own clock; another time where the list fails, as it may while others move what it lists.

        wsgidav says 500 then, Go's WebDAV ends its XML with words.
        """
        old: list[str] = []
        with suppress(StoreError), self._ask(TEMPORARY, ok=(404,)) as answer:
            now = _seconds(answer.headers.get("Date", "")) or time.time()
            if answer.status == 207:
                old = [name for entry, name in self._named(answer, TEMPORARY) if _is_old(entry, now)]
        for name in old:
            with suppress(StoreError):
                self._client.request("DELETE", f"{self._url(TEMPORARY)}{quote(name)}", ok=(200, 202, 204, 404))

    def _make_root(self) -> None:
        """With the folders around it, outermost last, as a server refuses (409) one whose parent is not there."""
        parts = urlsplit(self._base)
        names = parts.path.strip("/").split("/")
        missing = [f"{parts.scheme}://{parts.netloc}/{'/'.join(names[:n])}/" for n in range(1, len(names) + 1)]
        made: list[str] = []
        while missing and not self._make(missing[-1], (409, 404)):
            made.append(missing.pop())
        for url in reversed(made):
            self._make(url)

    def _make(self, url: str, refused: tuple[int, ...] = ()) -> bool:
        """Make one folder; 405 says that it is there. False for a status of `refused`."""
        ok = (201, 405, *refused)
        for pause in PAUSES:
            status = self._client.request("MKCOL", url, ok=(*ok, *LOST)).status
            if status in ok:
                return status not in refused
            time.sleep(pause)
        return self._client.request("MKCOL", url, ok=ok).status not in refused

    def _list(self, folder: str, must: bool = False) -> Iterator[tuple[Entry, str]]:
        """What is in a folder, by name; nothing where it is not there, unless it must be."""
        with self._ask(folder, ok=(404, *UNABLE)) as answer:
            if answer.status in UNABLE:
                raise StoreError(f"store {self._label}: the server does not list folders", NO_LIST)
            if answer.status == 207:
                yield from self._named(answer, folder)
            elif must:
                raise StoreAbsent(
                    f"store {self._label} is not there: the server has no such folder",
                    "is the URL right? `gitblob store add` makes a new one",
                )

    def _ask(self, folder: str, ok: tuple[int, ...]) -> Response:
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        question = multistatus.QUESTION
        return self._client.request(
            "PROPFIND", self._url(folder), headers=headers, body=question, ok=(207, *ok), stream=True
        )

    def _named(self, answer: Response, folder: str) -> Iterator[tuple[Entry, str]]:
        """Entries but the folder itself, with the last part of their hrefs: a proxy may have changed what is before."""
        itself = unquote(urlsplit(self._url(folder)).path).strip("/")
        try:
            for entry in multistatus.entries(answer.stream()):
                path = unquote(_path(entry.href)).strip("/")
                if path != itself:
                    yield entry, path.rpartition("/")[2]
        except multistatus.Malformed as error:
            raise StoreError(
                f"store {self._label}: the list of a folder cannot be read: {error}", "does the URL lead to WebDAV?"
            ) from None

    def _url(self, folder: str) -> str:
        return f"{self._base}{quote(folder)}/" if folder else self._base


def _is_old(entry: Entry, now: float) -> bool:
    modified = _seconds(entry.modified)
    return not entry.is_folder and modified is not None and now - modified > OLD


def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _path(href: str) -> str:
    try:
        return urlsplit(href).path
    except ValueError:
        raise multistatus.Malformed("an address in it is none") from None
